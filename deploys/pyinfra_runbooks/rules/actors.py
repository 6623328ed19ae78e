"""Whether somebody else is at work on the stack just now: then what differs is no drift."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ..look import Look

YOUNG = 3
"""Seconds for which a container that was made anew counts as somebody's work."""
STARTING = 60
"""Seconds for which a Compose command does; one that stays is attached to the stack it started."""


def at_work(look: Look) -> str | None:
    """Who deploys the stack at this moment, and how that is known; None: nobody does."""
    now = datetime.fromtimestamp(look.at, UTC)
    for command in look.commands:
        if command.seconds < STARTING:
            return f"docker compose {command.verb} was started {command.seconds} s ago"
    for container in look.members():
        if half := re.fullmatch(r"[0-9a-f]{12}_(.+)", container.name):
            return (
                f"{container.name} has the name that Compose gives to what it replaces (if nobody"
                f" does any more: docker rename {container.name} {half[1]})"
            )
        age = (now - container.created).total_seconds()
        if abs(age) < YOUNG:  # The host's clock may have been set back since.
            return f"{container.name} was made {max(0, round(age))} s ago"
    return None
