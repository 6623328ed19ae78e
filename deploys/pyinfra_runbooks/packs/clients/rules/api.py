"""Whether the API has to be restarted: it reads its secrets, and looks Redis up, when it must."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import replace

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Later, Refusal, Remedy, Symptom
from ....core.task import Named, Stage
from ....engine.docker import Container
from ....engine.files import older
from ....engine.look import Inside, Look
from ....engine.parts import Part
from ....engine.rules import jobs, places, undeclared, waiting
from ....engine.rules.checks import asks, failed_checks, failure, in_time, sound, speaks_of_redis
from ....engine.rules.circumstances import circumstances
from ....engine.rules.exact import also_changes, drift
from ....engine.rules.last_words import did_not_reach, logs, says_why
from ....engine.rules.mounts import API_NOT_MOUNTED, file_mounts, unmounted
from ....engine.rules.namespaces import followed, held_up
from ....engine.rules.network_settings import in_the_way, not_there
from ....engine.rules.resolution import why_not_recreate
from ....settings import Api, Check, HttpCheck, Stack
from .refusing import refuses


class Step(Named):
    """What is done to the API.

    + START: start or unpause the container that is there
    + RESTART: restart it
    + RECREATE: let Compose make a new container of the same image
    """

    START = "start"
    RESTART = "restart"
    RECREATE = "recreate"

    @property
    def stage(self) -> Stage:
        return Stage.CLIENTS

    @property
    def supersedes(self) -> frozenset[str]:
        """A new container has the networks that Compose declares."""
        return frozenset(_SUPERSEDES[self.verb])


_SUPERSEDES = {
    "start": (),
    "restart": ("start",),
    "recreate": ("start", "restart", "attach"),
}


ApiFinding = Finding[Step]

API_UNDECLARED = kind(
    "api-undeclared",
    title="Compose declares no service of the API's name",
    part=Part.API,
    means="Nothing says how the API should run, so nothing about it is judged.",
    known="`docker compose config`, with the files and profiles of the inventory.",
    repair="Nothing: correct the service or the profiles in the inventory.",
    about_inventory=True,
    explains=("unhealthy",),
)
API_REMOVED = kind(
    "api-removed",
    title="The API has no container",
    part=Part.API,
    means="The API does not run.",
    known="`docker ps -a` shows none for the service.",
    repair="Compose creates it.",
    undo="docker compose rm --stop SERVICE",
    explains=("unhealthy",),
)
API_STOPPED = kind(
    "api-stopped",
    title="The API is stopped",
    part=Part.API,
    means="The API does not run.",
    known="`docker inspect`: the container has exited, is paused, or was never started.",
    repair="It is started as it is, once the jobs that Compose waits for have ended with code 0.",
    undo="docker stop CONTAINER",
    explains=("unhealthy",),
)
API_RESTART_LOOP = kind(
    "api-restart-loop",
    title="The API keeps restarting",
    part=Part.API,
    means="It exits each time Docker starts it: its log says why.",
    known="`docker inspect`: the container is restarting, and how often it was.",
    repair="It is restarted once Redis is repaired; a symptom while a service that it needs is"
    " stopped.",
    clears_itself=True,
    explains=("restarting", "unhealthy"),
)
API_STATE = kind(
    "api-state",
    title="Docker is removing the API's container, or failed to",
    part=Part.API,
    means="The API does not run, and can't be started.",
    known="`docker inspect`: the container is dead, or is being removed.",
    repair="Nothing: `journalctl -u docker` says what keeps Docker from removing it.",
    explains=("unhealthy",),
)
API_STALE = kind(
    "api-stale",
    title="The API sees an older file than the host has",
    part=Part.API,
    means="The file was replaced; a mount of a single file keeps the former one.",
    known="The inode of the file on the host, against the one in the container.",
    repair="It is restarted, and so mounts the current file.",
    explains=("api-unhealthy", "unhealthy"),
)
API_LACKS = kind(
    "api-lacks",
    title="The API fails, and a service that it needs does not run",
    part=Part.API,
    means="A restart of the API would not help.",
    known="Its checks fail, and a service that it names or waits for is stopped.",
    repair="That of its cause, which is a finding of its own.",
    clears_itself=True,
    explains=("unhealthy",),
)
API_UNHEALTHY = kind(
    "api-unhealthy",
    title="The API runs, and fails its checks",
    part=Part.API,
    means="Its users get errors.",
    known="The answers of its checks; whether Redis accepts the API's own credentials.",
    repair="It gets time to recover by itself, and is restarted only if Redis would serve it.",
    clears_itself=True,
    explains=("unhealthy",),
)


def findings(look: Look, stack: Stack, client: Api) -> list[ApiFinding]:
    """Everything about a client that is not as it should be, with what repairs it at least."""
    service = client.service
    containers = look.members(service)
    if service not in look.declared.services or not containers:
        return [_absent(look, stack, service)]
    if any(held_up(look, c) for c in containers):
        return []  # That is a finding of its own, and comes first.
    found = [
        finding
        for container in containers
        for finding in (*_state(look, stack, container), *_mounts(look, stack, container))
    ]
    found = found or list(_fails_its_checks(look, stack, client, containers))
    return [replace(_followed(f, look, containers), of=service) for f in found]


def _followed(finding: ApiFinding, look: Look, containers: tuple[Container, ...]) -> ApiFinding:
    """The same finding, with what its remedy does to those who live in the API's network."""
    if not isinstance(finding.resolution, Remedy):
        return finding
    ended = [c for c in containers if c.status != "paused"]
    again = finding.resolution.action is Step.RECREATE
    because = in_the_way(look, containers[0].service) if again else None
    return replace(finding, resolution=because or followed(look, finding.resolution, ended, again))


