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
from pyinfra_runbooks.packs.network.rules.own_names import OwnName
from pyinfra_runbooks.packs.network.rules.sharing import NO_SHARED_NETWORK
from pyinfra_runbooks.packs.network.rules.strangers import ALIAS_CONFLICT

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


def test_a_line_that_stands_alone_is_not_for_every_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    edit = Edit(0, ("b\n",), replaces=True, hides_after=True)
    bare = Patch("/srv/shop/c.yml", "c.yml", b"a\nsecret\n", (edit,))
    lines, _ = said(monkeypatch, Declaration(Proposal(), (bare,)), CAUSE)
    assert lines[0].endswith("which is not written (patch -p1, or git apply --unidiff-zero):")
    assert "secret" not in "\n".join(lines)


def test_a_name_of_its_own_is_shown_with_what_is_to_be_done_besides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = OwnName("cache", "back", "shop-cache", "cache", (("web", ("REDIS_HOST",)),))
    monkeypatch.setattr(patches, "own_names_for", lambda *_: {"cache": own})
    conflict: Finding[None] = ALIAS_CONFLICT.found("blog-1", "answers", "seen", Refusal("no", "x"))
    lines, asked = said(monkeypatch, Declaration(Proposal(), (PATCH,)), conflict)
    assert asked == [Wanted(alone=True, named=(own,))]
    assert lines[-2:] == [
        "and have REDIS_HOST of web name shop-cache in the place of cache",
        "then: docker compose up -d cache web",
    ]
    noted: Finding[None] = ALIAS_CONFLICT.found("blog-1", "answers", "seen", Note())
    assert said(monkeypatch, Unknown("never"), noted) == ([], [])


def test_nothing_is_asked_where_no_file_is_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, Unknown("never"), NOTE) == ([], [])
    assert said(monkeypatch, Unknown("never")) == ([], [])
