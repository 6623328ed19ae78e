"""Which servers and validations that a client needs are stopped. Pure."""

from __future__ import annotations

from ...core.kind import kind
from ...settings import Stack
from ..docker import Container
from ..look import Look
from ..parts import UNSERVED, Part
from . import jobs, places
from .namespaces import held_up

NOT_RUNNING = kind(
    "not-running",
    title="A service does not run",
    part=Part.HEALTH,
    means="What uses it fails.",
    known="`docker ps -a`: its container is stopped or paused, or there is none.",
    repair="What the API needs is started as it is, by a job only where the inventory names it."
    " Of others the command is shown: they may have been stopped on purpose.",
    undo="docker stop CONTAINER",
    explains=("validation-failed", "api-lacks", *UNSERVED),
    holds_up=("run",),
)
VALIDATION_FAILED = kind(
    "validation-failed",
    title="A start-up validation failed, or has not run",
    part=Part.HEALTH,
    means="Compose does not start the services that wait for it.",
    known="The exit code of its container, which only asks its server.",
    repair="It is run again once its server runs; until then it is a symptom.",
    explains=("api-stopped", "unhealthy"),
)


def stopped(look: Look, stack: Stack) -> list[Container]:
    """The containers that the findings are about, servers before jobs."""
    needed = frozenset[str]().union(*(jobs.needs(look, c.service) for c in stack.clients))
    needed -= {component.service for component in (*stack.servers, *stack.clients)}
    managed = places.managed_containers(look, stack)
    found = [
        c
        for c in look.members()
        if c.service in needed
        and (c in managed or (jobs.validates(look, c) and not jobs.ended(look, stack, c)))
        and c.status in ("exited", "created", "paused")
        and not held_up(look, c)
    ]
    return sorted(found, key=lambda c: jobs.role(look, c) is jobs.Role.JOB)
