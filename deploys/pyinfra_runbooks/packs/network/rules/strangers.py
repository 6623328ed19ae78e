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
from .own_names import OwnName, own_name


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
    known="The names of all containers on the stack's networks. Where nobody is known to use the"
    " name, it is a note.",
    repair="Nothing: it may have clients of its own. What to do is shown: the command that"
    " disconnects it, or a unique name for this stack's service where another project declares it"
    " there.",
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
    clients keep their pooled connections. Where nobody is known to use the name there, it is merely
    said: behind a proxy every project may have its own `web`.
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
    used = _used(look, stack)
    for other in look.containers:
        for network, endpoint in other.networks.items() if other.running else ():
            names = sorted(
                name
                for name in endpoint.names
                if ours.get((network, name), other.id) != other.id
                and not _may_answer(look, stack, other, network, name)
            )
            if names:
                name = next((n for n in names if n in used), names[0])
                yield ALIAS_CONFLICT.found(
                    other.name,
                    f"answers to {', '.join(names)} on {network}",
                    f"container {other.id[:12]} of {other.project or 'no project'},"
                    f" image {other.image_name}, is not this stack's {name};"
                    f" {_share(look, network, name)}",
                    _own_name(look, other, network) if name in used else Note(),
                )


def own_names_for(look: Look, stack: Stack) -> dict[str, OwnName]:
    """By service, what it may be called where another project's container has its name, too."""
    found: dict[str, OwnName] = {}
    for service in managed_services(look, stack):
        for network, attachment in look.declared.services[service].networks.items():
            for name in (service, *sorted(attachment.aliases)):
                answering = _answering(look, network, name)
                others = [c for c in answering if c.project != look.declared.name]
                own = (
                    own_name(look, network, name)
                    if any(o.made_by_compose for o in others)
                    else None
                )
                if own and service not in found:
                    found[service] = own
    return found


def foreign_conflicts(look: Look) -> Iterator[Finding[None]]:
    """Names of servers that are not the stack's, to which containers of several owners answer."""
    for client in sorted(look.members(), key=lambda c: c.name):
        seen = look.found.seen.get(client.id)
        for name in sorted({link.host for link in seen.links} if seen and client.running else ()):
            for network in sorted(client.networks):
                answering = _answering(look, network, name)
                owners = {c.project or c.id for c in answering}
                if len(owners) > 1 and look.declared.name not in owners:
                    shown = ", ".join(f"{c.name} ({c.project or 'no project'})" for c in answering)
                    yield ALIAS_CONFLICT.found(
                        client.service,
                        f"its name {name} is answered by several on {network}",
                        f"{shown}: each of them gets a share of the connections",
                        Refusal(
                            "whose server is meant is not for this stack to say",
                            "give each a name that nobody else has there, and have"
                            f" {client.service} use that",
                        ),
                    )


def _used(look: Look, stack: Stack) -> frozenset[str]:
    """The names that services of the stack use, and those of its components, which have clients
    that nobody may have seen."""
    found = {*stack.declared_services}
    for name in stack.declared_services & look.declared.services.keys():
        found |= {a for at in look.declared.services[name].networks.values() for a in at.aliases}
        found |= {container.name for container in look.members(name)}
    for container in look.members():
        seen = look.found.seen.get(container.id)
        found |= {link.host for link in seen.links} if seen else set()
    for service in look.declared.services.values():
        found |= service.uses
    return frozenset(found)


def _answering(look: Look, network: str, name: str) -> list[Container]:
    """Who runs, and answers to a name on a network."""
    return sorted(
        (
            c
            for c in look.containers
            if c.running and network in c.networks and name in c.networks[network].names
        ),
        key=lambda c: c.name,
    )


def _share(look: Look, network: str, name: str) -> str:
    """How many of the answers to a name lead to it: they come in random order."""
    number = len(_answering(look, network, name))
    return (
        f"1 of {number} answers to {name} leads to it" if number > 1 else "all answers lead to it"
    )


def _own_name(look: Look, other: Container, network: str) -> Refusal:
    """Where Compose put it there, to take it away would be an outage of its own."""
    because = "it is not this stack's container, and clients may be using it"
    if other.made_by_compose and other.project != look.declared.name:
        return Refusal(
            because,
            f"its own project, {other.project}, declares it on {network}; in the compose file,"
            " give this stack's service a name that nobody else has, an alias that its clients"
            " use, or have them meet on a network of their own; to see that as a patch:"
            " runbooks/diagnose.py",
        )
    return Refusal(because, shlex.join(("docker", "network", "disconnect", network, other.name)))


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
