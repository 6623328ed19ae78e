"""Deploy: releases a lock that is held too long."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared
from .operations import lock as operations
from .settings import Stack


@deploy("Lock")
def release(stack: Stack | None = None) -> None:
    """
    Takes the lock on the stack from the run that holds it.

    + stack: the stack; default: those that the inventory declares for the host

    Fails for the host where a command of that run is still at work.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import lock

        lock.release()
    """
    for one in declared(stack):
        operations.release(name="End the hold on the stack", stack=one)
