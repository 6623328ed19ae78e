"""The page for the developers of an API shows the code and the figures that there are."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bench.degradation import with_figures
from lab.outages import WAYS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "degradation.md").read_text(encoding="utf-8")
CODE = (ROOT / "lab" / "stack" / "api" / "main.py").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)


def _lines(code: str) -> str:
    return "\n".join(line.strip() for line in code.splitlines() if line.strip())


@pytest.mark.parametrize("block", [text for _, text in BLOCKS], ids=range(len(BLOCKS)))
def test_what_is_shown_is_an_excerpt_of_the_labs_api(block: str) -> None:
    """Whole lines of it, in their order; the formatter takes a method to the margin."""
    assert f"\n{_lines(block)}\n" in _lines(CODE)


def test_nothing_else_is_shown() -> None:
    assert len(BLOCKS) > 5
    assert {language for language, _ in BLOCKS} == {"python"}


def test_the_figures_are_where_the_bench_writes_them() -> None:
    """Of every way in which Redis goes, for both APIs."""
    new = with_figures(PAGE, "Title\n\nnothing was measured\n")
    rows = re.findall(r"^\| [^|]+ \| (degrading|naive) \|", PAGE, re.MULTILINE)
    assert Counter(rows)["degrading"] == Counter(rows)["naive"] >= len(WAYS)
    assert not re.search(r"\| (degrading|naive) \|", new)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", PAGE))))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (ROOT / "docs" / target).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r'"(/api/v1/[^"]+)"', CODE))))
def test_the_paths_that_are_asked_who_should_ask_them(path: str) -> None:
    """Of those that say how it is; the others are not the page's."""
    if path.rpartition("/")[2] in ("live", "ready", "health"):
        assert f"| `{path}` |" in PAGE