def _absent(look: Look, stack: Stack, service: str) -> ApiFinding:
    if service not in look.declared.services:
        return API_UNDECLARED.found(
            service,
            "is not a service of this project",
            undeclared.seen(look, service),
            undeclared.refusal(look, service, "Api(service=...)"),
        )
    does = f"create it from image {look.declared.services[service].image}"
    return API_REMOVED.found(
        service,
        "has no container",
        f"docker ps -a shows none for service {service} of project {look.declared.name}",
        next(iter(why_not_recreate(look, stack)), None)
        or Remedy(does, Disruption.NONE, Step.RECREATE),
    )


def _state(look: Look, stack: Stack, container: Container) -> Iterator[ApiFinding]:
    if container.status in ("exited", "created", "paused"):
        does = "unpause it" if container.status == "paused" else "start it"
        evidence = f"{container.name} is {container.status}, exit code {container.exit_code}"
        once = circumstances(look, stack, Step.START.name)
        remedy = _kept_back(look, stack, container) or Remedy(
            does, Disruption.NONE, Step.START, once, needs=_networks(look, container)
        )
        yield API_STOPPED.found(container.service, "is not running", evidence, remedy)
    elif container.status == "restarting":
        evidence = f"{container.name} was restarted {container.restarts} times"
        does = "restart it, once Redis is repaired"
        once = circumstances(look, stack, Step.RESTART.name)
        of_another = did_not_reach(look, container)
        evidence += f"; {of_another}" if of_another else ""
        lacks = _lacks(look, stack, container.service)
        if of_another or says_why(look, container):
            lacks = lacks or logs(container)
        then = (Later(container.service, Step.RESTART.verb, does, Disruption.NONE),)
        loop = (
            Symptom(lacks, then=then)
            if lacks
            else Remedy(does, Disruption.NONE, Step.RESTART, once)
        )
        yield API_RESTART_LOOP.found(container.service, "keeps restarting", evidence, loop)
    elif not container.running:
        refusal = Refusal(
            "Docker is removing it, or failed to",
            f"docker inspect {container.name}; why it is still there: journalctl -u docker",
        )
        evidence = container.name
        yield API_STATE.found(container.service, f"is {container.status}", evidence, refusal)


def _networks(look: Look, container: Container) -> frozenset[str]:
    """The networks without which it does not start; one that is paused has its own."""
    return frozenset() if container.status == "paused" else not_there(look, container)


def _kept_back(look: Look, stack: Stack, container: Container) -> Refusal | Symptom | None:
    """Why Compose created it and did not start it, as long as that reason stands.

    Another job that it waits for may have done half of its work; a start-up validation only asks.
    """
    unfinished = jobs.awaited(look, container.service) if container.status == "created" else []
    asked = [c for job in unfinished for c in look.members(job) if jobs.validates(look, c)]
    others = [job for job in unfinished if job not in {c.service for c in asked}]
    if others:
        start = shlex.join(("docker", "compose", "up", "--detach", container.service))
        return Refusal(
            f"Compose starts it once {others[0]} has ended with code 0, and it has not",
            f"find out why: docker compose logs --tail 20 {others[0]}; then: {start}",
        )
    not_yet = [c.name for c in asked if unready(look, stack, c)]
    if not not_yet:
        return waiting.symptom(look, stack, container)
    then = "start it, once its validation has run again"
    return Symptom(
        f"docker logs --tail 1 {' '.join(not_yet)}",
        then=(Later(container.service, Step.START.verb, then, Disruption.NONE),),
    )


def unready(
    look: Look, stack: Stack, validation: Container, starting: Collection[str] = ()
) -> bool:
    """Whether a start-up validation would fail again: what it waits for does not run, or Redis does
    not serve the API.

    + starting: what is started before
    """
    servers = set(look.declared.services[validation.service].waits_for) - set(starting)
    for client in stack.clients:
        for redis in stack.used_by(client):
            if redis.service in servers and refuses(look, stack, client, redis):
                return True
    return any(not c.running for server in servers for c in look.members(server))


