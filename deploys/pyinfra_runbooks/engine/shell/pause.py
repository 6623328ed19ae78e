"""The script that has a host keep a pause, or end it."""

from __future__ import annotations

from ...core.restraint import Pause
from ...settings import Stack
from . import LOG, PAUSE, script, values
from .stack import of


def pause(stack: Stack, present: bool) -> str:
    """
    Keeps a pause on the host, or ends the one that is there. Which one, comes over stdin.

    + stack: the one by which the host is known
    + present: whether there is to be a pause
    """
    does = "keep" if present else "end"
    return script("pause.sh", does, **of(stack), audit_log=LOG, pause_file=PAUSE)


def said(wanted: Pause | None) -> list[str]:
    """What the script reads after the audit's line; None: there is to be no pause."""
    if wanted is None:
        return ["the pause is over"]
    return [" ".join(wanted.words().split()), *wanted.lines().splitlines()]


def kept() -> str:
    """Prints the pause that the host keeps, and what time it is there."""
    return values(pause_file=PAUSE) + (
        'date +%s; [ ! -e "$pause_file" ] ||'
        ' { [ -s "$pause_file" ] && cat "$pause_file" 2>/dev/null; } || echo unreadable\n'
    )
