"""The script that has a host keep a pause, or end it."""

from __future__ import annotations

from ..restraint import Pause
from ..settings import Stack
from . import PAUSE, text, values
from .audit import noting


def pause(stack: Stack, entry: str, wanted: Pause | None) -> str:
    """
    Keeps a pause on the host, or ends the one that is there.

    + stack: the one by which the host is known
    + entry: what the controller knows of the audit's line
    + wanted: the pause; None: there is to be none
    """
    return "".join(
        (
            noting(stack, entry),
            values(
                pause_file=PAUSE,
                kept=wanted.lines() if wanted else "",
                reason=wanted.words() if wanted else "the pause is over",
            ),
            text("pause.sh"),
        )
    )


def kept() -> str:
    """Prints the pause that the host keeps, and what time it is there."""
    return values(pause_file=PAUSE) + (
        'date +%s; [ ! -e "$pause_file" ] ||'
        ' { [ -s "$pause_file" ] && cat "$pause_file" 2>/dev/null; } || echo unreadable\n'
    )
