"""Whose network namespace a container lives in, and whether that is there still.

A container that lives in another one's (`network_mode: service:X`) goes on when X is stopped, and
reaches nothing any more: the namespace ends with X's process, and its settings name X by its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from ...core.disruption import Disruption
from ...core.finding import Finding
from ...core.kind import kind
from ...core.resolution import Later, Refusal, Remedy, Symptom
from ...core.task import Stage, Task
from ...settings import Stack
from ..differences import Difference
from ..docker import Container
from ..look import Look
from ..parts import NOT_STARTED, Part
from . import jobs
from .exact import also_changes, drift
from .mounts import API_NOT_MOUNTED, unmounted
from .network_settings import in_the_way
from .policy import waiver
from .resolution import why_not_recreate


@dataclass(frozen=True, slots=True)
class Revive(Task):
    """Restart containers, or have Compose recreate a service's containers.

    + service: whose
    + containers: the ids of those that are restarted; empty: all of the service are recreated
    + stopped: whether they were stopped, and what is recreated stays so
    + when: at which stage: after the server or client in whose network they live
    """

    service: str
    containers: tuple[str, ...] = ()
    stopped: bool = False
    when: Stage = field(default=Stage.NAMESPACES, compare=False)

    @property
    def verb(self) -> str:
        return "restart" if self.containers else "recreate"

    @property
    def only(self) -> frozenset[str]:
        return frozenset(self.containers)

    @property
    def stage(self) -> Stage:
        return self.when

    @property
    def supersedes(self) -> frozenset[str]:
        return frozenset() if self.containers else frozenset({"restart", "start", "attach"})


NamespaceFinding = Finding[Revive]

_CONSEQUENCES = (*NOT_STARTED, "redis-silent", "refuses", "api-unhealthy", "unhealthy")

SIDECAR_CUT_OFF = kind(
    "sidecar-cut-off",
    title="A container shares a network that is gone",
    part=Part.NETWORK,
    means="It runs on, and reaches nothing: the network ended with the container that owned it.",
    known="Its settings name another container by id, which is gone, stopped, or started later.",
    repair="It is restarted; where that container was recreated, Compose recreates it.",
    explains=_CONSEQUENCES,
    holds_up=("start", "restart", "recreate"),
)
NETWORK_GONE = kind(
    "network-gone",
    title="A container is configured for a network that is gone",
    part=Part.NETWORK,
    means="The engine neither starts it again nor attaches it to another network.",
    known="The network of the container's own settings is not there, by name and by id.",
    repair="Compose recreates it from the same image, where it loses no data and no files.",
    explains=_CONSEQUENCES,
    holds_up=("start", "restart", "recreate"),
)


class CutOff(NamedTuple):
    """What keeps a container from the network that it is to live in.

    + evidence: how that is known
    + again: whether it has to be recreated; otherwise it has to be restarted
    + waits: what has to run before that helps; empty: it does
    """

    evidence: str
    again: bool
    waits: str = ""


def lives_elsewhere(container: Container) -> bool:
    """Whether it lives in the network namespace of another container."""
    return container.network_mode.startswith("container:")


def host_of(look: Look, container: Container) -> Container | None:
    """The container in whose network namespace this one lives; None: in its own, or it is gone."""
    if not lives_elsewhere(container):
        return None
    named = container.network_mode.removeprefix("container:")
    return next((c for c in look.containers if named in (c.id, c.id[:12], c.name)), None)


def cut_off(look: Look, container: Container) -> CutOff | None:
    """Why a container that lives in another one's network namespace has none; None: it has."""
    if not lives_elsewhere(container):
        return None
    name, host = container.name, host_of(look, container)
    wanted = _wanted(look, container)
    if host is None or (wanted and (host.project, host.service) != (look.declared.name, wanted)):
        there = f"{host.name}, not of {wanted}" if host else container.network_mode[10:22]
        said = f"{name} shares the network of container {there}"
        runs = not wanted or any(c.running for c in look.members(wanted))
        return CutOff(said if host else f"{said}, which is gone", True, "" if runs else wanted)
    if host.status not in ("running", "paused"):
        said = f"{name} shares the network of {host.name}, which is {host.status}"
        return CutOff(said, False, host.name)
    if container.running and host.started > container.started:
        since = f"{host.started:%Y-%m-%d %H:%M:%S} UTC"
        said = f"{name} shares the network that {host.name} had before it started at {since}"
        return CutOff(said, False)
    return None


def _wanted(look: Look, container: Container) -> str:
    """The service in whose network Compose has it live; empty: none."""
    service = look.declared.services.get(container.service)
    mode = service.network_mode if service and container in look.members() else ""
    return mode.removeprefix("service:") if mode.startswith("service:") else ""


