"""The lock on a stack: taken before the first change of a run, on the host that is changed."""

from __future__ import annotations

import time

from pyinfra.api import FactBase, Host

from ..core import locking
from ..core.locking import Held, Taken
from ..core.unknown import Unknown
from ..engine.found import Found
from ..engine.look import Look
from ..engine.rules.actors import YOUNG, current_deployment
from ..engine.run import Hold, run_of
from ..engine.shell import lock as scripts
from ..engine.shell.lock import LONGEST, Owner
from ..settings import Stack
from .asking import ask
from .looks import forget, look_at
from .runs import owner

PAUSE = 0.5
"""Seconds between two looks at a stack that is being deployed."""


class StackLock(FactBase[Taken | Held | Unknown]):
    """
    Takes the lock on a stack. It is a fact because what comes next depends on the answer.

    + stack: the stack
    + owner: who wants it
    + found: what the host ran when it was looked at
    """

    def command(self, stack: Stack, owner: Owner, found: Found) -> str:
        return scripts.take(stack, owner, found)

    def process(self, output: list[str]) -> Taken | Held | Unknown:
        return locking.answer(output)

    @staticmethod
    def default() -> Taken | Held | Unknown:
        return Unknown("the host did not answer")


class LockHolder(FactBase[Held | None]):
    """
    Returns who has the lock on a stack; None: no process that this user may see.

    + stack: the stack
    """

    def command(self, stack: Stack) -> str:
        return scripts.holder(stack)

    def process(self, output: list[str]) -> Held | None:
        answer = locking.answer(output)
        return answer if isinstance(answer, Held) else None


def may_change(host: Host, stack: Stack) -> str | Unknown | None:
    """
    Takes the lock on the stack, unless this run has it; returns why not, or None. `Unknown` is
    that something could not be seen.

    + host: the host
    + stack: the stack

    The last look is forgotten if something happened to the stack since.
    """
    run = run_of(host)
    hold = run.hold(stack.compose.directory)
    if hold and _lasts(hold, host):
        return None
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        return Unknown(f"the host could not be checked: {look.reason}")
    if reason := _locked(host, stack, look):
        return reason
    if not run.of(stack).changed and (deployment := _other_deployment(host, stack)):
        return f"someone is deploying this stack: {deployment}. Run it again when they are done"
    run.of(stack).hold = Hold(_connection(host), time.monotonic())
    return None


def _lasts(hold: Hold, host: Host) -> bool:
    return hold.connection is _connection(host) and time.monotonic() - hold.at < LONGEST / 2


def _locked(host: Host, stack: Stack, look: Look) -> str | Unknown | None:
    """Takes the lock, and forgets what was seen if something happened since; or why it can't."""
    # A Redis' image may write the lock: where the inventory names none, that of one that was found.
    whole = look.whole(stack)
    match ask(host, StackLock, stack=whole, owner=owner(host), found=look.found):
        case Held() as holder:
            return (
                f"another run is at work on this stack: {holder}. Nothing was changed; wait for it,"
                " or end its hold with runbooks/unlock.py"
            )
        case Unknown(reason=reason):
            return Unknown(f"the stack can't be locked: {reason}. Nothing was changed")
        case Taken(moved=True):
            forget(host)
    return None


def _other_deployment(host: Host, stack: Stack) -> str | None:
    """The deployment that is still running after it was waited for; None: none is."""
    deadline = time.monotonic() + 2 * YOUNG
    while True:
        look = look_at(host, stack)
        deployment = None if isinstance(look, Unknown) else current_deployment(look)
        if deployment is None or time.monotonic() >= deadline:
            return deployment
        time.sleep(PAUSE)
        forget(host)


def _connection(host: Host) -> object:
    """What changes when a host is connected to again; connectors without a client have none."""
    return getattr(host.connector, "client", None)
