"""A service that Compose, as it is asked, does not declare."""

from __future__ import annotations

from ...core.resolution import Refusal
from ..look import Look

PROFILE = "Compose(profiles=...)"


def seen(look: Look, service: str) -> str:
    """What Compose declares instead, and what of the service is there all the same."""
    declared = f"Compose declares {', '.join(sorted(look.declared.services))}"
    there = sorted(c.name for c in look.members(service))
    return f"{declared}; {', '.join(there)} is there" if there else declared


def refusal(look: Look, service: str, named: str) -> Refusal:
    """Why nothing is done about it. One that has a container was declared when that was made.

    + named: where the inventory names it: ``Redis(service=...)``
    """
    because = "nothing says how it should run"
    if not look.members(service):
        return Refusal(because, f"{named} in the inventory", in_inventory=True)
    return Refusal(
        f"{because}: it may be behind a profile, which no label shows",
        f"{PROFILE} in the inventory; or {named}, if it is another one",
        in_inventory=True,
    )
