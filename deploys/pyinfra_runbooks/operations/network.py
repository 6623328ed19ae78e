"""The networks of a stack, and its services' places there."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api import operation

from ..findings import Remedy
from ..look import Look
from ..rules import network as rules
from ..rules.network import Attach, CreateNetwork, Detach, NetworkFinding
from ..rules.redis import made_anew
from ..settings import Stack
from ..shell import network as shell
from .repair import Change, Changes, Commands, repaired


@operation()
def networks(stack: Stack, proof_follows: bool = False) -> Commands:
    """
    Every network that Compose declares for the stack exists, as Compose would create it.

    + stack: the stack
    + proof_follows: whether `verification.proof` comes later in this run, and says what is refused
      here: then that holds up nothing else; default: ``False``

    **Example:**

    .. code:: python

        network.networks(name="Create the stack's networks", stack=stack)
    """

    def changes(look: Look, remedies: Sequence[Remedy[CreateNetwork]]) -> Changes:
        for remedy in remedies:
            yield Change(shell.create(stack, remedy.action), [remedy])

    yield from repaired(
        stack,
        lambda look: rules.missing_networks(look, stack),
        changes,
        "the networks exist",
        proof_follows,
    )


@operation()
def attachments(stack: Stack, redis_follows: bool = False, proof_follows: bool = False) -> Commands:
    """
    Every service is on every network that Compose declares for it, under all its names.

    + stack: the stack
    + redis_follows: whether `redis.server` comes next in this run: a Redis that it will make anew
      is left to it; default: ``False``
    + proof_follows: whether `verification.proof` comes later in this run, and says what is refused
      here: then that holds up nothing else; default: ``False``

    Containers are attached as they run. One that lacks a name or an address is detached and
    attached again, which costs its clients their connections. Containers of others that answer
    to a service's name are refused, never removed.

    **Example:**

    .. code:: python

        network.attachments(name="Attach the services to their networks", stack=stack)
    """

    def judge(look: Look) -> list[NetworkFinding]:
        left = {stack.redis.service} if redis_follows and made_anew(look, stack) else set()
        found = [f for f in rules.attachments(look, stack) if f.subject not in left]
        return [*found, *rules.impostors(look, stack)]

    def changes(look: Look, remedies: Sequence[Remedy[Attach]]) -> Changes:
        for remedy in remedies:
            yield Change(shell.attach(stack, remedy.action), [remedy])

    fine = "every service is on its networks"
    yield from repaired(stack, judge, changes, fine, proof_follows)


@operation()
def foreign_networks(stack: Stack) -> Commands:
    """
    No service is on a network that Compose does not declare, where the inventory says so.

    + stack: the stack; only ``foreign_networks="detach"`` detaches

    **Example:**

    .. code:: python

        network.foreign_networks(name="Detach the services from foreign networks", stack=stack)
    """

    def changes(look: Look, remedies: Sequence[Remedy[Detach]]) -> Changes:
        for remedy in remedies:
            yield Change(shell.detach(stack, remedy.action), [remedy])

    yield from repaired(
        stack, lambda look: rules.foreign_networks(look, stack), changes, "none to detach"
    )
