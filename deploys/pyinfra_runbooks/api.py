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
    Restarts the API if it does not recover by itself, and only once Redis serves it.

    + stack: the stack; default: the one that the inventory declares for the host
    + proof_follows: whether `verification.proof` comes later in this run, and says what is refused
      here: then that holds up nothing else; default: ``False``

    **Example:**

    .. code:: python

        from pyinfra_runbooks import api

        api.restart()
    """
    stack = tell(Part.API, stack=stack)
    operations.needs(name="Start what the API needs", stack=stack, proof_follows=proof_follows)
    network.namespaces(
        name="Have the API live in a network",
        stack=stack,
        part=Part.API,
        proof_follows=proof_follows,
    )
    operations.service(
        name="Have the API use Redis again", stack=stack, proof_follows=proof_follows
    )
    network.namespaces(
        name="Restart who lives in the API's network",
        stack=stack,
        part=Part.API,
        proof_follows=proof_follows,
    )