def network_gone(look: Look, container: Container) -> str | None:
    """How it is known that a container's own settings name a network that is gone.

    The engine neither starts it then, nor attaches it to anything. Compose names an external
    network by its id: another one of the same name is not that one.
    """
    mode = container.network_mode
    own = {"", "default", "bridge", "host", "none"}
    if mode in {*own, *look.networks, *look.declared.networks} or lives_elsewhere(container):
        return None
    is_id = re.fullmatch("[0-9a-f]{12,64}", mode) is not None
    if is_id and any(n.id.startswith(mode) for n in look.networks.values()):
        return None
    had = (n for n, e in container.networks.items() if is_id and e.network_id.startswith(mode))
    name = next(had, "")
    shown = f"{name} ({mode[:12]})" if name else mode[:12] if is_id else mode
    since = look.networks.get(name)
    other = f"; what has that name now is another one, {since.id[:12]}" if since else ""
    return f"{container.name} is configured for network {shown}, which is gone{other}"


_AT_WORK = ("running", "restarting", "paused")


def followers(look: Look, container: Container) -> list[Container]:
    """Who is in a container's network namespace, or would be, if that container ran.

    One that ends again and again may do so because of what is repaired.
    """
    return [
        c
        for c in look.containers
        if c.status in _AT_WORK
        and host_of(look, c) is container
        and ((why := cut_off(look, c)) is None or why.waits)
    ]


def _over(look: Look, container: Container) -> bool:
    """Whether it is a service's job, or may be one, that is done."""
    if container.status in _AT_WORK:
        return False
    role = jobs.role(look, container)
    return role is jobs.Role.JOB or (role is jobs.Role.UNKNOWN and container.exit_code == 0)


def _was_stopped(container: Container) -> bool:
    """It ended when it was asked to, or was ended: it is not started for what is done to another
    one. What the engine gave up to start is."""
    stopped = container.exit_code == 0 or container.stopped_from_outside
    return (stopped and container.status not in _AT_WORK) or container.status == "created"


Action = TypeVar("Action")


def followed(
    look: Look, remedy: Remedy[Action], containers: Iterable[Container], again: bool
) -> Remedy[Action] | Refusal:
    """
    A remedy that ends the network namespaces of containers, with what it does to those who live in
    them; or why it is not done.

    + containers: what is started, restarted or recreated
    + again: whether they are recreated
    """
    hosts = list(containers)
    living = [f for c in hosts for f in followers(look, c) if f.running or again]
    for other in living:
        if not _wanted(look, other) and not cut_off(look, other):
            return Refusal(
                f"{other.name} shares its network and would be cut off, and Compose does not"
                " declare it",
                f"docker stop {other.name}, and start it again after the repair",
            )
    if again:  # They could not be started any more.
        living += [
            c
            for c in look.containers
            if c.status not in _AT_WORK
            and host_of(look, c) in hosts
            and _wanted(look, c)
            and not _over(look, c)
        ]
    ours = sorted(c.name for c in living if _wanted(look, c))
    if not ours:
        return remedy
    then = tuple(_later(s, again) for s in sorted({c.service for c in living if _wanted(look, c)}))
    follows = f"also {'recreates' if again else 'restarts'} {', '.join(ours)}"
    share = "which share" if len(ours) > 1 else "which shares"
    does = f"{remedy.does}; {follows}, {share} its network"
    return replace(remedy, does=does, then=(*remedy.then, *then))


def _later(service: str, again: bool) -> Later:
    """What those need who live in a network that is another one then."""
    verb, most = ("recreate", Disruption.RECREATE) if again else ("restart", Disruption.RESTART)
    return Later(service, verb, f"{verb} it, in the network that it shares", most)


def findings(look: Look, stack: Stack) -> Iterator[NamespaceFinding]:
    """Containers that live in a network that is gone; Redis itself is judged by its own rules.

    Whatever the inventory names: a sidecar is cut off by what is done to another service.
    """
    servers = {redis.service for redis in stack.servers}
    for service in sorted({c.service for c in look.members()} - servers):
        containers = look.members(service)
        if service in look.declared.services and all(c.made_by_compose for c in containers):
            yield from _sidecars(look, stack, service, containers)
            yield from _without_network(look, stack, service, containers)


