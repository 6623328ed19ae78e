"""The networks of a stack, and its services' places there."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api import operation

from ..facts.looks import look_at, this_host
from ..findings import Part, Remedy, Unknown
from ..look import Look
from ..rules import namespaces as namespace_rules
from ..rules import network as rules
from ..rules.namespaces import NamespaceFinding, Revive
from ..rules.network import Attach, CreateNetwork, Detach, NetworkFinding
from ..rules.redis import will_recreate
from ..rules.restraint import restrained
from ..settings import Stack
from ..shell import network as shell
from ..shell import service as shell_service
from .repair import Change, Changes, Commands, repaired


@operation()
def networks(stack: Stack, proof_follows: bool = False) -> Commands:
    """
    Every network that Compose declares for the stack exists, as Compose declares it.

    + stack: the stack
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    One that differs is removed and created again by Compose, only where no container is on it.

    **Example:**

    .. code:: python

        network.networks(name="Create the stack's networks", stack=stack)
    """

    def changes(look: Look, remedies: Sequence[Remedy[CreateNetwork]]) -> Changes:
        for remedy in remedies:
            yield Change(shell.create(stack, remedy.action), [remedy])

    yield from repaired(
        stack,
        lambda look: [*rules.missing_networks(look, stack), *rules.differing_networks(look, stack)],
        changes,
        "the networks are as declared",
        proof_follows,
    )


@operation()
def attachments(stack: Stack, redis_follows: bool = False, proof_follows: bool = False) -> Commands:
    """
    Every service is on every network that Compose declares for it, under all its names.

    + stack: the stack
    + redis_follows: whether `redis.server` comes next in this run: a Redis that it will recreate
      is left to it; default: ``False``
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    Containers are attached as they run. One that lacks a name or an address is detached and
    attached again, which costs its clients their connections. Containers of others that answer
    to a service's name are refused, never removed.

    **Example:**

    .. code:: python

        network.attachments(name="Attach the services to their networks", stack=stack)
    """

    def judge(look: Look) -> list[NetworkFinding]:
        left = {stack.redis.service} if redis_follows and will_recreate(look, stack) else set()
        found = [f for f in rules.attachments(look, stack) if f.subject not in left]
        return [*found, *rules.impostors(look, stack)]

    def changes(look: Look, remedies: Sequence[Remedy[Attach]]) -> Changes:
        for remedy in remedies:
            yield Change(shell.attach(stack, remedy.action), [remedy])

    fine = "every service is on its networks"
    yield from repaired(stack, judge, changes, fine, proof_follows)


@operation()
def namespaces(stack: Stack, part: Part = Part.NETWORK, proof_follows: bool = False) -> Commands:
    """
    Every container has a network: its own, or that of the container that it shares it with.

    + stack: the stack
    + part: which containers: `Part.REDIS`, those that share Redis' network; `Part.API`, the API
      and those that share its network; default: `Part.NETWORK`, all others
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    A container that shares the network of one that was restarted since is restarted. Where that one
    is gone, or the container is configured for a network that is gone, Compose recreates it from
    the image that was running; refused where it has written files outside its volumes.

    **Example:**

    .. code:: python

        network.namespaces(name="Restart what shares Redis' network", stack=stack, part=Part.REDIS)
    """

    def judge(look: Look) -> list[NamespaceFinding]:
        return [f for f in namespace_rules.findings(look, stack) if f.part is part]

    def changes(look: Look, remedies: Sequence[Remedy[Revive]]) -> Changes:
        for remedy in remedies:
            yield Change(shell_service.revive(stack, remedy.action, look), [remedy])
        # What shares the network of what was recreated follows it.
        done, after = {r.action.service for r in remedies}, look_at(this_host(), stack)
        if isinstance(after, Unknown):
            return
        for finding in judge(after):
            answer = restrained(finding, after, stack).answer
            if isinstance(answer, Remedy) and answer.action.service not in done:
                yield Change(shell_service.revive(stack, answer.action, after), [answer])

    fine = "every container has its network"
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
