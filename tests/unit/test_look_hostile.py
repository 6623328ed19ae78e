"""Whatever comes back instead of a look's answer: never taken for health, never an exception."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import samples
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import MARK, OTHER_MARK, SAMPLE, STACK, changed, is_healthy, replaced

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification

INSIDE = ("redis redis", "api api")
SECTIONS = ("container", "network", "config", "hash", "file", *INSIDE, "check 0", "ports")
NEEDED = ("container", "network", "config", "file", *INSIDE, "check 0", "whole")


# Nothing that a container prints passes for something else


FRAMES = (
    "engine|=1",
    "=0",
    "=1",
    "look",
    f"look {OTHER_MARK}",
    f"{OTHER_MARK} engine",
    f"{OTHER_MARK} =1",
    f" {MARK} =1",
    f"x{MARK} =1",
    f"{MARK}= =1",
    f"/srv/{MARK} =1",
    f"a {MARK} =1",
    f"{MARK.upper()} =1",
)
FORGED = [
    *((section, frame) for section in SECTIONS if section != "config" for frame in FRAMES),
    ("api api", "config|{"),
    ("check 1", "c 1 503 0.1 no"),
    ("ports", "k redis 6379 refuses"),
    ("ports", "redis 6379 refuses"),
]


@pytest.mark.parametrize(("section", "line"), FORGED)
def test_a_forged_line_stays_in_its_section(section: str, line: str) -> None:
    real = samples.real_lines("redis-8.0")
    place = real.index(f"{MARK} {section}") + 1
    assert samples.understood([*real[:place], line, *real[place:]]) == samples.parsed(SAMPLE)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_file_and_an_acl_line_of_any_name(frame: str) -> None:
    shown = [f"s regular file|0|0|600|3|4|/{frame}", f"f /{frame}", f"a {frame}", "a", ""]
    seen = samples.parsed(replaced("file", shown, 0))
    assert isinstance(seen, Look)
    (file,) = seen.files.values()
    assert (file.path, file.mode, file.acl) == (f"/{frame}", 0o600, (frame, ""))


# Only the user's own shell comes before the mark.
@pytest.mark.parametrize("frame", [frame for frame in FRAMES if not frame.startswith("look ")])
def test_before_the_look_says_its_mark_nothing_counts(frame: str) -> None:
    real = samples.real_lines("redis-8.0")
    assert samples.understood([frame, *real]) == samples.parsed(SAMPLE)
    assert isinstance(samples.understood(real[1:]), Unknown)


# Cut off: never healthy


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_no_beginning_of_an_answer_is_a_look(name: str) -> None:
    whole = samples.lines(name)
    assert all(isinstance(samples.parsed(whole[:n]), Unknown) for n in range(len(whole)))


@given(st.integers(min_value=0))
def test_no_beginning_of_an_answers_text_is_a_look(length: int) -> None:
    text = "\n".join(samples.real_lines("redis-8.0"))
    cut = text[: length % (len(text) - 1)]
    assert isinstance(samples.understood(cut.splitlines()), Unknown)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_no_beginning_of_an_answers_last_lines_is_a_look(name: str) -> None:
    text = "\n".join(samples.real_lines(name))
    assert isinstance(samples.understood(text.splitlines()), Look)
    for length in range(len(text) - 200, len(text)):
        assert isinstance(samples.understood(text[:length].splitlines()), Unknown)


@pytest.mark.parametrize("section", NEEDED)
def test_an_answer_without_a_section_is_no_look(section: str) -> None:
    without = [line for line in SAMPLE if not line.startswith(f"{section}|")]
    assert isinstance(samples.parsed(without), Unknown)


@pytest.mark.parametrize("section", NEEDED)
def test_an_answer_without_a_sections_end_is_no_look(section: str) -> None:
    without = [line for line in SAMPLE if not re.match(rf"{section}\|=\d+$", line)]
    assert isinstance(samples.parsed(without), Unknown)


@pytest.mark.parametrize(
    "section", ["container", "network", "config", "hash", "file", "redis redis"]
)
def test_a_section_that_ran_out_of_time_is_not_healthy(section: str) -> None:
    content = samples.content(section)[:-1]
    healthy = [
        length
        for length in range(len(content))
        if is_healthy(replaced(section, content[:length], 124))
    ]
    assert healthy == []


API_IS_UNKNOWN = {
    "ran out of time": (lambda: samples.content("api api")[:-2], 124),
    "ran out of time at once": (lambda: [""], 124),
    "has no shell": (lambda: ["OCI runtime exec failed: exec failed: sh: not found", ""], 126),
    "stopped meanwhile": (lambda: ["u   ", ""], 0),
}


@pytest.mark.parametrize(("content", "status"), API_IS_UNKNOWN.values(), ids=API_IS_UNKNOWN)
def test_an_api_that_can_not_be_looked_into_is_healthy_where_its_checks_say_so(
    content: Callable[[], list[str]], status: int
) -> None:
    """On purpose: many an image has no shell, and what the API answers proves its health."""
    answer = replaced("api api", content(), status)
    seen = samples.parsed(answer)
    assert isinstance(seen, Look)
    assert isinstance(seen.inside("api"), Unknown)
    assert is_healthy(answer)
    down = 'check 0|c 0 503 0.01 {"status":"down"}'
    sick = [down if line.startswith("check 0|c 0 ") else line for line in answer]
    assert not is_healthy(sick)


def test_an_api_that_nobody_had_to_look_into() -> None:
    answer = replaced("api api", [""], 0)
    seen = samples.parsed(answer)
    assert isinstance(seen, Look)
    assert "api" not in seen.insides
    assert is_healthy(answer)


@pytest.mark.parametrize("number", range(4))
def test_a_check_that_did_not_answer_is_not_healthy(number: int) -> None:
    assert is_healthy(SAMPLE)
    assert not is_healthy([x for x in SAMPLE if not x.startswith(f"check {number}|c ")])


@pytest.mark.parametrize("service", ["redis", "api", "postgres", "qdrant", "caddy"])
def test_a_service_that_was_not_tried_is_not_healthy(service: str) -> None:
    assert not is_healthy([x for x in SAMPLE if not x.startswith(f"ports|{service}\t")])


# Whatever comes, nothing is raised


@given(st.lists(st.text()))
def test_garbage(lines: list[str]) -> None:
    assert isinstance(samples.parsed(lines), Unknown)


LINE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["{", "}", "[]", "=0", "=1", "r", "f /x", "a user x", "u", "d", "@1\t2\t3"]),
    st.sampled_from(['{"id":1}', "s x|1|2|3|4|5|/x", "n 5 /x", "a\t1\taccepts", "c 0 200 1 {}"]),
    st.sampled_from(['"@0"', '"@4"', '"OK"', "redis_version:7", "[1]", "7", "null", "+1\t2\t3"]),
)
NAME = st.sampled_from([*SECTIONS, "engine", "other"])
FRAME = st.sampled_from(
    [MARK, f"{MARK} ", f"{MARK} api", f"{MARK} =0", f"{MARK} =x", f"look {MARK}", *FRAMES[1:]]
)


def mutated(data: st.DataObject) -> list[str]:
    """The sample, with a few lines lost, doubled, changed, or put elsewhere."""
    lines = list(SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(
            st.sampled_from(["drop", "double", "insert", "frame", "cut", "number", "swap"])
        )
        if kind == "drop":
            del lines[place]
        elif kind == "double":
            lines.insert(place, lines[place])
        elif kind == "insert":
            lines.insert(place, f"{data.draw(NAME)}|{data.draw(LINE)}")
        elif kind == "frame":
            lines.insert(place, data.draw(FRAME))
        elif kind == "cut":
            lines[place] = lines[place][: data.draw(st.integers(0, 80))]
        elif kind == "number":
            strange = data.draw(st.sampled_from(["9", "", "\N{SUPERSCRIPT TWO}", "1.2.3", "-"]))
            lines[place] = re.sub(r"\d+", strange, lines[place], count=data.draw(st.integers(1, 4)))
        else:
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[place], lines[other] = lines[other], lines[place]
    return lines


@settings(max_examples=400)
@given(st.data())
def test_a_mutated_answer_raises_nothing_in_parser_and_rules(data: st.DataObject) -> None:
    seen = samples.parsed(mutated(data))
    if isinstance(seen, Look):
        for finding in verification.everything(seen, STACK):
            assert finding.lines()
    else:
        assert seen.reason


HOSTILE: dict[str, Callable[[], list[str]]] = {
    "a mode that is not octal": lambda: changed(r"\|440\|", "|999|"),
    "a superscript for a user": lambda: changed(
        r"^redis redis\|u 999", "redis redis|u \N{SUPERSCRIPT TWO}"
    ),
    "seconds with two points": lambda: changed(r"(check 0\|c 0 200) \S+", r"\1 0.0.1"),
    "a reply that is a number": lambda: changed(
        r"^redis redis\|\[.*\"aclfile\".*$", "redis redis|7"
    ),
    "a status of 5000 digits": lambda: changed(r"^api api\|=0", f"{MARK} ={'1' * 5000}"),
    "a reply that nests": lambda: changed(
        r"^redis redis\|\[.*\"aclfile\".*$", f"redis redis|{'[' * 60_000}"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_container_can_print_raises_nothing(name: str) -> None:
    seen: Any = samples.parsed(HOSTILE[name]())
    assert isinstance(seen, (Look, Unknown))


def test_a_symptom_is_never_the_only_reason_to_act() -> None:
    seen = samples.parsed(x for x in SAMPLE if not re.match(r"check \d\|c", x))
    assert isinstance(seen, Look)
    found = [f for f in verification.everything(seen, STACK) if not f.symptom]
    assert {f.kind.id for f in found} == {"api-unhealthy"}
