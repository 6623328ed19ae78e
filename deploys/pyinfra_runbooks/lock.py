"""Deploy: nobody's hold on the stack keeps others from repairing it."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared
from .operations import lock as operations
from .settings import Stack


@deploy("Lock")
def absence(stack: Stack | None = None) -> None:
    """
    Ends the hold of whoever has the lock on the stack.

    + stack: the stack; default: the one that the inventory declares for the host

    **Example:**

    .. code:: python

        from pyinfra_runbooks import lock

        lock.absence()
    """
    operations.absence(name="End the hold on the stack", stack=declared(stack))
