"""Deploys: a host is left alone while a person works there."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared
from .operations import pause as operations
from .settings import Stack


@deploy("Pause")
def start(until: int, reason: str, stack: Stack | None = None) -> None:
    """
    Keeps every run and job from changing anything on the host until then.

    + until: when the pause ends by itself, in seconds since 1970
    + reason: why; every run shows it
    + stack: a stack on the host; default: one that the inventory declares for it

    **Example:**

    .. code:: python

        from pyinfra_runbooks import pause

        pause.start(until=1893456000, reason="moving the volumes")
    """
    # A host has one pause, whichever of its stacks it is about.
    one, *_ = declared(stack)
    operations.pause(name="Pause all changes", stack=one, until=int(until), reason=str(reason))


@deploy("Resume")
def end(stack: Stack | None = None) -> None:
    """
    Ends the pause: runs and jobs repair the host again.

    + stack: a stack on the host; default: one that the inventory declares for it

    **Example:**

    .. code:: python

        from pyinfra_runbooks import pause

        pause.end()
    """
    one, *_ = declared(stack)
    operations.pause(name="End the pause", stack=one, present=False)
