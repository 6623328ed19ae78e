"""The scripts that take the lock on a stack, and that end a run's hold on it."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.showing import printable
from ...settings import Stack
from ..docker import CONTAINER_TEMPLATE
from ..found import Found
from ..projects import project
from . import LOCKS, PAUSE, script
from .stack import of

LONGEST = 1800
"""Seconds that a run may have the lock without taking it again."""


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


def take(stack: Stack, owner: Owner, found: Found) -> str:
    """Takes the lock, and tells whether anything happened to the host's containers.

    + found: what the host ran when it was looked at
    """
    return script(
        "lock.sh",
        **of(stack, project(found, stack.compose)),
        locks=LOCKS,
        run=owner.run,
        who=_word(owner.who),
        runbook=_word(owner.runbook),
        longest=LONGEST,
        pause_file=PAUSE,
        seen=found.state,
        container_template=CONTAINER_TEMPLATE,
    )


def holder(stack: Stack) -> str:
    """Tells who has the lock; nothing, where nobody has it."""
    return script("lock_holder.sh", **of(stack), locks=LOCKS)


def unlock(stack: Stack) -> str:
    """Ends the hold of the run that has the lock, unless a command of it is at work."""
    return script("unlock.sh", **of(stack), locks=LOCKS)


def _word(text: str) -> str:
    """One line without tabs, and not empty: arguments that a shell takes apart again."""
    return " ".join(printable(text).split())[:200] or "-"
