"""Whether somebody else is at work on the stack just now: then what differs is no drift."""

from __future__ import annotations

from datetime import UTC, datetime

from ..look import Look

YOUNG = 3
"""Seconds for which a container that was made anew counts as somebody's work."""
STARTING = 60
"""Seconds for which a Compose command does that stays attached to the stack that it started."""


def at_work(look: Look) -> str | None:
    """Who deploys the stack at this moment, and how that is known; None: nobody does."""
    for command in look.commands:
        if command.seconds < STARTING or not command.attached or _still_starting(look):
            return f"docker compose {command.verb} was started {command.seconds} s ago"
    now = datetime.fromtimestamp(look.at, UTC)
    for container in (*look.half_made(), *look.members()):
        # The host's clock may have been set back since.
        age = abs((now - container.created).total_seconds())
        if age < (STARTING if container.replaces else YOUNG):
            place = " in the place of another" if container.replaces else ""
            return f"{container.name} was made{place} {round(age)} s ago"
    return None


def _still_starting(look: Look) -> bool:
    """Compose makes all containers at first, and starts each once it may: what that waits for, such
    as a health check, may take minutes."""
    return any(container.status == "created" for container in look.members())
