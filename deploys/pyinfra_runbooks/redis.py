"""Deploy: Redis runs as Compose declares, with its secrets and its ACL."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared, diagnose
from .engine.parts import Part
from .operations import recovery as operations
from .settings import Stack


@deploy("Redis with secrets and ACL")
def recreate(stack: Stack | None = None) -> None:
    """
    Runs Redis as Compose and the inventory declare it, by the smallest repair that works.

    + stack: the stack; default: those that the inventory declares for the host

    In this order: secret files are written, and the ACL is loaded, or Redis is started, restarted
    or recreated from the image that was running: the least of these that repairs all that is found.
    Before a stop the data is saved and the save is proved; a Redis that does not come up is put
    back as it was. What shares its network is restarted after it. Fails for the host where
    something is refused, or not repaired, after all else is done.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import redis

        redis.recreate()
    """
    for one in declared(*diagnose(Part.REDIS, stack=stack)):
        operations.recover(
            name="Run Redis with its secrets and its ACL", stack=one, parts=(Part.REDIS,)
        )
