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
    Runs Redis as Compose and the inventory declare it, by the smallest repair that works.

    + stack: the stack; default: the one that the inventory declares for the host
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    In this order: secret files are written, the ACL is loaded, and Redis is started, restarted or
    recreated from the image that was running. What shares its network is restarted after it. Fails
    for the host where something is refused, or not repaired.

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
        name="Restart what shares Redis' network",
        stack=stack,
        part=Part.REDIS,
        proof_follows=proof_follows,
    )
