"""Whether the networks that Compose declares are there, as it declares them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Later, Note, Refusal, Remedy
from ....core.task import Stage, Task
from ....engine.look import Look
from ....engine.parts import NOT_STARTED, Part
from ....engine.rules.network_settings import differences, in_the_way, matters, on_it
from ....engine.rules.places import with_containers
from ....engine.rules.resolution import why_not_recreate
from ....settings import Stack


@dataclass(frozen=True, slots=True)
class CreateNetwork(Task):
    """Let Compose create the networks that it declares; nothing else.

    + service: one that is on them
    + instead_of: a network that is removed before, since it is another one than Compose declares
    """

    service: str
    instead_of: str = ""

    @property
    def verb(self) -> str:
        return "create"

    @property
    def stage(self) -> Stage:
        return Stage.NETWORKS


_NETWORKS = "docker network ls does not show it"


NETWORK_MISSING = kind(
    "network-missing",
    title="A declared network does not exist",
    part=Part.NETWORK,
    means="No container can be put on it, and what is created on it does not start.",
    known="`docker network ls`, against what Compose resolves and the inventory asks for.",
    repair="Compose creates it, with its labels. A person has to create an external network.",
    undo="docker network rm NETWORK",
    explains=("wrong-network", "no-network", *NOT_STARTED, "api-unhealthy", "unhealthy"),
    holds_up=("attach", "start"),
)
NETWORK_DIFFERS = kind(
    "network-differs",
    title="A network is not as Compose declares it",
    part=Part.NETWORK,
    means="Compose refuses to use it, or disconnects its containers when it recreates one.",
    known="`docker network inspect`: driver, subnets, IPv6, internal, labels.",
    repair="It is removed and created again where no container is on it, and is left otherwise."
    " What differs only in labels or options of the driver is a note.",
    undo="Change the compose file, and run it again.",
)


def findings(look: Look, stack: Stack) -> list[Finding[CreateNetwork]]:
    """Networks that are missing, and those that differ."""
    return [*missing_networks(look, stack), *differing_networks(look, stack)]


def missing_networks(look: Look, stack: Stack) -> Iterator[Finding[CreateNetwork]]:
    """Networks that Compose declares, or the inventory asks for, and Docker does not have."""
    declared = {n for s in look.declared.services.values() for n in s.networks}
    if stack.network and stack.network not in declared | set(look.networks):
        unknown = Refusal(
            "the inventory asks for it, and Compose does not declare it",
            shlex.join(("docker", "network", "create", stack.network)),
        )
        yield NETWORK_MISSING.found(stack.network, "does not exist", _NETWORKS, unknown)
    there = with_containers(look, stack)
    # These would be created, for which the engine wants every network to be there.
    created = [c.service for c in stack.components if c.service not in there]
    for service in (*there, *(s for s in created if s in look.declared.services)):
        for name in look.declared.services[service].networks:
            external = look.declared.networks[name].external
            if name in look.networks or (service in created and not external):
                continue
            doubt = next(iter(why_not_recreate(look, stack)), None) or in_the_way(look, service)
            if external:
                answer: Remedy[CreateNetwork] | Refusal = Refusal(
                    "the compose file declares it external, so Compose does not create it",
                    shlex.join(("docker", "network", "create", name)),
                )
            elif doubt:
                answer = doubt
            else:
                does = "create it as Compose would, with its labels"
                action = CreateNetwork(service)
                answer = Remedy(does, Disruption.NONE, action, then=_attached_again(look, name))
            yield NETWORK_MISSING.found(name, "does not exist", _NETWORKS, answer)
            return  # Compose creates all of them at once.


def differing_networks(look: Look, stack: Stack) -> Iterator[Finding[CreateNetwork]]:
    """Networks that are there, and are not what Compose declares.

    A network can't be changed, only replaced, and no container is taken off one for that. Labels
    and options of a driver are no reason for it.
    """
    services = with_containers(look, stack)
    used = {n: s for s in reversed(services) for n in look.declared.services[s].networks}
    for name, service in sorted(used.items()):
        declared, there = look.declared.networks.get(name), look.networks.get(name)
        unlike = differences(declared, there) if declared and there else ()
        if not (declared and there and unlike):
            continue
        answer: Remedy[CreateNetwork] | Refusal | Note = Note()
        if matters(declared, there):
            answer = _replacing(look, stack, name, service)
        yield NETWORK_DIFFERS.found(
            name, "is not as Compose declares it", "; ".join(unlike), answer
        )


def replaced(look: Look, stack: Stack) -> set[str]:
    """The networks that are removed and created again."""
    return {
        f.resolution.action.instead_of
        for f in differing_networks(look, stack)
        if isinstance(f.resolution, Remedy)
    }


def _replacing(
    look: Look, stack: Stack, name: str, service: str
) -> Remedy[CreateNetwork] | Refusal:
    if there := on_it(look, name):
        return Refusal(
            "a network can only be replaced, and these containers are on it:"
            f" {', '.join(sorted(c.name for c in there))}",
            "change the compose file to match it; or, when the stack may be down:"
            f" docker compose down; docker network rm {shlex.quote(name)}; docker compose up -d",
        )
    return (
        next(iter(why_not_recreate(look, stack)), None)
        or in_the_way(look, service)
        or Remedy(
            "remove it, since no container is on it, and have Compose create it",
            Disruption.NONE,
            CreateNetwork(service, instead_of=name),
            then=_attached_again(look, name),
        )
    )


def _attached_again(look: Look, network: str) -> tuple[Later, ...]:
    """What was on a network of that name still has the endpoint that it had there."""
    there = [c for c in look.members() if network in c.networks]
    running = {c.service for c in there if c.running}
    return tuple(
        Later(
            s,
            "attach",
            "attach it again",
            Disruption.RECONNECT if s in running else Disruption.NONE,
        )
        for s in sorted({c.service for c in there})
    )