def _sidecars(
    look: Look, stack: Stack, service: str, containers: tuple[Container, ...]
) -> Iterator[NamespaceFinding]:
    is_api = stack.client(service) is not None
    found = [
        (c, why)
        for c in containers
        if (why := cut_off(look, c))
        and (c.running or (why.again and (is_api or not _over(look, c))))
    ]
    if not found:
        return
    again = any(why.again for _, why in found)
    waits = next((why.waits for _, why in found if why.waits), "")
    answer: Remedy[Revive] | Refusal | Symptom
    if waits:
        once = f"it recovers once {waits} runs: docker ps -a; docker logs --tail 20 {waits}"
        answer = Symptom(once, then=(_later(service, again),))
    elif again:
        stopped = not is_api and all(_was_stopped(c) for c in containers)
        answer = _recreated(look, stack, service, containers, stopped)
    else:
        answer = Remedy(
            f"restart {', '.join(c.name for c, _ in found)}",
            Disruption.RESTART,
            Revive(service, tuple(c.id for c, _ in found), when=_stage(look, stack, service)),
        )
    evidence = [why.evidence for _, why in found]
    if again:
        evidence += [lost for c in containers if (lost := _also_lost(look, stack, c))]
    yield SIDECAR_CUT_OFF.found(
        service,
        "is cut off: the network that it shares is gone",
        "; ".join(evidence),
        answer,
        _part(look, stack, service),
    )


def _without_network(
    look: Look, stack: Stack, service: str, containers: tuple[Container, ...]
) -> Iterator[NamespaceFinding]:
    # A job is not done once more because of a network that it does not need any more.
    judged = [c for c in containers if not _done(look, stack, c)]
    found = [why for c in judged if (why := network_gone(look, c))]
    if found:
        found += [lost for c in containers if (lost := _also_lost(look, stack, c))]
        yield NETWORK_GONE.found(
            service,
            "is configured for a network that is gone, and can't start again",
            "; ".join(found),
            _recreated(look, stack, service, containers),
            _part(look, stack, service),
        )


def _done(look: Look, stack: Stack, container: Container) -> bool:
    """Whether it is a job that is over, however it ended."""
    over = container.status in ("exited", "created", "dead")
    return jobs.ended(look, stack, container) or (over and jobs.is_job(look, stack, container))


def held_up(look: Look, container: Container) -> bool:
    """Whether it has no network, so that nothing else helps it."""
    if network_gone(look, container):
        return True
    why = cut_off(look, container)
    return why is not None and (container.running or why.again)


def _recreated(
    look: Look,
    stack: Stack,
    service: str,
    containers: tuple[Container, ...],
    stopped: bool = False,
) -> Remedy[Revive] | Refusal:
    because = next(iter(why_not_recreate(look, stack, there=True)), None) or in_the_way(
        look, service
    )
    for container in containers:
        because = because or also_changes(look, stack, container, _named(look, stack, container))
    if because:
        return because
    count = f"all {len(containers)} containers of {service}" if len(containers) > 1 else "it"
    does = f"recreate {count} as Compose declares, from the image that was running"
    remedy = Remedy(
        f"{does}, and leave it stopped" if stopped else does,
        Disruption.NONE if stopped else Disruption.RECREATE,
        Revive(service, stopped=stopped, when=_stage(look, stack, service)),
    )
    return followed(look, remedy, containers, again=True)


def _named(look: Look, stack: Stack, container: Container) -> list[Difference]:
    """What a finding is about; its image stays, and has a finding of its own."""
    lost = _lost(look, stack, container)
    return [
        difference
        for difference in drift(look, stack, container)
        if difference.field in ("image", "network_mode")
        or (difference.field == "mounts" and difference.item in lost)
    ]


def _lost(look: Look, stack: Stack, container: Container) -> list[str]:
    """The API's files, of which its own rule says nothing as long as it has no network."""
    service = look.declared.services[container.service]
    if stack.client(service.name) is None:
        return []
    if waiver(API_NOT_MOUNTED, service.name, look, stack):
        return []
    return [mount.target for mount in unmounted(look, stack, service, container)]


def _also_lost(look: Look, stack: Stack, container: Container) -> str:
    lost = ", ".join(_lost(look, stack, container))
    return f"{container.name} lacks {lost}" if lost else ""


def _part(look: Look, stack: Stack, service: str) -> Part:
    """Whose repair makes good what it does to this service."""
    hosts = {look.declared.services[service].network_mode.removeprefix("service:"), service}
    if any(stack.server(host) for host in hosts):
        return Part.REDIS
    return Part.API if any(stack.client(host) for host in hosts) else Part.NETWORK


def _stage(look: Look, stack: Stack, service: str) -> Stage:
    """After whom it lives; the API itself gets its network when it is repaired."""
    if stack.client(service):
        return Stage.CLIENTS
    stages = {Part.REDIS: Stage.AFTER_SERVERS, Part.API: Stage.AFTER_CLIENTS}
    return stages.get(_part(look, stack, service), Stage.NAMESPACES)
