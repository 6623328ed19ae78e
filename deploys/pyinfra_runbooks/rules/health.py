"""Whether the stack is healthy, by its own answers."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from ..engine import Container
from ..findings import Finding, Part, Refusal, Symptom, Unknown
from ..look import Look
from ..settings import Stack
from . import jobs, network, undeclared
from .checks import failure, mistake
from .namespaces import held_up
from .needed import stopped

HealthFinding = Finding[None]


def findings(look: Look, stack: Stack) -> list[HealthFinding]:
    """Every proof of health that fails: what was expected, what came, and where to look."""
    return [
        *_services(look, stack),
        *jobs.findings(look, stack),
        *_redis(look, stack),
        *_answers(look, stack),
    ]


def _finding(
    kind: str, subject: str, problem: str, evidence: str, answer: str | Refusal
) -> HealthFinding:
    """A symptom, with where to look; or what a person has to see to."""
    symptom = Symptom(answer) if isinstance(answer, str) else answer
    return Finding(Part.HEALTH, kind, subject, problem, evidence, symptom)


def _answers(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    for number, check in enumerate(stack.health):
        problem = failure(check, look.answers.get(number))
        if problem and (wrong := mistake(look, stack, number)):
            yield _finding(
                "check-mistaken", "health", f"{check.url} can't work as a check", problem, wrong
            )
        elif problem:
            where = _logs(stack.api.service)
            yield _finding("unhealthy", "health", problem, "asked from this host", where)


def _services(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    """Every service runs, and accepts connections on the network."""
    for name in (s.name for s in stack.services if s.name not in look.declared.services):
        seen = undeclared.seen(look, name)
        there = f" ({undeclared.PROFILE}?)" if look.members(name) else ""
        where = f"correct the name in the inventory: Stack(services=...){there}"
        yield _finding("not-declared", name, "is not a service of this project", seen, where)
    judged = network.judged(look, stack)
    needed = stopped(look, stack)  # Those are findings of their own.
    for service in network.judged_services(look, stack):
        if stack.services and not any(c.service == service for c in look.members()):
            seen = f"docker ps -a shows none for it in project {look.declared.name}"
            make = ("docker", "compose", "up", "--detach", "--no-deps", "--no-recreate", service)
            answer = _by_a_person(service, stack, shlex.join(make))
            yield _finding("not-running", service, "has no container", seen, answer)
    for container in (c for c in judged if c not in needed):
        yield from _container(look, stack, container)


def _logs(service: str) -> str:
    return f"docker compose logs --tail 20 {service}"


def _by_a_person(service: str, stack: Stack, command: str) -> str | Refusal:
    """Redis and the API are started; another service may have been stopped on purpose."""
    if service in (stack.redis.service, stack.api.service):
        return _logs(service)
    return Refusal("a recovery starts only Redis, the API and what the API needs", command)


def _container(look: Look, stack: Stack, container: Container) -> Iterable[HealthFinding]:
    """It runs, and accepts connections."""
    service = container.service
    if not container.running:
        users = ", ".join(jobs.needed_by(look, service))
        seen = f"{container.name} is {container.status}, exit code {container.exit_code}"
        seen += f"; needed by {users}" if users else ""
        if jobs.validates(look, container):  # It keeps others from starting; they are named.
            look_at = shlex.join(("docker", "logs", "--tail", "1", container.name))
            yield _finding("validation-failed", service, "failed", seen, look_at)
            return
        if container.status == "restarting":  # It may come up yet; the others never will.
            yield _finding("restarting", service, "keeps restarting", seen, _logs(service))
            return
        verb = {"paused": "unpause", "dead": "inspect", "removing": "inspect"}
        command = shlex.join(("docker", verb.get(container.status, "start"), container.name))
        # Where its network is gone, that is a finding of its own, and its repair starts it, too.
        waits = held_up(look, container)
        answer = _logs(service) if waits else _by_a_person(service, stack, command)
        if jobs.is_job(look, stack, container):
            answer = jobs.not_once_more(look, stack, container) or answer
        yield _finding("not-running", service, "is not running", seen, answer)
        return
    ports = look.ports.get(service, {})
    if _reachable(container, stack) and not any(ports.values()):
        tried = ", ".join(str(p) for p in sorted(ports))
        seen = f"{container.name} refused port {tried}" if ports else "no port could be tried"
        yield _finding(
            "refuses", service, "accepts no connection", f"{seen}, from its host", _logs(service)
        )


def _reachable(container: Container, stack: Stack) -> bool:
    """It has an address, and a port that the inventory or its image names."""
    port = stack.port_of(container.service) or container.ports
    return bool(port) and any(e.address for e in container.networks.values())


def _redis(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    """Declared users get in, and no other client does."""
    name = stack.redis.service
    where = f"docker compose logs --tail 20 {name}"
    if isinstance(look.redis, Unknown):
        yield _finding("redis-silent", name, "can't be asked", look.redis.reason, where)
        return
    if look.redis.loading:
        yield _finding("loading", name, "is still loading its data", look.redis.loading, where)
    if look.redis.failed_save:
        seen = f"its last save failed ({look.redis.failed_save}), after which it refuses writes"
        yield _finding("save-failed", name, "can't save its data", seen, where)
    for user in (u.name for u in stack.redis.users):
        if look.redis.login_sent and not look.redis.logins.get(user):
            seen = f"AUTH {user} was refused"
            yield _finding("refuses-user", name, f"refuses the login of {user}", seen, where)
    if look.redis.anybody:
        seen = "PING without credentials was answered" if look.redis.open else "default has nopass"
        yield _finding("open", name, "accepts unauthenticated clients", seen, where)
