"""A tag that moved on is told, and nothing is done about it."""

from __future__ import annotations

from dataclasses import replace

from looks import member

from pyinfra_runbooks.findings import Part
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.rules import verification
from pyinfra_runbooks.settings import Stack


def test_a_tag_that_moved_on_is_told_and_is_no_reason_to_fail(look: Look, stack: Stack) -> None:
    moved = replace(look, moved_tags=frozenset({member(look, "shop-cache-1").id, "elsewhere"}))
    (finding,) = verification.everything(moved, stack)
    assert finding.part is Part.REDIS
    assert finding.headline() == (
        "cache: runs another image than example/cache:1 now names [image-moved]"
    )
    assert finding.lines()[-1] == "  note:  left as it is"
    assert verification.findings(moved, stack) == []
