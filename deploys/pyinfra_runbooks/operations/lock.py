"""The lock that a run has on a stack while it changes something there."""

from __future__ import annotations

from pyinfra.api import operation

from ..engine.shell import lock as shell
from ..facts.asking import ask
from ..facts.locks import LockHolder
from ..facts.looks import this_host
from ..facts.saying import say
from ..settings import Stack
from .change import Change, Commands, changed


@operation()
def release(stack: Stack) -> Commands:
    """
    No run has the lock on the stack.

    + stack: the stack

    For a person, when a run hangs and its connection is not known to be lost. A run whose session
    has ended never holds the lock; one whose command is still at work keeps it, and this fails.
    It takes no lock itself, since another run has it; the audit says whose hold was ended.

    **Example:**

    .. code:: python

        lock.release(name="End the hold on the stack", stack=stack)
    """
    host = this_host()
    held = ask(host, LockHolder, stack=stack)
    if held is None:
        host.noop("no run has the lock")
        return
    say(host, f"The lock is held by {held}")
    yield from changed(stack, Change(shell.unlock(stack), said=f"end the hold of {held}"))
