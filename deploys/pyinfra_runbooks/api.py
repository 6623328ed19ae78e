"""Deploy: the API, and every other client, uses Redis again."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared, diagnose
from .engine.parts import Part
from .operations import recovery as operations
from .settings import Stack


@deploy("API restart")
def restart(stack: Stack | None = None) -> None:
    """
    Has the API serve again: restarts it if it does not recover by itself, and only once Redis
    serves it.

    + stack: the stack; default: those that the inventory declares for the host

    Other clients are restarted too, declared or not: those that were connected at the last healthy
    looks, or before this run changed anything, and have no connection now; and workers that no
    longer wait on their queue. They are restarted one after the other, first those that others
    need. None is restarted only for a name in its environment, nor where the cause is elsewhere.

    Servers that the API needs are started before, if they were stopped; what shares its network is
    restarted after it. A restart that did not help is not repeated until something has changed. An
    API that lacks a mount is recreated, from the image that was running. Fails for the host where
    something is refused, or not repaired, after all else is done.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import api

        api.restart()
    """
    for one in declared(*diagnose(Part.API, stack=stack)):
        operations.recover(name="Have the API use Redis again", stack=one, parts=(Part.API,))
