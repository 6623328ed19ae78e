"""Whether the API has to be restarted: it reads its secrets, and looks Redis up, when it must."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import replace
from enum import IntEnum

from ..disruption import Disruption
from ..engine import Container
from ..files import older
from ..findings import Finding, Part, Refusal, Remedy, Symptom, Unknown
from ..look import Inside, Look
from ..settings import HttpCheck, Stack
from . import jobs, network, undeclared
from .acl import user_hash
from .checks import failed_checks, failure, sound, speaks_of_redis
from .circumstances import circumstances
from .exact import also_changes, drift
from .mounts import file_mounts, unmounted
from .namespaces import followed, held_up
from .network_settings import in_the_way
from .resolution import doubts


class Step(IntEnum):
    """What is done to the API.

    + START: start or unpause the container that is there
    + RESTART: restart it, unless it recovers by itself before
    + RECREATE: let Compose make a new container of the same image
    """

    START = 0
    RESTART = 1
    RECREATE = 2


ApiFinding = Finding[Step]


def findings(look: Look, stack: Stack) -> list[ApiFinding]:
    """Everything about the API that is not as it should be, with what repairs it at least."""
    service = stack.api.service
    containers = look.members(service)
    if service not in look.declared.services or not containers:
        return [_absent(look, stack)]
    if any(held_up(look, c) for c in containers):
        return []  # That is a finding of its own, and comes first.
    found = [f for c in containers for f in (*_state(look, stack, c), *_mounts(look, stack, c))]
    found = found or list(_unwell(look, stack, containers))
    return [_followed(finding, look, containers) for finding in found]


def _followed(finding: ApiFinding, look: Look, containers: tuple[Container, ...]) -> ApiFinding:
    """The same finding, with what its remedy does to those who live in the API's network."""
    if not isinstance(finding.answer, Remedy):
        return finding
    ended = [c for c in containers if c.status != "paused"]
    again = finding.answer.action is Step.RECREATE
    because = in_the_way(look, containers[0].service) if again else None
    return replace(finding, answer=because or followed(look, finding.answer, ended, again))


def _finding(
    kind: str,
    subject: str,
    problem: str,
    evidence: str,
    answer: Remedy[Step] | Refusal | Symptom,
) -> ApiFinding:
    return Finding(Part.API, kind, subject, problem, evidence, answer)


def _absent(look: Look, stack: Stack) -> ApiFinding:
    service = stack.api.service
    if service not in look.declared.services:
        return _finding(
            "api-undeclared",
            service,
            "is not a service of this project",
            undeclared.seen(look, service),
            undeclared.refusal(look, service, "Api(service=...)"),
        )
    does = f"create it from image {look.declared.services[service].image}"
    return _finding(
        "api-removed",
        service,
        "has no container",
        f"docker ps -a shows none for service {service} of project {look.declared.name}",
        next(iter(doubts(look, stack)), None) or Remedy(does, Disruption.NONE, Step.RECREATE),
    )


def _state(look: Look, stack: Stack, container: Container) -> Iterator[ApiFinding]:
    if container.status in ("exited", "created", "paused"):
        does = "unpause it" if container.status == "paused" else "start it"
        evidence = f"{container.name} is {container.status}, exit code {container.exit_code}"
        once = circumstances(look, stack, Step.START.name)
        remedy = _kept_back(look, stack, container) or Remedy(
            does, Disruption.NONE, Step.START, once
        )
        yield _finding("api-stopped", container.service, "is not running", evidence, remedy)
    elif container.status == "restarting":
        evidence = f"{container.name} was restarted {container.restarts} times"
        does = "restart it, once Redis is repaired"
        once = circumstances(look, stack, Step.RESTART.name)
        lacks = _lacks(look, stack)
        loop = Symptom(lacks) if lacks else Remedy(does, Disruption.NONE, Step.RESTART, once)
        yield _finding("api-restart-loop", container.service, "keeps restarting", evidence, loop)
    elif not container.running:
        refusal = Refusal("Docker is removing it, or failed to", f"docker inspect {container.name}")
        evidence = container.name
        yield _finding("api-state", container.service, f"is {container.status}", evidence, refusal)


def _kept_back(look: Look, stack: Stack, container: Container) -> Refusal | Symptom | None:
    """Why Compose created it and did not start it, as long as that reason stands.

    Another job that it waits for may have done half of its work; a start-up validation only asks.
    """
    waiting = jobs.awaited(look, container.service) if container.status == "created" else []
    asked = [c for job in waiting for c in look.members(job) if jobs.validates(look, c)]
    others = [job for job in waiting if job not in {c.service for c in asked}]
    if others:
        start = shlex.join(("docker", "compose", "up", "--detach", container.service))
        return Refusal(
            f"Compose starts it once {others[0]} has ended with code 0, and it has not",
            f"see to {others[0]} (docker compose logs {others[0]}), then: {start}",
        )
    not_yet = [c.name for c in asked if unready(look, stack, c)]
    return Symptom(f"docker logs --tail 1 {' '.join(not_yet)}") if not_yet else None


