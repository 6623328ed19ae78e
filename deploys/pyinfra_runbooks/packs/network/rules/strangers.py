"""Who answers to a service's name and is not it, and which networks nobody declared."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Note, Refusal, Remedy
from ....core.task import Stage, Task
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import Part
from ....engine.rules.places import managed_containers, managed_services, wanted
from ....settings import Stack


@dataclass(frozen=True, slots=True)
class Detach(Task):
    """
    Take a container off a network.

    + id: the container that was looked at; another one may have its name since
    + container: its name
    """

    id: str
    container: str
    network: str

    @property
    def verb(self) -> str:
        return "detach"

    @property
    def target(self) -> str:
        return f"{self.container} {self.network}"

    @property
    def stage(self) -> Stage:
        return Stage.AFTER_PROOF


ALIAS_CONFLICT = kind(
    "alias-conflict",
    title="Another container answers to a service's name",
    part=Part.NETWORK,
    means="Docker's DNS gives clients both addresses, in random order. Health checks don't see it"
    " while connections are pooled.",
    known="The names of all containers on the stack's networks.",
    repair="Nothing: it may have clients of its own. The command that disconnects it is shown.",
    explains=("api-unhealthy", "unhealthy"),
)
EXTRA_NETWORK = kind(
    "extra-network",
    title="A service is on a network that Compose does not declare for it",
    part=Part.NETWORK,
    means="Clients on that network reach it, and may rely on that.",
    known="`docker inspect`: the container's networks, against those that Compose resolves.",
    repair='A note, unless the inventory says `extra_networks="detach"`: then it is detached,'
    " once health is proved.",
    undo="docker network connect NETWORK CONTAINER",
    breaks_health=False,
)


def alias_conflicts(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """Containers of others that answer to a service's name on its network.

    Docker's DNS then gives both addresses, in random order. Health checks do not see it while the
    clients keep their pooled connections.
    """
    ours = {
        (network, name): container.id
        for container in managed_containers(look, stack)
        for network, attachment in wanted(look, stack, container).items()
        for name in attachment.aliases
    }
    for service in managed_services(look, stack):
        for network, attachment in look.declared.services[service].networks.items():
            for name in (service, *attachment.aliases):
                ours.setdefault((network, name), "")
    for other in look.containers:
        for network, endpoint in other.networks.items() if other.running else ():
            names = {
                name
                for name in endpoint.names
                if ours.get((network, name), other.id) != other.id
                and not _may_answer(look, stack, other, network, name)
            }
            if names:
                yield ALIAS_CONFLICT.found(
                    other.name,
                    f"answers to {', '.join(sorted(names))} on {network}",
                    f"container {other.id[:12]} of {other.project or 'no project'},"
                    f" image {other.image_name}, is not this stack's {sorted(names)[0]}",
                    Refusal(
                        "it is not this stack's container, and clients may be using it",
                        shlex.join(("docker", "network", "disconnect", network, other.name)),
                    ),
                )


def _may_answer(look: Look, stack: Stack, other: Container, network: str, name: str) -> bool:
    """Compose itself gave this container that name: a replica, or an alias on purpose."""
    if other.project != look.declared.name or other.oneoff:
        return False
    declared = wanted(look, stack, other).get(network)
    return declared is not None and name in declared.aliases


def extra_networks(look: Look, stack: Stack) -> Iterator[Finding[Detach]]:
    """Networks that a container of the stack is on and Compose does not declare for it."""
    for container in managed_containers(look, stack):
        expected = wanted(look, stack, container)
        if not expected:
            continue
        for network in sorted(set(container.networks) - set(expected)):
            answer: Remedy[Detach] | Note = Note()
            if stack.extra_networks == "detach":
                answer = Remedy(
                    f"detach {container.name} from {network}, once health is proved",
                    Disruption.RECONNECT,
                    Detach(container.id, container.name, network),
                )
            yield EXTRA_NETWORK.found(
                container.service,
                f"is also on {network}, which Compose does not declare for it",
                f"{container.name} is on {', '.join(sorted(container.networks))}",
                answer,
            )
