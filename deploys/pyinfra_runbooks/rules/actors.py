"""Whether somebody else is at work on the stack just now: then what differs is no drift."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ..engine import Container
from ..look import Look

YOUNG = 3
"""Seconds for which a container that was made anew counts as somebody's work."""
STARTING = 60
"""Seconds for which a Compose command does; one that stays is attached to the stack it started."""


def at_work(look: Look) -> str | None:
    """Who deploys the stack at this moment, and how that is known; None: nobody does."""
    for command in look.commands:
        if command.seconds < STARTING:
            return f"docker compose {command.verb} was started {command.seconds} s ago"
    now = datetime.fromtimestamp(look.at, UTC)
    members = look.members()
    for container in members:
        if container.replaces:
            return (
                f"{container.name} has the name that Compose gives to what replaces another"
                f" (if nobody does any more: {end_of(container, members)})"
            )
        age = (now - container.created).total_seconds()
        if abs(age) < YOUNG:  # The host's clock may have been set back since.
            return f"{container.name} was made {max(0, round(age))} s ago"
    return None


def end_of(container: Container, members: Iterable[Container]) -> str:
    """What brings to an end what an interrupted Compose left.

    Beside the one that it was to replace it never ran, and without ``--force`` is removed only if
    that is still so.
    """
    if any(container.replaces == other.id[:12] for other in members):
        return f"docker rm {container.name}"
    return f"docker rename {container.name} {container.name[13:]}"
