"""A tag that moved on is reported, and nothing is done about it."""

from __future__ import annotations

from dataclasses import replace

from looks import member

from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.parts import Part
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.settings import Stack


def test_a_tag_that_moved_on_is_reported_and_is_no_reason_to_fail(look: Look, stack: Stack) -> None:
    moved = replace(look, moved_tags=frozenset({member(look, "shop-cache-1").id, "elsewhere"}))
    (finding,) = verification.everything(moved, stack)
    assert finding.part == Part.REDIS
    assert (finding.kind.id, finding.subject) == ("image-moved", "cache")
    assert finding.problem == "runs another image than the one that example/cache:1 now points to"
    assert finding.lines()[-1] == "  note: left as it is"
    assert verification.findings(moved, stack) == []
