"""Which services are on which networks, under which names, and who else answers to those."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..compose import Attachment
from ..disruption import Disruption
from ..engine import Container, Endpoint, Network
from ..findings import Finding, Part, Refusal, Remedy
from ..look import Look
from ..settings import Stack
from . import jobs
from .namespaces import network_gone
from .network_settings import differences, in_the_way, matters, on_it, outside
from .resolution import doubts


@dataclass(frozen=True, slots=True)
class CreateNetwork:
    """Let Compose create the networks that it declares; nothing else.

    + service: one that is on them
    + instead_of: a network that is removed before, since it is another one than Compose declares
    """

    service: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Attach:
    """Put a container on a network, or take it off and put it there again.

    + wanted: names and addresses that it has to have there
    + had: what it had, to put it back if it can't be attached again; None: it is not on it
    """

    container: str
    network: str
    wanted: Attachment
    had: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Detach:
    """Take a container off a network."""

    container: str
    network: str


_NETWORKS = "docker network ls does not show it"

NetworkFinding = Finding[CreateNetwork | Attach | Detach]


def findings(look: Look, stack: Stack) -> list[NetworkFinding]:
    """Everything about the stack's networks that is not as it should be."""
    return [
        *missing_networks(look, stack),
        *differing_networks(look, stack),
        *attachments(look, stack),
        *impostors(look, stack),
        *foreign_networks(look, stack),
    ]


def wanted(look: Look, stack: Stack, container: Container) -> dict[str, Attachment]:
    """The networks that a container has to be on, with all its names there.

    Compose gives each service its container's name, its own name, and what the file declares.
    """
    service = look.declared.services.get(container.service)
    if service is None:
        return {}
    declared = dict(service.networks)
    own_namespace = not re.match(r"(host|none|container:.*)$", container.network_mode)
    if stack.network and stack.network not in declared and own_namespace:
        everywhere = frozenset[str]().union(*(a.aliases for a in declared.values()))
        declared[stack.network] = Attachment(aliases=everywhere)
    own = {container.name, service.name}
    return {name: replace(a, aliases=a.aliases | own) for name, a in declared.items()}


def missing_networks(look: Look, stack: Stack) -> Iterator[NetworkFinding]:
    """Networks that Compose declares, or the inventory asks for, and Docker does not have."""
    declared = {n for s in look.declared.services.values() for n in s.networks}
    if stack.network and stack.network not in declared | set(look.networks):
        unknown = Refusal(
            "the inventory asks for it, and Compose does not declare it",
            shlex.join(("docker", "network", "create", stack.network)),
        )
        yield Finding(
            Part.NETWORK, "network-missing", stack.network, "does not exist", _NETWORKS, unknown
        )
    there = _with_containers(look, stack)
    # These two would be created, for which the engine wants every network to be there.
    created = [s for s in (stack.redis.service, stack.api.service) if s not in there]
    for service in (*there, *(s for s in created if s in look.declared.services)):
        for name in look.declared.services[service].networks:
            external = look.declared.networks[name].external
            if name in look.networks or (service in created and not external):
                continue
            doubt = next(iter(doubts(look, stack)), None) or in_the_way(look, service)
            if external:
                answer: Remedy[CreateNetwork] | Refusal = Refusal(
                    "the compose file declares it external, so Compose does not create it",
                    shlex.join(("docker", "network", "create", name)),
                )
            elif doubt:
                answer = doubt
            else:
                does = "create it as Compose would, with its labels"
                answer = Remedy(does, Disruption.NONE, CreateNetwork(service))
            yield Finding(
                Part.NETWORK, "network-missing", name, "does not exist", _NETWORKS, answer
            )
            return  # Compose creates all of them at once.


def differing_networks(look: Look, stack: Stack) -> Iterator[NetworkFinding]:
    """Networks that are there, and are not what Compose declares.

    A network can't be changed, only replaced, and no container is taken off one for that. Labels
    and options of a driver are no reason for it.
    """
    services = _with_containers(look, stack)
    used = {n: s for s in reversed(services) for n in look.declared.services[s].networks}
    for name, service in sorted(used.items()):
        declared, there = look.declared.networks.get(name), look.networks.get(name)
        unlike = differences(declared, there) if declared and there else ()
        if not (declared and there and unlike):
            continue
        answer: Remedy[CreateNetwork] | Refusal | None = None
        if matters(declared, there):
            answer = _replacing(look, stack, name, service)
        yield Finding(
            Part.NETWORK,
            "network-differs",
            name,
            "is not as Compose declares it",
            "; ".join(unlike),
            answer,
        )


def _replacing(
    look: Look, stack: Stack, name: str, service: str
) -> Remedy[CreateNetwork] | Refusal:
    if there := on_it(look, name):
        return Refusal(
            "a network can only be replaced, and these containers are on it:"
            f" {', '.join(sorted(c.name for c in there))}",
            "change the compose file to match it; or, when the stack may be down:"
            f" docker compose down, docker network rm {name}, docker compose up -d",
        )
    return (
        next(iter(doubts(look, stack)), None)
        or in_the_way(look, service)
        or Remedy(
            "remove it, since no container is on it, and have Compose create it",
            Disruption.NONE,
            CreateNetwork(service, instead_of=name),
        )
    )


def attachments(look: Look, stack: Stack) -> Iterator[NetworkFinding]:
    """Containers that are not on a network of theirs, or not under all their names."""
    replaced = {
        f.answer.action.instead_of
        for f in differing_networks(look, stack)
        if isinstance(f.answer, Remedy) and isinstance(f.answer.action, CreateNetwork)
    }
    for container in judged(look, stack):
        if network_gone(look, container):
            continue  # It can't be attached to anything: it has to be recreated.
        for name, attachment in wanted(look, stack, container).items():
            if name == stack.network and name not in look.networks:
                continue  # A person has to create it first.
            there = None if name in replaced else look.networks.get(name)
            found = _attachment(look, container, name, attachment, there)
            if found:
                yield found


