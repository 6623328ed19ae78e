"""A project as a whole: nothing of it is there."""

from __future__ import annotations

from dataclasses import replace

from looks import healthy

from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.settings import Stack


def test_a_stack_without_a_container_is_not_healthy() -> None:
    """Its inventory says no more than where it is."""
    stack, look = Stack("/srv/shop"), healthy()
    assert not [f for f in verification.findings(look, stack) if f.subject == "shop"]
    (gone,) = verification.findings(replace(look, containers=()), stack)
    assert (gone.kind.id, gone.subject, gone.cause) == ("not-running", "shop", True)
    assert "docker compose up --detach" in "".join(map(str, gone.details()))
