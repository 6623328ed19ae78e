"""The lock on a stack: taken before the first change of a run, on the host that is changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from pyinfra.api import FactBase, Host

from .. import locking
from ..findings import Unknown
from ..locking import Held, Taken
from ..look import Look
from ..rules.actors import YOUNG, at_work
from ..settings import Stack
from ..shell import lock as scripts
from ..shell.lock import LONGEST, Owner
from .asking import ask
from .looks import changed, forget, look_at
from .runs import owner

PAUSE = 0.5
"""Seconds between two looks at a stack that is being deployed."""


@dataclass(frozen=True, slots=True)
class _Hold:
    """A lock that this run has: it goes with the connection that it was taken over."""

    connection: object
    at: float

    def lasts(self, host: Host) -> bool:
        return self.connection is _connection(host) and time.monotonic() - self.at < LONGEST / 2


_holds: WeakKeyDictionary[Host, dict[str, _Hold]] = WeakKeyDictionary()


class StackLock(FactBase[Taken | Held | Unknown]):
    """
    Takes the lock on a stack: a fact by its form, since what comes next depends on the answer.

    + stack: the stack
    + owner: who wants it
    + seen: what `Look.state` said of the host's containers when they were looked at
    """

    def command(self, stack: Stack, owner: Owner, seen: str) -> str:
        return scripts.take(stack, owner, seen)

    def process(self, output: list[str]) -> Taken | Held | Unknown:
        return locking.answer(output)

    @staticmethod
    def default() -> Taken | Held | Unknown:
        return Unknown("the host did not answer")


class LockHolder(FactBase[Held | None]):
    """
    Returns who has the lock on a stack; None where nobody has it whom this user may see.

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

    What was seen before is forgotten if something happened to the stack since.
    """
    holds = _holds.setdefault(host, {})
    hold = holds.get(stack.compose.directory)
    if hold and hold.lasts(host):
        return None
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        return Unknown(f"the host could not be checked: {look.reason}")
    if reason := _locked(host, stack, look):
        return reason
    if not changed(host) and (deployment := _others_at_work(host, stack)):
        return f"someone is deploying this stack: {deployment}. Run it again when they are done"
    holds[stack.compose.directory] = _Hold(_connection(host), time.monotonic())
    return None


def _locked(host: Host, stack: Stack, look: Look) -> str | Unknown | None:
    """Takes the lock, and forgets what was seen if something happened since; or why it can't."""
    match ask(host, StackLock, stack=stack, owner=owner(host), seen=look.state):
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


def _others_at_work(host: Host, stack: Stack) -> str | None:
    """Who deploys the stack, and does not stop to while it is waited for."""
    deadline = time.monotonic() + 2 * YOUNG
    while True:
        look = look_at(host, stack)
        deployment = None if isinstance(look, Unknown) else at_work(look)
        if deployment is None or time.monotonic() >= deadline:
            return deployment
        time.sleep(PAUSE)
        forget(host)


def _connection(host: Host) -> object:
    """What changes when a host is connected to again; connectors without a client have none."""
    return getattr(host.connector, "client", None)
