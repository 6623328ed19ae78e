"""Deploy: Redis runs as Compose declares, with its secrets and its ACL."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import tell
from .findings import Part
from .operations import network
from .operations import redis as operations
from .settings import Stack


@deploy("Redis with secrets and ACL")
def recreation(stack: Stack | None = None, proof_follows: bool = False) -> None:
    """
    Makes Redis right by the least that works, down to a new container of the same image.

    + stack: the stack; default: the one that the inventory declares for the host
    + proof_follows: whether `verification.proof` comes later in this run, and says what is refused
      here: then that holds up nothing else; default: ``False``

    **Example:**

    .. code:: python

        from pyinfra_runbooks import redis

        redis.recreation()
    """
    stack = tell(Part.REDIS, stack=stack)
    operations.secrets(name="Put the secrets in place", stack=stack, proof_follows=proof_follows)
    operations.server(
        name="Run Redis with its secrets and its ACL", stack=stack, proof_follows=proof_follows
    )
    network.namespaces(
        name="Restart who lives in Redis' network",
        stack=stack,
        part=Part.REDIS,
        proof_follows=proof_follows,
    )
