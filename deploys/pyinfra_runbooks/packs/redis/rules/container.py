"""Whether there is one Redis, made by Compose, that runs and has a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....core.disruption import Disruption
from ....core.kind import kind
from ....core.resolution import Refusal
from ....engine.compose import DeclaredService
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....engine.rules.actors import end_of
from ....engine.rules.namespaces import NETWORK_GONE, SIDECAR_CUT_OFF, cut_off, network_gone
from ....engine.rules.network_settings import not_there
from ....engine.rules.resolution import why_not_recreate
from ....settings import Redis, Stack
from ..steps import STARTS, RedisFinding, Step, step_remedy
from .data import in_use, would_be_empty

_WITHOUT_REDIS = ("redis-silent", *UNSERVED)

REDIS_UNDECLARED = kind(
    "redis-undeclared",
    title="Compose declares no service of Redis' name",
    part=Part.REDIS,
    means="Nothing says how Redis should run, so nothing about it is judged.",
    known="`docker compose config`, with the files and profiles of the inventory.",
    repair="Nothing: correct the service or the profiles in the inventory.",
    about_inventory=True,
    explains=_WITHOUT_REDIS,
)
REDIS_HALF_MADE = kind(
    "redis-half-made",
    title="Compose was interrupted while it replaced Redis",
    part=Part.REDIS,
    means="Beside the container that serves is one that never ran.",
    known="A container has the name that Compose gives a replacement, and was never started.",
    repair="Nothing: a deployment may still be running. The command that removes it is shown.",
)
REDIS_SEVERAL = kind(
    "redis-several",
    title="Several containers may be Redis",
    part=Part.REDIS,
    means="None of them gets a login, since labels prove nothing.",
    known="`docker ps -a`: more than one container has the labels of the service.",
    repair="Nothing: a person has to find out where the others come from. Replicas that Compose"
    " made of one configuration are attached and started, where the compose file asks for so many"
    " and no two of them have the same data; what more is wrong with one is refused by its name.",
    waivable=False,
    explains=_WITHOUT_REDIS,
)
REDIS_BY_HAND = kind(
    "redis-by-hand",
    title="A container of Redis' name was not created by Compose",
    part=Part.REDIS,
    means="What it holds is not known, and Compose can't create its own.",
    known="It has the name that Compose would use, and not Compose's labels.",
    repair="Nothing: a person looks at it, and gives it another name.",
    explains=_WITHOUT_REDIS,
)
REDIS_REMOVED = kind(
    "redis-removed",
    title="Redis has no container",
    part=Part.REDIS,
    means="Redis does not run.",
    known="`docker ps -a` shows none for the service.",
    repair="Compose creates it, where its data is in its place, and nothing else uses that.",
    undo="docker compose rm --stop SERVICE; volumes stay",
    explains=_WITHOUT_REDIS,
)
REDIS_STOPPED = kind(
    "redis-stopped",
    title="Redis is stopped",
    part=Part.REDIS,
    means="Redis does not run.",
    known="`docker inspect`: the container has exited, or was never started.",
    repair="It is started as it is, with the declared ACL.",
    undo="docker stop CONTAINER",
    explains=_WITHOUT_REDIS,
)
REDIS_PAUSED = kind(
    "redis-paused",
    title="Redis is paused",
    part=Part.REDIS,
    means="Connections to it hang.",
    known="`docker inspect`: the container is paused.",
    repair="It is unpaused.",
    undo="docker pause CONTAINER",
    explains=_WITHOUT_REDIS,
)
REDIS_RESTART_LOOP = kind(
    "redis-restart-loop",
    title="Redis keeps restarting",
    part=Part.REDIS,
    means="Redis does not come up: its log says why.",
    known="`docker inspect`: the container is restarting; how often, and its exit code.",
    repair="It is restarted once what is found beside it is repaired.",
    explains=_WITHOUT_REDIS,
)
REDIS_STATE = kind(
    "redis-state",
    title="Docker is removing Redis' container, or failed to",
    part=Part.REDIS,
    means="Redis does not run, and can't be started.",
    known="`docker inspect`: the container is dead, or is being removed.",
    repair="Nothing: `journalctl -u docker` says what keeps Docker from removing it.",
    explains=_WITHOUT_REDIS,
    holds_up=STARTS,
)


def not_one(
    look: Look,
    stack: Stack,
    redis: Redis,
    service: DeclaredService,
    containers: tuple[Container, ...],
) -> RedisFinding:
    """None or several containers where there has to be one."""
    if half_made := _half_made(containers):
        return REDIS_HALF_MADE.found(
            half_made.name,
            "was left by an interrupted docker compose, or one that is still running",
            "; ".join(c.distinguished for c in containers),
            Refusal(
                "it never ran, and the container that it should replace is still there",
                f"if no deployment is running: {end_of(half_made, containers)}; then run this"
                " again",
            ),
        )
    if containers:
        return REDIS_SEVERAL.found(
            service.name,
            f"has {len(containers)} containers, so none of them gets a login",
            "; ".join(c.distinguished for c in containers),
            Refusal(
                "labels prove nothing, so it is not known which of them is Redis",
                f"see where each comes from: docker inspect {' '.join(c.name for c in containers)};"
                " then remove those that are not yours",
            ),
        )
    name = look.declared.container_name(service.name)
    by_hand = next((c for c in look.containers if c.name == name), None)
    if by_hand:
        return REDIS_BY_HAND.found(
            name,
            "was not created by Compose",
            f"container {by_hand.id[:12]}, image {by_hand.image_name}, {by_hand.status}",
            Refusal(
                "it has the name that Compose would use, and what it holds is not known",
                f"see what it is: docker inspect {name}; then: docker rename {name} {name}-old",
            ),
        )
    answer = (
        _declared_none(service)
        or in_use(look, redis, service)
        or next(iter(why_not_recreate(look, stack)), None)
        or would_be_empty(look, redis, service)
    )
    return REDIS_REMOVED.found(
        service.name,
        "has no container",
        f"docker ps -a shows none for service {service.name} of project {look.declared.name}",
        answer
        or step_remedy(Step.RECREATE, f"create it from image {service.image}", Disruption.NONE),
    )


def _declared_none(service: DeclaredService) -> Refusal | None:
    """The inventory names it, and the compose file has none of it, which may be meant."""
    if not service.none:
        return None
    return Refusal(
        "the compose file declares none of it (scale: 0)",
        f"if it is to run: docker compose up -d --scale {service.name}=1 {service.name}; and"
        " correct that file, or the inventory",
    )


def _half_made(containers: tuple[Container, ...]) -> Container | None:
    """The one of two that Compose made in the place of the other, and never started."""
    made = [
        c
        for c in containers
        if c.status == "created" and any(c.replaces == other.id[:12] for other in containers)
    ]
    return made[0] if len(made) == 1 and len(containers) == 2 else None


def state(look: Look, container: Container) -> Iterator[RedisFinding]:
    status, name = container.status, container.name
    if status in ("exited", "created"):
        evidence = f"{name} is {status}, exit code {container.exit_code}"
        yield REDIS_STOPPED.found(
            container.service,
            "is not running",
            evidence,
            replace(step_remedy(Step.START, "start it"), needs=not_there(look, container)),
        )
    elif status == "paused":
        yield REDIS_PAUSED.found(
            container.service,
            "is paused",
            f"{name} is paused",
            step_remedy(Step.UNPAUSE, "unpause it"),
        )
    elif status == "restarting":
        yield REDIS_RESTART_LOOP.found(
            container.service,
            "keeps restarting",
            f"{name} was restarted {container.restarts} times, exit code {container.exit_code};"
            f" docker logs {name}",
            step_remedy(Step.RESTART, "restart it, once the other findings are repaired"),
        )
    elif status != "running":
        yield REDIS_STATE.found(
            container.service,
            f"is {status}",
            name,
            Refusal(
                "Docker is removing it, or failed to",
                f"docker inspect {name}; why it is still there: journalctl -u docker",
            ),
        )


def own_network(look: Look, container: Container) -> Iterator[RedisFinding]:
    """The network that it lives in is gone, and with it all that could attach it to another."""
    if gone := network_gone(look, container):
        yield NETWORK_GONE.found(
            container.service,
            "is configured for a network that is gone, and can't start again",
            gone,
            step_remedy(Step.RECREATE, "recreate it, on the network that there is"),
            Part.REDIS,
        )
    elif container.running and (why := cut_off(look, container)):
        step = Step.RECREATE if why.again else Step.RESTART
        answer = step_remedy(step, "recreate it" if why.again else "restart it")
        waiting = Refusal(
            f"it shares the network of {why.waits}, which does not run", f"docker start {why.waits}"
        )
        yield SIDECAR_CUT_OFF.found(
            container.service,
            "is cut off: the network that it shares is gone",
            why.evidence,
            waiting if why.waits else answer,
            Part.REDIS,
        )
