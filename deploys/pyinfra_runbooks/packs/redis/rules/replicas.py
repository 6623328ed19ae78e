"""A Redis with several containers that are replicas of it, and clients meet one or the other. What
can be seen from outside is judged of each; none is asked. Pure.

Compose gives all of them the volumes that have a name: only what has none, or lies in the container
itself, is each one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ....core.disruption import Disruption
from ....core.resolution import Note, Refusal, Remedy
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.rules.namespaces import NETWORK_GONE, network_gone
from ....engine.rules.network_settings import not_there
from ....engine.rules.places import more_than_declared
from ....engine.rules.writers import at_it, shared
from ....settings import Redis
from ..steps import RedisFinding, StartReplicas
from .container import REDIS_PAUSED, REDIS_RESTART_LOOP, REDIS_SEVERAL, REDIS_STATE, REDIS_STOPPED

_STOPPED = ("exited", "created")
_OWN = "each with data of its own"


def findings(
    look: Look, redis: Redis, containers: Sequence[Container]
) -> Iterator[tuple[Container, RedisFinding]]:
    """What is found of the replicas, each with the one that it is about."""
    yield containers[0], _several(redis, containers)
    for container in containers:
        if gone := network_gone(look, container):
            yield container, _without_network(container, gone, containers)
        elif container.status in (*_STOPPED, "paused"):
            yield container, _stopped(look, redis, container, containers)
        elif not container.running:
            yield container, _unwell(container)


def _several(redis: Redis, containers: Sequence[Container]) -> RedisFinding:
    names = ", ".join(sorted(c.name for c in containers))
    because = "none of its replicas gets a login: which of them it is for is not known"
    own = (
        "once the others' data is copied or not needed:"
        f" docker compose up -d --scale {redis.service}=1 {redis.service}"
    )
    unproved = Refusal(f"{because}, so its users are not proved", own)
    both = ", ".join(shared(containers))
    data = f"which share {both}: each overwrites what another one saves" if both else _OWN
    return REDIS_SEVERAL.found(
        redis.service,
        f"has {len(containers)} replicas, {data}; none of them is asked",
        f"{names}: Docker's DNS gives clients one or the other",
        unproved if redis.users else Note(),
    )


def _stopped(
    look: Look, redis: Redis, container: Container, containers: Sequence[Container]
) -> RedisFinding:
    paused = container.status == "paused"
    does = f"{'unpause' if paused else 'start'} {container.name}"
    answer: Remedy[StartReplicas] | Refusal = Remedy(
        does,
        Disruption.NONE,
        StartReplicas(frozenset({container.id})),
        needs=frozenset() if paused else not_there(look, container),
    )
    if redis.users and not paused:
        answer = Refusal(
            "with which users it would come up can't be proved of one replica among several",
            f"docker start {container.name}; then log in to it: docker exec -it"
            f" {container.name} redis-cli",
        )
    answer = _not_started(look, container, containers) or answer
    kind, is_ = (REDIS_PAUSED, "is paused") if paused else (REDIS_STOPPED, "is not running")
    seen = f"{container.name} is {container.status}"
    seen += "" if paused else f", exit code {container.exit_code}"
    return kind.found(container.service, f"{container.name} {is_}", seen, answer)


def _not_started(
    look: Look, container: Container, containers: Sequence[Container]
) -> Refusal | None:
    """Why one is left as it is: another writes, or would write, to its data; or nobody declared
    that there are so many."""
    if both := ", ".join(shared(containers)):
        names = ", ".join(sorted(c.name for c in containers))
        return Refusal(
            f"{names} have the same data ({both}): each would overwrite what another one saves",
            "have only one of them: docker rm each of the others; or give each data of its own in"
            " the compose file",
        )
    return at_it(look, container) or more_than_declared(look, container)


def _unwell(container: Container) -> RedisFinding:
    if container.status == "restarting":
        return REDIS_RESTART_LOOP.found(
            container.service,
            f"{container.name} keeps restarting",
            f"{container.name} was restarted {container.restarts} times, exit code"
            f" {container.exit_code}",
            Refusal(
                "its log says why, and of one replica among several no more is known",
                f"docker logs --tail 20 {container.name}",
            ),
        )
    return REDIS_STATE.found(
        container.service,
        f"{container.name} is {container.status}",
        container.name,
        Refusal(
            "Docker is removing it, or failed to",
            f"docker inspect {container.name}; why it is still there: journalctl -u docker",
        ),
    )


def _without_network(
    container: Container, gone: str, containers: Sequence[Container]
) -> RedisFinding:
    """Compose recreates all replicas or none, and what they hold is not proved to be saved."""
    service, number = container.service, len(containers)
    found: RedisFinding = NETWORK_GONE.found(
        service,
        f"{container.name} is configured for a network that is gone, and can't start again",
        gone,
        Refusal(
            f"Compose would recreate all its {number} replicas, and of none of them it can be"
            " proved that its data is saved",
            f"save each by hand (BGSAVE), then: docker compose up -d --force-recreate --scale"
            f" {service}={number} {service}",
        ),
    )
    return replace(found, part=REDIS_SEVERAL.part)
