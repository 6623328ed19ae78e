"""The script that waits until something happens to a stack."""

from __future__ import annotations

from collections.abc import Sequence

from ..settings import Stack
from . import text, values
from .look import target


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
    + ids: its containers, whoever made them
    + networks: those that they are or should be on
    """
    return "".join(
        (
            target(stack),
            values(
                since=since,
                seconds=seconds,
                project=project,
                ids=tuple(ids),
                networks=tuple(networks),
            ),
            text("session.sh"),
            text("holder.sh"),
            text("events.sh"),
        )
    )
