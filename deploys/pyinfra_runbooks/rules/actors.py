"""Whether somebody else is at work on the stack just now: then what differs is no drift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..look import ComposeCommand, Look

YOUNG = 3
"""Seconds for which a container that was made anew counts as somebody's work."""
STARTING = 60
"""Seconds for which a Compose command does that stays attached to the stack that it started."""


def at_work(look: Look) -> str | None:
    """Who deploys the stack at this moment, and how that is known; None: nobody does."""
    now = datetime.fromtimestamp(look.at, UTC)
    for command in look.commands:
        if command.seconds < STARTING or not command.attached or _starts(look, command, now):
            return f"docker compose {command.verb} was started {command.seconds} s ago"
    for container in (*look.half_made(), *look.members()):
        # The host's clock may have been set back since.
        age = abs((now - container.created).total_seconds())
        if age < (STARTING if container.replaces else YOUNG):
            place = " in the place of another" if container.replaces else ""
            return f"{container.name} was made{place} {round(age)} s ago"
    return None


def _starts(look: Look, command: ComposeCommand, now: datetime) -> bool:
    """Whether it has made containers that it has not started yet.

    Compose makes all of them at first, and starts each once it may: what that waits for, such as a
    health check, may take minutes.
    """
    since = now - timedelta(seconds=command.seconds + YOUNG)
    return any(c.status == "created" and c.created >= since for c in look.members())
