"""Nothing that a host says moves the terminal that shows it, or passes for another host."""

from __future__ import annotations

import ast
import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from looks import healthy, stack, with_container
from pyinfra.api import Config, Inventory, State
from pyinfra.context import ctx_host, ctx_state

import pyinfra_runbooks
from pyinfra_runbooks.core import audit, locking
from pyinfra_runbooks.core.plan import Plan, Scope
from pyinfra_runbooks.core.resolution import Note, Refusal
from pyinfra_runbooks.core.restraint import Pause
from pyinfra_runbooks.core.showing import printable, printable_lines
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.facts import saying
from pyinfra_runbooks.facts.journal import VARIABLE, note
from pyinfra_runbooks.facts.saying import say
from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.operations.showing import show
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.packs.redis.rules.drift import SECRET_STALE

EVIL = "x\x1b]0;owned\x07\x1b[2J\r\n[other] is well\u202e\u200b\x9b1m\u2028\x85"
PACKAGE = Path(pyinfra_runbooks.__file__).parent


@given(st.text())
def test_whatever_it_is_it_is_visible_and_one_line(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert printable(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_what_is_visible_stays(text: str) -> None:
    assert printable(text) == text


def test_a_page_keeps_its_own_lines() -> None:
    assert printable_lines("  a\n\x1b[2J\n") == "  a\n\N{REPLACEMENT CHARACTER}[2J\n"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pyinfra is given to print, whole."""
    heard: list[str] = []
    state = State(Inventory((["one", "other"], {})), Config())
    host = state.inventory.get_host("one")
    state.activate_host(host)

    def log(_: object, message: str, log_func: Callable[[str], Any] | None = None) -> None:
        heard.append(message)

    def styled(_: object, message: str, log_func: object = None, **__: object) -> None:
        heard.append(message)

    monkeypatch.setattr(type(host), "log", log)
    monkeypatch.setattr(type(host), "log_styled", styled)
    with ctx_state.use(state), ctx_host.use(host):
        yield heard  # type: ignore[misc]


def fine(lines: list[str]) -> bool:
    """Whether all of them are one line each, without anything invisible."""
    return bool(lines) and all(line.isprintable() for line in lines)


def test_what_is_said_is_harmless(said: list[str]) -> None:
    host = ctx_host.get()
    say(host, EVIL)
    say(host, f"Refused: {EVIL}", EVIL, fg="red")
    assert fine([said[0]])
    first, second = said[1].split("\n")
    assert (first[:10], second[:5]) == ("Refused: x", "    x")
    assert fine([first, second])


HOSTILE: dict[str, Callable[[], str]] = {
    "a lock's owner": lambda: str(locking.answer([f"held {EVIL.splitlines()[0]}\t{EVIL[3:]}"])),
    "a pause's reason": lambda: Pause(0, EVIL, EVIL).words(),
    "the audit": lambda: audit.shown(
        {"time": EVIL, "who": EVIL, "findings": [EVIL], "result": EVIL, "said": EVIL}
    ),
    "a mount's path": lambda: "\x1f".join(
        SECRET_STALE.found(
            f"/run/{EVIL}", "is an older file", f"/srv/{EVIL}", Refusal(EVIL, EVIL)
        ).lines()
    ),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whoever_said_it(said: list[str], text: Callable[[], str]) -> None:
    evil = text()
    assert not evil.isprintable()
    say(ctx_host.get(), evil)
    assert fine(said)


@pytest.mark.parametrize(
    ("answer", "healthy_at_last"), [(Note(), True), (Refusal("it is full", "look"), False)]
)
def test_what_is_merely_to_be_known_is_shown_before_healthy(
    said: list[str], answer: Note | Refusal, healthy_at_last: bool
) -> None:
    host, look = ctx_host.get(), healthy()
    plan = Plan((SECRET_STALE.found("cache", "is older", "by its time", answer),), (), ())
    show(host, stack(), look, plan, Scope())
    show(host, stack(), look, plan, Scope())
    assert sum("cache: is older" in line for line in said) == 1
    assert ["shop is healthy: " in line for line in said if "shop is" in line] == (
        [True] * healthy_at_last
    )


def test_a_label_reaches_a_diagnosis_and_a_job_as_text(
    said: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The project's name is a label's; a person chose a container's."""
    look = with_container(healthy(), "cache", name=f"cache{EVIL}", status="paused")
    look = replace(
        look,
        declared=replace(look.declared, name=f"shop{EVIL}"),
        containers=tuple(replace(c, project=f"shop{EVIL}") for c in look.containers),
        paused=Pause(2**31, f"ann{EVIL}", EVIL),
    )
    host = ctx_host.get()
    show(host, stack(), look, verification.planned(look, stack()), Scope())
    assert fine(said)
    assert any("[other] is well" in line for line in said)
    journal = tmp_path / "journal"
    monkeypatch.setenv(VARIABLE, str(journal))
    note("look", host, **look_event(look, stack()))
    note("look", host, **look_event(Unknown(EVIL), stack()))
    note("refusal", host, reasons=[EVIL])
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    texts = repr(of_journal(entries, corrected=True))  # repr escapes what is not visible
    assert "[other] is well" in texts
    assert not any(escape in texts for escape in ("\\x", "\\u", "\\n"))


def test_there_is_no_other_way_to_say_something_of_a_host() -> None:
    """Or one of them would be forgotten."""
    speaking = {
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("log", "log_styled")
    }
    assert speaking == {Path(saying.__file__).name}
