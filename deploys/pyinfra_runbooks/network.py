"""Deploys: every service of the stack is on its networks, under all its names, and on no others."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import declared, diagnose
from .engine.parts import Part
from .operations import recovery as operations
from .settings import Stack


@deploy("Network attachment")
def attach(stack: Stack | None = None) -> None:
    """
    Puts every service of the stack on every network that Compose declares for it.

    + stack: the stack; default: those that the inventory declares for the host

    Networks that are missing are created first. A container that lacks a name or an address is
    detached and attached again; one whose network is gone is restarted or recreated. Fails for the
    host where something is refused, or not repaired, after all else is done.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import network

        network.attach()
    """
    for one in declared(*diagnose(Part.NETWORK, stack=stack)):
        operations.recover(
            name="Attach the services to their networks", stack=one, parts=(Part.NETWORK,)
        )


@deploy("Extra networks")
def detach(stack: Stack | None = None) -> None:
    """
    Takes the services off networks that Compose does not declare, where the inventory says so.

    + stack: the stack; default: those that the inventory declares for the host

    Comes after `verification.verify`: a network that may be in use is left alone until the stack
    is known to be healthy. Does nothing unless `Stack(extra_networks="detach")`.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import network, verification

        verification.verify()
        network.detach()
    """
    for one in declared(*diagnose(Part.NETWORK, stack=stack, first=False, prove=True)):
        operations.recover(
            name="Detach the services from extra networks",
            stack=one,
            parts=(Part.NETWORK,),
            first=False,
        )
