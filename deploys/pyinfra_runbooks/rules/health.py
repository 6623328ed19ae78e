"""Whether the stack is well, by its own answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..engine import Container
from ..findings import Finding, Part, Symptom, Unknown
from ..look import Answer, Look
from ..settings import HttpCheck, Stack
from . import network

HealthFinding = Finding[None]


def findings(look: Look, stack: Stack) -> list[HealthFinding]:
    """Every proof of health that fails: what was expected, what came, and where to look."""
    return [*_services(look, stack), *_redis(look, stack), *_answers(look, stack)]


def _finding(kind: str, subject: str, problem: str, evidence: str, look_at: str) -> HealthFinding:
    return Finding(Part.HEALTH, kind, subject, problem, evidence, Symptom(look_at))


def failed_checks(
    answers: Mapping[int, Answer], stack: Stack, checks: Iterable[HttpCheck] | None = None
) -> list[str]:
    """What the checks that failed say: what was expected, and what came."""
    wanted = list(stack.health if checks is None else checks)
    return [
        problem
        for number, check in enumerate(stack.health)
        if check in wanted and (problem := failure(check, answers.get(number)))
    ]


def failure(check: HttpCheck, answer: Answer | None) -> str | None:
    """Why an answer does not prove health; None where it does."""
    if answer is None:
        return f"{check.url} was not asked"
    if answer.status == 0:
        return f"{check.url} does not answer: {answer.body or 'nothing'}"
    if answer.status != check.status:
        return f"{check.url} answered {answer.status} {answer.body}, expected {check.status}"
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return f"{check.url} answered {answer.body or 'nothing'}, expected JSON"
    if check.expect is not None and body != check.expect:
        return f"{check.url} answered {answer.body}, expected {json.dumps(check.expect)}"
    if check.non_empty is not None and not _non_empty(body, check.non_empty):
        return f"{check.url} answered no {check.non_empty}, expected a non-empty one"
    return None


def cut_short(answers: Mapping[int, Answer], stack: Stack) -> bool:
    """Whether a check got less time than it may take, and had no answer by then."""
    return any(
        number in answers and answers[number].gave_up_before(check.timeout)
        for number, check in enumerate(stack.health)
    )


def speaks_of_redis(check: HttpCheck, answer: Answer | None) -> bool:
    """Whether a failure may come from Redis: no answer, an error, or another value than expected.

    An answer that merely has more or fewer fields is another version of the API, and no restart
    would change it.
    """
    if answer is None or answer.status == 0 or answer.status >= 500 or check.expect is None:
        return True
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return True
    shared = set(check.expect) & set(body) if isinstance(body, dict) else set()
    return any(body[key] != check.expect[key] for key in shared)


def _non_empty(body: Any, dotted: str) -> bool:
    for key in dotted.split("."):
        body = body.get(key) if isinstance(body, dict) else None
    return isinstance(body, str) and body != ""


def _answers(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    for number, check in enumerate(stack.health):
        if problem := failure(check, look.answers.get(number)):
            subject = stack.api.service
            where = f"docker compose logs --tail 20 {subject}"
            yield _finding("unhealthy", "health", problem, "asked from this host", where)


def _services(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    """Every service runs, and accepts connections on the network."""
    for name in (s.name for s in stack.services if s.name not in look.declared.services):
        seen = f"Compose declares {', '.join(sorted(look.declared.services))}"
        yield _finding("not-declared", name, "is no service of this project", seen, "the inventory")
    judged = network.judged(look, stack)
    for service in network.judged_services(look, stack):
        if stack.services and not any(c.service == service for c in look.members()):
            seen = f"docker ps -a shows none for it in project {look.declared.name}"
            yield _finding("not-running", service, "has no container", seen, _logs(service))
    for container in judged:
        yield from _container(look, stack, container)


def _logs(service: str) -> str:
    return f"docker compose logs --tail 20 {service}"


def _container(look: Look, stack: Stack, container: Container) -> Iterable[HealthFinding]:
    """It runs, and accepts connections."""
    service = container.service
    if not container.running:
        seen = f"{container.name} is {container.status}, exit code {container.exit_code}"
        # One that is started again by itself may come up yet; the others never will.
        kind = "restarting" if container.status == "restarting" else "not-running"
        yield _finding(kind, service, "is not running", seen, _logs(service))
        return
    ports = look.ports.get(service, {})
    if _reachable(container, stack) and not any(ports.values()):
        tried = ", ".join(str(p) for p in sorted(ports))
        seen = f"{container.name} refused port {tried}" if ports else "nobody could try"
        yield _finding(
            "refuses", service, "accepts no connection", f"{seen}, from its host", _logs(service)
        )


def _reachable(container: Container, stack: Stack) -> bool:
    """It has an address of its own, and a port that somebody gave it."""
    port = stack.port_of(container.service) or container.ports
    return bool(port) and any(e.address for e in container.networks.values())


def _redis(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    """Declared users get in, and nobody else does."""
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
        if look.redis.told and not look.redis.logins.get(user):
            seen = f"AUTH {user} was refused"
            yield _finding("refuses-user", name, f"does not let {user} in", seen, where)
    if look.redis.anybody:
        seen = "PING without credentials was answered" if look.redis.open else "default has nopass"
        yield _finding("open", name, "admits anybody", seen, where)
