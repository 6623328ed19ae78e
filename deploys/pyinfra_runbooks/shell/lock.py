"""The scripts that take the lock on a stack, and that end somebody's hold on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..settings import Stack
from ..showing import harmless
from . import PAUSE, instant, text, values
from .look import target

LONGEST = 1800
"""Seconds that a run may have the lock without taking it anew."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who wants to change a stack.

    + run: an id of the run
    + who: the person, and the machine that the run was started on
    + runbook: what is run
    """

    run: str
    who: str
    runbook: str


def take(stack: Stack, owner: Owner, seen: float, containers: Sequence[str]) -> str:
    """Takes the lock, and tells what happened to these containers since they were seen."""
    return "".join(
        (
            target(stack),
            values(
                run=owner.run,
                who=_word(owner.who),
                runbook=_word(owner.runbook),
                longest=LONGEST,
                pause_file=PAUSE,
                seen=instant(seen),
                containers=tuple(containers),
                hold_sh=text("holder.sh") + text("hold.sh"),
            ),
            text("session.sh"),
            text("holder.sh"),
            text("lock.sh"),
            'said=$(take)\nprintf "%s\\n" "$said"\n[ "$said" != taken ] || moved_on\n',
        )
    )


def holder(stack: Stack) -> str:
    """Tells who has the lock; nothing, where nobody has it."""
    return f'{_looking(stack)}find_holder\n[ -z "$holder" ] || describe_holder\n'


def unlock(stack: Stack) -> str:
    """Ends the hold of whoever has the lock, unless a command of theirs is at work."""
    return f"{_looking(stack)}unlock\n"


def _looking(stack: Stack) -> str:
    return f"{target(stack)}{text('holder.sh')}{text('lock.sh')}physical=$(place)\n"


def _word(text: str) -> str:
    """One line without tabs, and not empty: arguments that a shell takes apart again."""
    return " ".join(harmless(text).split())[:200] or "-"
