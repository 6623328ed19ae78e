"""Deploy: the API uses Redis again."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import tell
from .findings import Part
from .operations import api as operations
from .operations import network
from .settings import Stack


@deploy("API restart")
def restart(stack: Stack | None = None, proof_follows: bool = False) -> None:
    """
    Has the API serve again: restarts it if it does not recover by itself, and only once Redis
    serves it.

    + stack: the stack; default: the one that the inventory declares for the host
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    Servers that the API needs are started before, if they were stopped; what shares its network is
    restarted after it. Fails for the host where something is refused, or not repaired.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import api

        api.restart()
    """
    stack = tell(Part.API, stack=stack)
    operations.needs(name="Start what the API needs", stack=stack, proof_follows=proof_follows)
    network.namespaces(
        name="Give the API its network",
        stack=stack,
        part=Part.API,
        proof_follows=proof_follows,
    )
    operations.service(
        name="Have the API use Redis again", stack=stack, proof_follows=proof_follows
    )
    network.namespaces(
        name="Restart what shares the API's network",
        stack=stack,
        part=Part.API,
        proof_follows=proof_follows,
    )
