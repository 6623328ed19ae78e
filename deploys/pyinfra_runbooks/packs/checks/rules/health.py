"""Whether the stack is healthy, by its own answers."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from itertools import pairwise

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Refusal, Symptom
from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.last_words import unread
from ....engine.look import Look
from ....engine.parts import Part
from ....engine.rules import jobs, places, undeclared, waiting
from ....engine.rules.checks import asks, awaited, failure, mistake
from ....engine.rules.last_words import did_not_reach, logs, says_why
from ....engine.rules.namespaces import held_up
from ....engine.rules.refused import refused_by
from ....engine.rules.stopped import NOT_RUNNING, VALIDATION_FAILED, stopped
from ....settings import (
    Check,
    CommandCheck,
    ContainerCheck,
    FoundStack,
    HttpCheck,
    Stack,
    TcpCheck,
)
from ..probe import PORTS
from ..sentence import answered, asked

HealthFinding = Finding[None]

UNHEALTHY = kind(
    "unhealthy",
    title="A health check fails",
    part=Part.HEALTH,
    means="What users see is broken, or will be.",
    known="What came of a declared check, against what is expected.",
    repair="That of its cause, which is a finding of its own.",
    clears_itself=True,
)
CHECK_MISTAKEN = kind(
    "check-mistaken",
    title="A health check can't work",
    part=Part.HEALTH,
    means="It proves nothing: whatever it asks may be healthy.",
    known="No such name, nothing listens on that port, 404, text instead of JSON, no such command,"
    " no health check of the container's own.",
    repair="Nothing: correct the check in the inventory. It passes by itself where a proxy has yet"
    " to find what was started.",
    clears_itself=True,
    about_inventory=True,
)
NOT_DECLARED = kind(
    "not-declared",
    title="The inventory names a service that Compose does not declare",
    part=Part.HEALTH,
    means="Nothing is known of it.",
    known="`docker compose config`, with the files and profiles of the inventory.",
    repair="Nothing: correct the name, or the profiles, in the inventory.",
    about_inventory=True,
)
RESTARTING = kind(
    "restarting",
    title="A service keeps restarting",
    part=Part.HEALTH,
    means="It exits each time Docker starts it: its log says why.",
    known="`docker inspect`: the container is restarting.",
    repair="That of its cause; it may come up by itself after that.",
    clears_itself=True,
)
REFUSES = kind(
    "refuses",
    title="A service accepts no connection",
    part=Part.HEALTH,
    means="Its container runs, but serves nobody.",
    known="Its port, from the host: the one of the inventory, or those of its image.",
    repair="That of its cause; a service that has just started gets ready by itself.",
    clears_itself=True,
)
NO_CHECK = kind(
    "no-check",
    title="Nothing answers for the stack's health",
    part=Part.HEALTH,
    means="Nothing is found to be wrong, and nothing proves that users are served.",
    known="No check is declared, no container has one, and no service has a port to ask.",
    repair="Nothing: declare what proves health.",
    breaks_health=False,
)


def findings(look: Look, stack: Stack) -> list[HealthFinding]:
    """Every proof of health that fails: what was expected, what came, and where to look."""
    return [
        *_services(look, stack),
        *jobs.findings(look, stack),
        *_answers(look, stack),
    ]


def _answers(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    # Of what is only found, nobody has said what proves it: its one line says so.
    if not stack.health and not isinstance(stack, FoundStack) and not answered(look, stack):
        seen = f"what was looked at: {asked(look, stack)}"
        yield NO_CHECK.found("health", "is not proved: nothing answers for it", seen)
    for number, check in enumerate(stack.health):
        answer = look.answers.get(number)
        problem = None if awaited(look, check, answer) else failure(check, answer)
        if problem and (wrong := mistake(look, stack, number)):
            yield CHECK_MISTAKEN.found(
                "health", f"{check.name} can't work as a check", problem, wrong
            )
        elif problem:
            where = Symptom(_logs(*_asked(stack, check)))
            yield UNHEALTHY.found("health", problem, _HOW[type(check)], where)


_HOW = {
    HttpCheck: "asked from this host",
    TcpCheck: "asked from this host",
    CommandCheck: "by docker exec",
    ContainerCheck: "by docker inspect",
}


def _services(look: Look, stack: Stack) -> Iterable[HealthFinding]:
    """Every service runs, and accepts connections on the network."""
    for name in (s.name for s in stack.services if s.name not in look.declared.services):
        seen = undeclared.seen(look, name)
        there = f" ({undeclared.PROFILE}?)" if look.members(name) else ""
        where = Symptom(f"correct the name in the inventory: Stack(services=...){there}")
        yield NOT_DECLARED.found(name, "is not a service of this project", seen, where)
    managed = places.managed_containers(look, stack)
    needed = stopped(look, stack)  # Those are findings of their own.
    for service in places.managed_services(look, stack):
        if stack.services and not any(c.service == service for c in look.members()):
            seen = f"docker ps -a shows none for it in project {look.declared.name}"
            make = ("docker", "compose", "up", "--detach", "--no-deps", "--no-recreate", service)
            answer = _by_a_person(service, stack, shlex.join(make))
            yield NOT_RUNNING.found(service, "has no container", seen, answer)
        elif users := _missed_by(look, stack, service):
            seen = f"docker ps -a shows none for it in project {look.declared.name}"
            seen += f"; needed by {', '.join(users)}"
            answer = Refusal(_NOT_STARTED, f"docker compose up --detach --no-deps {service}")
            yield NOT_RUNNING.found(service, "has no container", seen, answer)
    for container in (c for c in managed if c not in needed):
        if container.running or stack.server(container.service) is None:
            yield from _container(look, stack, container)  # A Redis that is stopped is its pack's.


def _asked(stack: Stack, check: Check) -> list[str]:
    """The services that a check may be about."""
    if not isinstance(check, HttpCheck) and asks(check, stack):
        return [check.host]
    named = stack.client(check.host)
    several = len(stack.clients) > 1
    return [named.service] if named and several else [c.service for c in stack.clients]


def _logs(*services: str) -> str:
    return " ".join(("docker compose logs --tail 20", *services))


def _by_a_person(service: str, stack: Stack, command: str) -> Symptom | Refusal:
    """Redis and the API are started; another service may have been stopped on purpose."""
    if stack.server(service) or stack.client(service):
        return Symptom(_logs(service))
    return Refusal(_NOT_STARTED, command)


_NOT_STARTED = "a recovery starts only Redis, the API and what the API needs"


def _missed_by(look: Look, stack: Stack, service: str) -> list[str]:
    """The running services that depend on a service that has no container; none where it may be a
    job whose container was removed, or where it is declared without any (``scale: 0``)."""
    is_server = jobs.role_of(look, service) is jobs.Role.SERVER
    if look.members(service) or stack.server(service) or not is_server:
        return []
    return [] if look.declared.services[service].none else jobs.left_without(look, service)


def _container(look: Look, stack: Stack, container: Container) -> Iterable[HealthFinding]:
    """It runs, and accepts connections."""
    service = container.service
    if not container.running:
        users = ", ".join(jobs.needed_by(look, service))
        seen = f"{container.name} is {container.status}, exit code {container.exit_code}"
        seen += f"; needed by {users}" if users else ""
        if jobs.validates(look, container):  # It keeps others from starting; they are named.
            look_at = Symptom(shlex.join(("docker", "logs", "--tail", "1", container.name)))
            yield VALIDATION_FAILED.found(service, "failed", seen, look_at)
            return
        before = waiting.before(look, container)
        unreached = did_not_reach(look, container)
        after = f"it is started after {before.name}, which is {_state(before)}" if before else ""
        seen += f"; {after or unreached}" if after or unreached else ""
        seen += "; its log could not be read" if unread(look, container) else ""
        if container.status == "restarting":  # It may come up yet; the others never will.
            yield RESTARTING.found(service, "keeps restarting", seen, Symptom(_logs(service)))
            return
        verb = {"paused": "unpause", "dead": "inspect", "removing": "inspect"}
        command = shlex.join(("docker", verb.get(container.status, "start"), container.name))
        # Where its network is gone, that is a finding of its own, and its repair starts it, too.
        waits = held_up(look, container)
        answer = Symptom(_logs(service)) if waits else _by_a_person(service, stack, command)
        if jobs.is_job(look, stack, container):
            answer = jobs.not_once_more(look, stack, container) or answer
        # One that Compose made and did not start waits for others, which are what is wrong: it has
        # no log of its own.
        if before:
            answer = Symptom(_logs(before.service))
        answer = waiting.symptom(look, stack, container) or answer
        if unreached or says_why(look, container) or refused_by(look, stack, container):
            answer = Symptom(logs(container))
        yield NOT_RUNNING.found(service, "is not running", seen, answer)
        return
    if _reachable(look, container, stack):
        tried = look.of(PORTS)
        yield from _connections(tried, container)


def _connections(
    tried: dict[str, dict[int, bool]] | Unknown, container: Container
) -> Iterable[HealthFinding]:
    """Whether it accepts no connection from its host, at any port."""
    where = Symptom(_logs(container.service))
    if isinstance(tried, Unknown):
        said = f"its ports could not be tried from its host: {tried.reason}"
        yield REFUSES.found(container.service, "may accept no connection", said, where)
        return
    ports = tried.get(container.service, {})
    if not any(ports.values()):
        which = ", ".join(str(p) for p in sorted(ports))
        seen = f"refused port {which}" if ports else "answered at no port in time"
        seen = f"{container.name} {seen}, from its host"
        yield REFUSES.found(container.service, "accepts no connection", seen, where)


def _state(container: Container) -> str:
    return container.health if container.running and container.health else container.status


def _reachable(look: Look, container: Container, stack: Stack) -> bool:
    """
    It has an address, and a port that the inventory or its image names.

    What an image exposes, a worker that shares it with a server need not open: it counts where the
    inventory names the service, or the compose file says that it serves. A Redis that answers
    at another port, or at a socket, need not open it either.
    """
    service = container.service
    if not stack.port_of(service) and _answers_elsewhere(look, container):
        return False
    named = service in {*stack.declared_services, *(s.name for s in stack.services)}
    serves = named or look.declared.services[service].serves
    port = stack.port_of(service) or (container.ports if serves else ())
    return bool(port) and any(e.address for e in container.networks.values())


def _answers_elsewhere(look: Look, container: Container) -> bool:
    """Whether it is a Redis that has answered, and not at a port that its image exposes."""
    server = look.server(container.service)
    if isinstance(server, Unknown) or not server.reach:
        return False
    if "-s" in server.reach:
        return True
    numbers = [after for word, after in pairwise(server.reach) if word == "-p"]
    return bool(numbers) and not {*numbers} & {str(port) for port in container.ports}
