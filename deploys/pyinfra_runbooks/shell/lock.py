"""The scripts that take the lock on a stack, and that end a run's hold on it."""

from __future__ import annotations

from dataclasses import dataclass

from ..engine import CONTAINER_TEMPLATE
from ..settings import Stack
from ..showing import harmless
from . import LOCKS, PAUSE, text, values
from .look import target

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


def take(stack: Stack, owner: Owner, seen: str) -> str:
    """Takes the lock, and tells whether anything happened to the host's containers.

    + seen: what `Look.state` said of them when they were looked at
    """
    return "".join(
        (
            target(stack),
            values(
                locks=LOCKS,
                run=owner.run,
                who=_word(owner.who),
                runbook=_word(owner.runbook),
                longest=LONGEST,
                pause_file=PAUSE,
                seen=seen,
                container_template=CONTAINER_TEMPLATE,
                hold_sh=values(locks=LOCKS) + text("holder.sh") + text("hold.sh"),
                redis_service=stack.redis.service,
                put_sh=text("put.sh"),
            ),
            text("privileged.sh"),
            text("session.sh"),
            text("holder.sh"),
            text("state.sh"),
            text("image.sh"),
            text("lock.sh"),
            'said=$(take)\nprintf "%s\\n" "$said"\n',
            '[ "$said" != taken ] || left_behind\n',
            '[ "$said" != taken ] || { now=$(state_now) && [ "$now" = "$seen" ]; } || echo moved\n',
        )
    )


def holder(stack: Stack) -> str:
    """Tells who has the lock; nothing, where nobody has it."""
    return (
        f"{_looking(stack)}holder=\nfind_lock >/dev/null && find_holder\n"
        '[ -z "$holder" ] || describe_holder\n'
    )


def unlock(stack: Stack) -> str:
    """Ends the hold of the run that has the lock, unless a command of it is at work."""
    return f"{_looking(stack)}unlock\n"


def _looking(stack: Stack) -> str:
    parts = (target(stack), values(locks=LOCKS), text("holder.sh"), text("lock.sh"))
    return "".join(parts)


def _word(text: str) -> str:
    """One line without tabs, and not empty: arguments that a shell takes apart again."""
    return " ".join(harmless(text).split())[:200] or "-"