def _attachment(
    look: Look, container: Container, network: str, wanted: Attachment, there: Network | None
) -> NetworkFinding | None:
    endpoint = container.networks.get(network)
    names = ", ".join(sorted(wanted.aliases))
    taken = _outside(network, wanted, there) or _taken(look, container, network, wanted)
    if endpoint is None:
        elsewhere = ", ".join(sorted(container.networks)) or "no network"
        return Finding(
            Part.NETWORK,
            "wrong-network" if container.networks else "no-network",
            container.service,
            f"is not on {network}",
            f"{container.name} is on {elsewhere}",
            taken
            or Remedy(
                f"attach {container.name} to {network} as {names}",
                Disruption.NONE,
                Attach(container.name, network, wanted),
            ),
        )
    lacks = _lacks(look, network, container, endpoint, wanted)
    if not lacks:
        return None
    kind, problem, evidence = lacks
    return Finding(
        Part.NETWORK,
        kind,
        container.service,
        f"{problem} on {network}",
        f"{container.name} {evidence}",
        taken
        or Remedy(
            f"detach {container.name} from {network}, and attach it again as {names}",
            Disruption.RECONNECT if container.running else Disruption.NONE,
            Attach(container.name, network, wanted, had=endpoint),
        ),
    )


def _outside(network: str, wanted: Attachment, there: Network | None) -> Refusal | None:
    """An address that no subnet of the network has: Docker would not attach it."""
    address = outside(there, wanted.ipv4, wanted.ipv6)
    if address is None or there is None:
        return None
    subnets = ", ".join(sorted(there.subnets or ())) or "none"
    return Refusal(
        f"Compose gives it the address {address}, and {network} has another subnet ({subnets})",
        "give it an address of that subnet in the compose file; or recreate the network with a"
        f" subnet that has the address: docker network inspect {network}",
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


def _lacks(
    look: Look, network: str, container: Container, is_: Endpoint, wanted: Attachment
) -> tuple[str, str, str] | None:
    """What an endpoint lacks: kind of finding, problem, evidence."""
    there = look.networks.get(network)
    if there and is_.network_id and is_.network_id != there.id:
        seen = f"is on network id {is_.network_id[:12]}, and {network} now has id {there.id[:12]}"
        return "stale-network", "has a stale endpoint", seen
    if missing := wanted.aliases - is_.names:
        answers = ", ".join(sorted(is_.names)) or "no name"
        return (
            "missing-alias",
            f"does not answer to {', '.join(sorted(missing))}",
            f"answers to {answers}",
        )
    for what, should, found in (
        ("address", wanted.ipv4, is_.ipv4),
        ("address", wanted.ipv6, is_.ipv6),
        ("driver options", wanted.driver_opts or None, is_.driver_opts or None),
        ("gateway priority", wanted.gw_priority or None, is_.gw_priority or None),
    ):
        if should is not None and should != found:
            return "wrong-address", f"lacks its {what} {should}", f"has {found or is_.address}"
    if wanted.link_local - is_.link_local:
        return "wrong-address", "lacks its link-local addresses", f"has {sorted(is_.link_local)}"
    return None


def impostors(look: Look, stack: Stack) -> Iterator[NetworkFinding]:
    """Containers of others that answer to a service's name on its network.

    Docker's DNS then gives both addresses, in random order. Health checks do not see it while the
    clients keep their pooled connections.
    """
    ours = {
        (network, name): container.id
        for container in judged(look, stack)
        for network, attachment in wanted(look, stack, container).items()
        for name in attachment.aliases
    }
    for service in judged_services(look, stack):
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
                yield Finding(
                    Part.NETWORK,
                    "impostor",
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


def foreign_networks(look: Look, stack: Stack) -> Iterator[NetworkFinding]:
    """Networks that a container of the stack is on and Compose does not declare for it."""
    for container in judged(look, stack):
        expected = wanted(look, stack, container)
        if not expected:
            continue
        for network in sorted(set(container.networks) - set(expected)):
            answer = None
            if stack.foreign_networks == "detach":
                answer = Remedy(
                    f"detach {container.name} from {network}, once health is proved",
                    Disruption.RECONNECT,
                    Detach(container.name, network),
                )
            yield Finding(
                Part.NETWORK,
                "foreign-network",
                container.service,
                f"is also on {network}, which Compose does not declare for it",
                f"{container.name} is on {', '.join(sorted(container.networks))}",
                answer,
            )


def judged_services(look: Look, stack: Stack) -> list[str]:
    """The services that the inventory names, or all that Compose declares."""
    named = [service.name for service in stack.services]
    return [s for s in named or look.declared.services if s in look.declared.services]


def _with_containers(look: Look, stack: Stack) -> list[str]:
    """Those of them that have a container: no other needs a network.

    Compose makes networks only for a service whose containers it would make as well. Whether one
    of Redis may be made is not for its network to say.
    """
    return [s for s in judged_services(look, stack) if look.members(s)]


def judged(look: Look, stack: Stack) -> list[Container]:
    """The containers of those services, but for jobs that have ended.

    A container that merely carries the labels is none of them; and of several that may be Redis,
    none is: who was put on the stack's network by mistake would be reached by its clients.
    """
    several = len(look.members(stack.redis.service)) > 1
    services = [s for s in judged_services(look, stack) if s != stack.redis.service or not several]
    return [
        c
        for c in look.members()
        if c.service in services and c.made_by_compose and not jobs.ended(look, stack, c)
    ]