def unready(
    look: Look, stack: Stack, validation: Container, starting: Collection[str] = ()
) -> bool:
    """Whether a start-up validation would fail again: what it waits for does not run, or Redis does
    not serve the API.

    + starting: what is started before
    """
    servers = set(look.declared.services[validation.service].waits_for) - set(starting)
    if stack.redis.service in servers and refuses_api(look, stack):
        return True
    return any(not c.running for server in servers for c in look.members(server))


def _mounts(look: Look, stack: Stack, container: Container) -> Iterator[ApiFinding]:
    """Secrets and files that it lacks, or sees an older version of."""
    service, inside = look.declared.services[container.service], look.inside_api
    lacking = unmounted(look, stack, service, container)
    for mount in lacking:
        there = container.mount(mount.target)
        yield _finding(
            "api-not-mounted",
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
            yield _finding(
                "api-stale",
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
    return next(iter(doubts(look, stack, there=True)), None) or also_changes(
        look, stack, container, named
    )


def _unwell(look: Look, stack: Stack, containers: tuple[Container, ...]) -> Iterator[ApiFinding]:
    """It runs as it should, and fails its checks all the same."""
    checks = own_checks(look, stack)
    failed = failed_checks(look.answers, stack, checks)
    telling = any(
        speaks_of_redis(check, look.answers.get(number))
        for number, check in enumerate(stack.health)
        if check in checks and failure(check, look.answers.get(number))
    )
    if not failed or not telling:
        return
    names = ", ".join(c.name for c in containers)
    if lacks := _lacks(look, stack):
        seen = f"{names} runs, and a service that it needs does not"
        yield _finding("api-lacks", stack.api.service, failed[0], seen, Symptom(lacks))
        return
    because = refuses_api(look, stack)
    if because:
        look_at = f"docker logs --tail 20 {names}"
        yield _finding("api-unwell", stack.api.service, failed[0], because, Symptom(look_at))
        return
    wait = stack.timeouts.recover
    yield _finding(
        "api-unwell",
        stack.api.service,
        failed[0],
        f"{names} runs, and Redis accepts its credentials",
        Remedy(
            f"restart it, if it does not recover by itself within {wait:g} s",
            Disruption.RESTART,
            Step.RESTART,
            circumstances(look, stack, Step.RESTART.name, *failed),
        ),
    )


def _lacks(look: Look, stack: Stack) -> str | None:
    """Where to look, if a service that it needs does not run: then no restart helps.

    Redis is none of these: `refuses_api` says what keeps it from serving the API.
    """
    needed = jobs.needs(look, stack.api.service) - {stack.redis.service}
    stopped = sorted(
        c.name
        for c in network.judged(look, stack)
        if c.service in needed and not c.running and jobs.role(look, c) is not jobs.Role.JOB
    )
    return f"docker logs --tail 20 {' '.join(stopped)}" if stopped else None


def refuses_api(look: Look, stack: Stack) -> str | None:
    """Why Redis does not serve the API's own credentials; None where it does.

    A restart of the API helps only once Redis does.
    """
    user = stack.api.redis_user or stack.redis.users[0].name
    if isinstance(look.redis, Unknown):
        return look.redis.reason
    if not look.redis.login_sent:
        return f"no login was sent to {stack.redis.service}"
    if not look.redis.logins.get(user):
        return f"Redis refuses the login of {user} ({look.redis.says or 'wrong password'})"
    if not any(c.running for c in look.members(stack.redis.service)):
        return f"{stack.redis.service} does not run"
    if look.redis.loading:
        return f"{stack.redis.service} is still loading its data: {look.redis.loading}"
    if look.redis.failed_save:
        return f"{stack.redis.service} refuses writes: its last save failed"
    if any(held_up(look, c) for c in look.members(stack.redis.service)):
        return f"{stack.redis.service} has no network"
    for finding in network.attachments(look, stack):
        if finding.subject in (stack.api.service, stack.redis.service):
            return f"{finding.subject} {finding.problem}"
    digest = user_hash(look, stack, user)
    if isinstance(digest, Unknown):
        return digest.reason
    return None


def own_checks(look: Look, stack: Stack) -> tuple[HttpCheck, ...]:
    """The checks that ask the API directly, of those that can work; where there are none, all."""
    can_work = sound(look, stack)
    direct = tuple(c for c in can_work if c.host == stack.api.service)
    return direct or can_work


def may_recover(look: Look, stack: Stack) -> bool:
    """Whether it is worth waiting: it runs, fails its checks, and Redis would serve it."""
    found = findings(look, stack)
    return (
        bool(found) and all(f.kind == "api-unwell" for f in found) and not refuses_api(look, stack)
    )
