"""The script that waits until something happens to a stack."""

from __future__ import annotations

from collections.abc import Sequence

from ...settings import Stack
from . import script
from .stack import of


def events(
    stack: Stack,
    since: str,
    seconds: int,
    project: str,
    ids: Sequence[str],
    networks: Sequence[str],
) -> str:
    """
    Waits for something to happen to a stack, and tells what.

    + since: from when on, in seconds since 1970, with a fraction
    + seconds: how long to wait
    + project: the Compose project
    + ids: its containers, Compose's own or not
    + networks: those that they are or should be on
    """
    about = of(stack) | {"project": project, "ids": tuple(ids), "networks": tuple(networks)}
    return script("events.sh", **about, since=since, seconds=seconds)
