"""Deploy: proof that the stack is healthy. Reads only."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared, diagnose
from .engine.parts import Part
from .operations import proving as operations
from .settings import Stack


@deploy("Verification")
def verify(stack: Stack | None = None) -> None:
    """
    Proves that the stack is healthy; fails for the host, with the reasons, where it is not.

    + stack: the stack; default: those that the inventory declares for the host

    **Example:**

    .. code:: python

        from pyinfra_runbooks import verification

        verification.verify()
    """
    for one in declared(*diagnose(Part.NETWORK, Part.HEALTH, stack=stack)):
        operations.verify(name="Prove that the stack is healthy", stack=one)
