"""Edits of a text, and the diff of them that shows no more lines than it may."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyinfra_runbooks.engine.patching import patches
from pyinfra_runbooks.engine.patching.patches import Edit, Patch, edited, lines, unified

LINES = st.sampled_from(["a", "b", "", "\tc", "\N{SNOWMAN}", "-- x", "@@ -1 +1 @@", "d\r", "\\ e"])
TEXTS = st.builds(
    lambda found, end: "\n".join(found) + end, st.lists(LINES, min_size=1), st.just("\n")
)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(patches).failed == 0


@given(st.text())
def test_lines_are_the_whole_text(text: str) -> None:
    assert "".join(lines(text)) == text
    assert all(line.count("\n") <= 1 and line for line in lines(text))


@st.composite
def edits(draw: st.DrawFn, count: int) -> list[Edit]:
    """Places that follow one another, some of them close together."""
    found = []
    for line in sorted(draw(st.sets(st.integers(0, count), max_size=4))):
        replaces = line < count and draw(st.booleans())
        leading = line > 0 and (line == count or draw(st.booleans()))
        found.append(Edit(line, ("new\n", "\n")[: draw(st.integers(1, 2))], replaces, leading))
    return found


@pytest.mark.parametrize("tool", [("git", "apply"), ("patch", "-p1", "-s")], ids=lambda t: t[0])
@settings(max_examples=60)
@given(data=st.data())
def test_a_tool_makes_of_the_diff_what_the_edits_say(
    tmp_path_factory: pytest.TempPathFactory, tool: tuple[str, ...], data: st.DataObject
) -> None:
    text = data.draw(TEXTS)
    made = data.draw(edits(len(lines(text))))
    patch = Patch("/x", "x", text.encode(), tuple(made))
    if patch.after == patch.before:
        return
    place = tmp_path_factory.mktemp("patched")
    (place / "x").write_bytes(patch.before)
    done = subprocess.run(
        tool, cwd=place, input=patch.diff().encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr, patch.diff(), made)
    assert (place / "x").read_bytes() == patch.after
    shutil.rmtree(place)


@given(data=st.data())
def test_no_line_is_shown_but_the_neighbours(data: st.DataObject) -> None:
    text = "".join(f"line {number}\n" for number in range(data.draw(st.integers(1, 12))))
    made = data.draw(edits(len(lines(text))))
    allowed = {
        edit.line + n for edit in made for n in range(-int(edit.shows_before), 1 + edit.replaces)
    }
    shown = re.findall(r"(?m)^[ -]line (\d+)$", unified(text, made, "x"))
    assert {*map(int, shown)} <= allowed


def test_two_edits_at_one_place_stand_in_their_order() -> None:
    made = [Edit(1, ("one\n",), shows_before=True), Edit(1, ("two\n",), shows_before=True)]
    assert edited("a\n", made) == "a\none\ntwo\n"
    assert unified("a\n", made, "x").splitlines()[3:] == [" a", "+one", "+two"]


def test_a_last_line_without_an_end_is_said_to_be_one() -> None:
    shown = unified("a\nb", [Edit(1, ("new\n",))], "x")
    assert shown.endswith("+new\n b\n\\ No newline at end of file\n")


def test_names_stay_below_the_directory(tmp_path: Path) -> None:
    patch = Patch(str(tmp_path / "a/x"), "a/x", b"a\n", (Edit(0, ("b\n",)),))
    assert patch.diff().startswith("--- a/a/x\n+++ b/a/x\n")
