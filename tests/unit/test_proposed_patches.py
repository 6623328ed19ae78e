"""What a diagnosis says of a compose file that is itself the cause."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import FakeHost
from looks import healthy, stack

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Note, Refusal
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.patching.patches import Edit, Patch
from pyinfra_runbooks.engine.patching.proposals import Proposal
from pyinfra_runbooks.facts.declarations import Declaration, Wanted
from pyinfra_runbooks.operations import patches
from pyinfra_runbooks.packs.network.rules.sharing import NO_SHARED_NETWORK

CAUSE: Finding[None] = NO_SHARED_NETWORK.found(
    "web", "shares no network", "seen", Refusal("no", "edit it")
)
NOTE: Finding[None] = NO_SHARED_NETWORK.found("web", "shares no network", "seen", Note())
PATCH = Patch("/srv/shop/c.yml", "c.yml", b"a\n", (Edit(1, ("b\n",)),))


def said(
    monkeypatch: pytest.MonkeyPatch, made: Declaration | Unknown, *found: Finding[Any]
) -> tuple[list[str], list[Wanted]]:
    lines: list[str] = []
    asked: list[Wanted] = []

    def declaration(_: object, __: object, ___: object, wanted: Wanted) -> Declaration | Unknown:
        asked.append(wanted)
        return made

    monkeypatch.setattr(patches, "declaration", declaration)
    monkeypatch.setattr(patches, "say", lambda _, *words: lines.extend(words))
    patches.propose(FakeHost({}).real, stack(), healthy(), found)
    return lines, asked


def test_the_change_is_shown_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, asked = said(monkeypatch, Declaration(Proposal(), (PATCH,)), CAUSE)
    assert asked == [Wanted(shared=("web",), alone=True)]
    assert lines[0] == "The change to /srv/shop/c.yml, which is not written:"
    assert lines[1:] == PATCH.diff().splitlines()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Unknown("Compose can't say"), "No patch can be shown of the compose file: Compose can't"),
        (Declaration(Proposal(left=("an anchor",))), "No patch can be shown of it: an anchor"),
    ],
)
def test_where_there_is_none_that_is_said(
    monkeypatch: pytest.MonkeyPatch, made: Declaration | Unknown, words: str
) -> None:
    (line,), _ = said(monkeypatch, made, CAUSE)
    assert line.startswith(words)


def test_nothing_is_asked_where_no_file_is_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, Unknown("never"), NOTE) == ([], [])
    assert said(monkeypatch, Unknown("never")) == ([], [])
