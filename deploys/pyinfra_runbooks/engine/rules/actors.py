"""Whether the stack is being deployed just now: then what differs is no drift."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ..docker import Container
from ..found import ComposeCommand
from ..look import Look

YOUNG = 3
"""Seconds for which a container that was just created counts as a deployment."""
STARTING = 60
"""Seconds for which a Compose command does that stays attached to the stack that it started."""


def current_deployment(look: Look) -> str | None:
    """Which deployment of the stack is running, and how that is known; None: none is."""
    now = datetime.fromtimestamp(look.at, UTC)
    for command in look.commands:
        if command.seconds < STARTING or not command.attached or _starts(look, command, now):
            return f"docker compose {command.verb} was started {command.seconds} s ago"
    members = look.members()
    for container in members:
        if container.replaces:
            return (
                f"{container.name} has the name that Compose gives to a replacement"
                f" (if no deployment is running: {end_of(container, members)})"
            )
        age = (now - container.created).total_seconds()
        if abs(age) < YOUNG:  # The host's clock may have been set back since.
            return f"{container.name} was created {max(0, round(age))} s ago"
    return None


def end_of(container: Container, members: Iterable[Container]) -> str:
    """What brings to an end what an interrupted Compose left.

    Beside the one that it was to replace it never ran, and without ``--force`` is removed only if
    that is still so.
    """
    if any(container.replaces == other.id[:12] for other in members):
        return f"docker rm {container.name}"
    return f"docker rename {container.name} {container.name[13:]}"


def _starts(look: Look, command: ComposeCommand, now: datetime) -> bool:
    """Whether it has made containers that it has not started yet.

    Compose makes all of them at first, and starts each once it may: what that waits for, such as a
    health check, may take minutes.
    """
    since = now - timedelta(seconds=command.seconds + YOUNG)
    return any(c.status == "created" and c.created >= since for c in look.members())
