"""Whether the servers that the API needs run: while they don't, no restart of the API helps."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from ..disruption import Disruption
from ..engine import Container
from ..findings import Finding, Part, Refusal, Remedy
from ..look import Look
from ..settings import Stack
from . import jobs, network
from .circumstances import circumstances
from .namespaces import held_up
from .writers import at_it


@dataclass(frozen=True, slots=True)
class Start:
    """Start a container as it is, or unpause it."""

    service: str
    container: str


NeededFinding = Finding[Start]


def findings(look: Look, stack: Stack) -> Iterator[NeededFinding]:
    """Servers that the API can't do without, and that were stopped or paused.

    Redis is none of these: its own rules say how it is started.
    """
    for container in stopped(look, stack):
        users = ", ".join(jobs.needed_by(look, container.service))
        yield Finding(
            Part.API,
            "not-running",
            container.service,
            "is not running",
            f"{container.name} is {container.status}, exit code {container.exit_code};"
            f" needed by {users}",
            _answer(look, stack, container),
        )


def stopped(look: Look, stack: Stack) -> list[Container]:
    """The containers that the findings are about."""
    needed = jobs.needs(look, stack.api.service) - {stack.redis.service}
    return [
        c
        for c in network.judged(look, stack)
        if c.service in needed
        and c.status in ("exited", "created", "paused")
        and not held_up(look, c)
    ]


def _answer(look: Look, stack: Stack, container: Container) -> Remedy[Start] | Refusal:
    verb = "unpause" if container.status == "paused" else "start"
    by_hand = shlex.join(("docker", verb, container.name))
    if job := jobs.not_once_more(look, stack, container):
        return job
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
