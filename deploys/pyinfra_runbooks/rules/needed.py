"""Whether what the API needs runs, or has ended with code 0: before, no restart of it helps."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..disruption import Disruption
from ..engine import Container
from ..findings import Finding, Part, Refusal, Remedy, Symptom
from ..look import Look
from ..settings import Stack
from . import jobs, network
from .api import unready
from .circumstances import circumstances
from .namespaces import held_up
from .writers import at_it


@dataclass(frozen=True, slots=True)
class Start:
    """Start a container as it is, or unpause it.

    + job: whether it has to end then, with code 0
    """

    service: str
    container: str
    job: bool = False


NeededFinding = Finding[Start]


def findings(look: Look, stack: Stack) -> Iterator[NeededFinding]:
    """Servers that the API can't do without, and that were stopped or paused; then its validations.

    Redis is none of these: its own rules say how it is started.
    """
    starting: set[str] = set()
    for container in stopped(look, stack):
        if jobs.validates(look, container):
            yield _validation(look, stack, container, starting)
            continue
        users = ", ".join(jobs.needed_by(look, container.service))
        yield Finding(
            Part.API,
            "not-running",
            container.service,
            "is not running",
            f"{container.name} is {container.status}, exit code {container.exit_code};"
            f" needed by {users}",
            answer := _answer(look, stack, container),
        )
        if isinstance(answer, Remedy):
            starting.add(container.service)


def _validation(
    look: Look, stack: Stack, container: Container, starting: Collection[str]
) -> NeededFinding:
    """A start-up validation that failed, or has not run: a symptom, while its server is the cause.

    + starting: what is started before it is run again
    """
    ended = container.status == "exited"
    who = ", ".join(jobs.kept_back(look, container.service))
    seen = f"{container.name} ended with code {container.exit_code}" if ended else container.status
    again = Remedy(
        "run it again, until it has ended with code 0",
        Disruption.NONE,
        Start(container.service, container.id, job=True),
        circumstances(look, stack, "run", container.name),
    )
    logs = shlex.join(("docker", "logs", "--tail", "1", container.name))
    return Finding(
        Part.API,
        "validation-failed",
        container.service,
        "failed" if ended else "has not run",
        f"{seen}, so Compose did not start {who}; why: {logs}",
        Symptom(logs) if unready(look, stack, container, starting) else again,
    )


def stopped(look: Look, stack: Stack) -> list[Container]:
    """The containers that the findings are about, servers before jobs."""
    needed = jobs.needs(look, stack.api.service) - {stack.redis.service}
    judged = network.judged(look, stack)
    found = [
        c
        for c in look.members()
        if c.service in needed
        and (c in judged or (jobs.validates(look, c) and not jobs.ended(look, stack, c)))
        and c.status in ("exited", "created", "paused")
        and not held_up(look, c)
    ]
    return sorted(found, key=lambda c: jobs.role(look, c) is jobs.Role.JOB)


def _answer(look: Look, stack: Stack, container: Container) -> Remedy[Start] | Refusal:
    verb = "unpause" if container.status == "paused" else "start"
    by_hand = shlex.join(("docker", verb, container.name))
    if because := jobs.not_once_more(look, stack, container):
        return because
    if stack.unattended and container.service not in {s.name for s in stack.services}:
        return Refusal(
            "it may have been stopped on purpose, and the inventory does not name it",
            f"{by_hand}; or name it, so that jobs start it: Stack(services=...)",
        )
    return at_it(look, container) or Remedy(
        f"{verb} it",
        Disruption.NONE,
        Start(container.service, container.id),
        circumstances(look, stack, verb, container.name),
    )
