"""What is in the way of a deploy: each module judges one thing, which no other one does. Pure."""

from __future__ import annotations

from ...core.unknown import Unknown
from ...settings import Stack
from ..obstacles import Checked, Obstacle, Weight, together
from ..seen import Asked, Engine, Found, Unresolved
from . import files, images, inventory, names, ports, readers, redis


def judge(found: Found, asked: Asked, stack: Stack | None) -> Checked:
    """
    All that can be known before `docker compose up`, the worst first.

    + found: what is on the host
    + asked: what its images said
    + stack: what the inventory declares; None: no more than the project
    """
    own = readers.opened_by_servers(found, asked, stack)
    return together(
        (
            images.judge(found),
            files.judge(found),
            redis.judge(found, asked, stack),
            readers.judge(found, asked, own),
            inventory.judge(found, stack),
            names.judge(found),
            ports.judge(found, asked),
            _engine(found),
        )
    )


def unresolved(unresolved: Unresolved, directory: str) -> Checked:
    """Where Compose can't resolve the project, nothing else is known."""
    obstacle = Obstacle(
        Weight.DANGER,
        "compose",
        directory,
        "can't be brought up: " + (unresolved.reason or "Compose can't resolve the project"),
        "docker compose config, on the host",
        "correct what it says, and run this again: nothing else could be looked at",
    )
    return Checked((obstacle,))


_LITTLE = 64 << 10
"""KiB, below which nothing that writes is started with."""


def _engine(found: Found) -> Checked:
    engine = found.engine
    if isinstance(engine, Unknown):
        return Checked(unseen=(f"the engine: {engine.reason}",))
    assert isinstance(engine, Engine)  # noqa: S101
    if engine.free is None:
        return Checked(notes=(f"how much space is left in {engine.root} is not known",))
    if engine.free < _LITTLE:
        return Checked(
            (
                Obstacle(
                    Weight.STOPS,
                    "disk-full",
                    engine.root,
                    "has no space left for containers and volumes",
                    f"df: {engine.free} KiB available",
                    "docker system df, and docker image prune",
                ),
            )
        )
    return Checked(fine=(f"{engine.free / (1 << 20):.1f} GiB are free in {engine.root}",))