def _mounts(look: Look, stack: Stack, container: Container) -> Iterator[ApiFinding]:
    """Secrets and files that it lacks, or sees an older version of."""
    service = look.declared.services[container.service]
    inside = look.inside(container.service)
    lacking = unmounted(look, stack, service, container)
    for mount in lacking:
        there = container.mount(mount.target)
        yield API_NOT_MOUNTED.found(
            container.service,
            f"has no {mount.target}" if there is None else f"has another file at {mount.target}",
            f"Compose mounts {mount.source}, {container.name} has"
            f" {there.source if there else 'nothing there'}",
            _unsafe(look, stack, container, {m.target for m in lacking})
            or Remedy("recreate it, with all its mounts", Disruption.RECREATE, Step.RECREATE),
        )
    if not container.running or not isinstance(inside, Inside):
        return
    for mount in file_mounts(look, service):
        host, seen = look.files.get(mount.source or ""), inside.files.get(mount.target)
        if mount not in lacking and host and seen and older(host, seen):
            yield API_STALE.found(
                mount.target,
                f"is an older file in {container.service} than on the host",
                f"the host's {host.path} has inode {host.inode},"
                f" {container.service} sees inode {seen.inode}",
                Remedy(
                    "restart it, so that it mounts the host's current file",
                    Disruption.RESTART,
                    Step.RESTART,
                ),
            )


def _unsafe(
    look: Look, stack: Stack, container: Container, targets: Collection[str]
) -> Refusal | None:
    """Why it must not be recreated for these mounts. Its image stays: that has its own finding."""
    named = [
        difference
        for difference in drift(look, stack, container)
        if difference.field == "image"
        or (difference.field == "mounts" and difference.item in targets)
    ]
    return next(iter(why_not_recreate(look, stack, there=True)), None) or also_changes(
        look, stack, container, named
    )


def _fails_its_checks(
    look: Look, stack: Stack, client: Api, containers: tuple[Container, ...]
) -> Iterator[ApiFinding]:
    """It runs as it should, and fails its checks all the same."""
    checks = in_time(look, stack, own_checks(look, stack, client.service))
    failed = failed_checks(look.answers, stack, checks)
    about_redis = any(
        speaks_of_redis(check, look.answers.get(number))
        for number, check in enumerate(stack.health)
        if check in checks and failure(check, look.answers.get(number))
    )
    if not failed or not about_redis:
        return
    names = ", ".join(c.name for c in containers)
    used = stack.used_by(client)
    if lacks := _lacks(look, stack, client.service):
        seen = f"{names} runs, and a service that it needs does not"
        yield API_LACKS.found(client.service, failed[0], seen, Symptom(lacks))
        return
    because = next(filter(None, (refuses(look, stack, client, r) for r in used)), None)
    if because:
        look_at = f"docker logs --tail 20 {names}"
        yield API_UNHEALTHY.found(client.service, failed[0], because, Symptom(look_at))
        return
    yield API_UNHEALTHY.found(
        client.service,
        failed[0],
        f"{names} runs, and Redis accepts its credentials" if used else f"{names} runs",
        Remedy(
            _unless_it_recovers(stack),
            Disruption.RESTART,
            Step.RESTART,
            circumstances(look, stack, Step.RESTART.name, *failed),
            patience=stack.timeouts.recover,
            needs=needed(look, stack, client.service),
        ),
    )


def _lacks(look: Look, stack: Stack, service: str) -> str | None:
    """Where to look, if a service that it needs does not run: then no restart helps.

    Redis is none of these: `refuses` says what keeps it from serving a client.
    """
    wanted = needed(look, stack, service)
    stopped = sorted(
        c.name
        for c in places.managed_containers(look, stack)
        if c.service in wanted and not c.running and jobs.role(look, c) is not jobs.Role.JOB
    )
    return f"docker logs --tail 20 {' '.join(stopped)}" if stopped else None


def needed(look: Look, stack: Stack, service: str) -> frozenset[str]:
    """What it needs besides Redis."""
    return jobs.needs(look, service) - {redis.service for redis in stack.servers}


def own_checks(look: Look, stack: Stack, service: str) -> tuple[Check, ...]:
    """
    The checks that ask a client directly, of those that can work; where there are none, all, if the
    stack has no other client: what else fails may be another one's.
    """
    can_work = sound(look, stack)
    direct = tuple(c for c in can_work if c.host == service)
    # What is no URL speaks of the service that it asks alone.
    any_of_it = tuple(c for c in can_work if isinstance(c, HttpCheck) or not asks(c, stack))
    alone = [client.service for client in stack.clients] == [service]
    return direct or (any_of_it if alone else ())


def later(look: Look, stack: Stack) -> list[Later]:
    """What clients may need once anything was changed, though nothing is wrong with them: their
    connections are gone, and not every client connects again."""
    return [
        Later(client.service, Step.RESTART.verb, _unless_it_recovers(stack), Disruption.RESTART)
        for client in stack.clients
        if any(c.running for c in look.members(client.service))
    ]


def _unless_it_recovers(stack: Stack) -> str:
    return f"restart it, if it does not recover by itself within {stack.timeouts.recover:g} s"
