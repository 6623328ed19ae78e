"""Deploy: a host is left as it is while a person works there."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared
from .operations import pause as operations
from .settings import Stack


@deploy("Pause")
def presence(until: int, reason: str, stack: Stack | None = None) -> None:
    """
    No run and no job changes anything on the host until then.

    + until: when the pause ends by itself, in seconds since 1970
    + reason: why; every run shows it
    + stack: a stack on the host; default: the one that the inventory declares for it

    **Example:**

    .. code:: python

        from pyinfra_runbooks import pause

        pause.presence(until=1893456000, reason="moving the volumes")
    """
    operations.pause(
        name="Pause all changes", stack=declared(stack), until=int(until), reason=str(reason)
    )


@deploy("Resume")
def absence(stack: Stack | None = None) -> None:
    """
    Ends the pause: runs and jobs repair the host again.

    + stack: a stack on the host; default: the one that the inventory declares for it

    **Example:**

    .. code:: python

        from pyinfra_runbooks import pause

        pause.absence()
    """
    operations.pause(name="End the pause", stack=declared(stack), present=False)
