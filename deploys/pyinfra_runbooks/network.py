"""Deploy: every service of the stack is on its networks, under all its names."""

from __future__ import annotations

from pyinfra.api import deploy

from .diagnosis import tell
from .findings import Part
from .operations import network as operations
from .settings import Stack


@deploy("Network attachment")
def attachment(
    stack: Stack | None = None, redis_follows: bool = False, proof_follows: bool = False
) -> None:
    """
    Puts every service of the stack on every network that Compose declares for it.

    + stack: the stack; default: the one that the inventory declares for the host
    + redis_follows: whether `redis.recreation` comes next in this run; default: ``False``
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    Networks that are missing are created first. A container that lacks a name or an address is
    detached and attached again; one whose network is gone is restarted or recreated. Fails for the
    host where something is refused, or not repaired.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import network

        network.attachment()
    """
    stack = tell(Part.NETWORK, stack=stack)
    operations.networks(
        name="Create the networks that Compose declares", stack=stack, proof_follows=proof_follows
    )
    operations.attachments(
        name="Attach the services to their networks",
        stack=stack,
        redis_follows=redis_follows,
        proof_follows=proof_follows,
    )
    operations.namespaces(
        name="Restart what has lost its network",
        stack=stack,
        proof_follows=proof_follows,
    )


@deploy("Foreign networks")
def detachment(stack: Stack | None = None) -> None:
    """
    Takes the services off networks that Compose does not declare, where the inventory says so.

    + stack: the stack; default: the one that the inventory declares for the host

    Comes after `verification.proof`: a network that may be in use is left alone until the stack
    is known to be healthy. Does nothing unless `Stack(foreign_networks="detach")`.

    **Example:**

    .. code:: python

        from pyinfra_runbooks import network, verification

        verification.proof()
        network.detachment()
    """
    stack = tell(Part.NETWORK, stack=stack)
    operations.foreign_networks(name="Detach the services from foreign networks", stack=stack)
