"""Whether each container is on its networks, under all its names."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.resolution import Refusal, Remedy
from ....core.task import Stage, Task
from ....engine.compose import Attachment
from ....engine.docker import Container, Endpoint, Network
from ....engine.look import Look
from ....engine.rules.attachments import Lack, lacking
from ....engine.rules.network_settings import outside
from ....engine.rules.places import more_than_declared
from ....settings import Stack
from .networks import replaced


@dataclass(frozen=True, slots=True)
class Attach(Task):
    """Put a container on a network, or take it off and put it there again.

    + id: the container that was looked at; another one may have its name since
    + container: its name
    + wanted: names and addresses that it has to have there
    + had: what it had, to put it back if it can't be attached again; None: it is not on it
    + declared: whether Compose declares it, so that a recreate does the same
    """

    id: str
    container: str
    network: str
    wanted: Attachment
    had: Endpoint | None = None
    declared: bool = True

    @property
    def verb(self) -> str:
        return "attach" if self.declared else "attach-also"

    @property
    def target(self) -> str:
        return f"{self.container} {self.network}"

    @property
    def stage(self) -> Stage:
        return Stage.PLACES if self.declared else Stage.AFTER_SERVERS

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({self.network})


def attachments(look: Look, stack: Stack) -> Iterator[Finding[Attach]]:
    """Containers that are not on a network of theirs, or not under all their names."""
    created_again = replaced(look, stack)
    for lack in lacking(look, stack):
        there = None if lack.network in created_again else look.networks.get(lack.network)
        answer = (
            _uncalled_for(look, stack, lack.container)
            or _outside(lack.network, lack.wanted, there)
            or _taken(look, lack.container, lack.network, lack.wanted)
            or _remedy(look, lack)
        )
        yield lack.kind.found(lack.container.service, lack.problem, lack.evidence, answer)


def _remedy(look: Look, lack: Lack) -> Remedy[Attach]:
    container, network = lack.container, lack.network
    service = look.declared.services.get(container.service)
    declared = service is not None and network in service.networks
    names = ", ".join(sorted(lack.wanted.aliases))
    attach = Attach(container.id, container.name, network, lack.wanted, lack.had, declared)
    if lack.had is None:
        return Remedy(f"attach {container.name} to {network} as {names}", Disruption.NONE, attach)
    return Remedy(
        f"detach {container.name} from {network}, and attach it again as {names}",
        Disruption.RECONNECT if container.running else Disruption.NONE,
        attach,
    )


def _uncalled_for(look: Look, stack: Stack, container: Container) -> Refusal | None:
    """A Redis more than Compose declares: each has data of its own, and clients would meet it."""
    if container.service not in {redis.service for redis in stack.servers}:
        return None
    return more_than_declared(look, container)


def _outside(network: str, wanted: Attachment, there: Network | None) -> Refusal | None:
    """An address that no subnet of the network has: Docker would not attach it."""
    address = outside(there, wanted.ipv4, wanted.ipv6)
    if address is None or there is None:
        return None
    subnets = ", ".join(sorted(there.subnets or ())) or "none"
    return Refusal(
        f"Compose gives it the address {address}, and {network} has another subnet ({subnets})",
        "give it an address of that subnet in the compose file; or recreate the network with a"
        f" subnet that has the address: docker network inspect {shlex.quote(network)}",
    )


def _taken(look: Look, container: Container, network: str, wanted: Attachment) -> Refusal | None:
    """Another container has the address that Compose gives this one: Docker would not attach it."""
    for other in look.containers:
        endpoint = other.networks.get(network)
        if not endpoint or not other.running or other.id == container.id:
            continue
        has = {endpoint.address, endpoint.address6, endpoint.ipv6}
        for address in has & {wanted.ipv4, wanted.ipv6} - {None}:
            return Refusal(
                f"its address {address} is already in use by {other.name}",
                shlex.join(("docker", "network", "disconnect", network, other.name)),
            )
    return None
