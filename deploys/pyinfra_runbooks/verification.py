"""Deploy: proof that the stack is healthy. Reads only."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import tell
from .findings import Part
from .operations import verification as operations
from .settings import Stack


@deploy("Verification")
def proof(stack: Stack | None = None) -> None:
    """
    Proves that the stack is healthy; fails for the host, with the reasons, where it is not.

    + stack: the stack; default: the one that the inventory declares for the host

    **Example:**

    .. code:: python

        from pyinfra_runbooks import verification

        verification.proof()
    """
    stack = tell(Part.NETWORK, Part.HEALTH, stack=stack)
    operations.proof(name="Prove that the stack is healthy", stack=stack)
