"""What a container waits for that Compose made and did not start: then it is a symptom. Pure."""

from __future__ import annotations

import shlex

from ...core.disruption import Disruption
from ...core.resolution import Later, Symptom
from ...settings import Stack
from ..compose import COMPLETED
from ..docker import Container
from ..look import Look
from . import jobs


def awaited(look: Look, stack: Stack, container: Container) -> list[str]:
    """The services without which Compose does not start it, and that do not run, or are not healthy
    where it waits for that. Jobs that have to end are none of these: `jobs.awaited`.

    How a Redis is, it says itself: its own check tells later.
    """
    service = look.declared.services.get(container.service)
    if service is None or container.status != "created":
        return []
    asked = {redis.service for redis in stack.servers}
    found = []
    for other, condition in sorted(service.waits_for.items()):
        there = [c for c in look.members(other) if c.running]
        if condition == "service_healthy" and other not in asked:
            there = [c for c in there if not c.unhealthy]
        if condition != COMPLETED and not there:
            found.append(other)
    return found


def before(look: Look, container: Container) -> Container | None:
    """
    The first one after which Compose starts it, a job too, and that is not as it has to be; None:
    it does not wait. A start-up validation is a symptom itself, of what it asks.
    """
    service = look.declared.services.get(container.service)
    if service is None or container.status != "created" or container.exit_code:
        return None
    for name, condition in sorted(service.waits_for.items()):
        for other in look.members(name):
            if condition == COMPLETED:
                ended = other.status == "exited" and not other.exit_code
                there = ended or jobs.validates(look, other)
            elif condition == "service_healthy":
                there = other.running and not other.unhealthy
            else:
                there = other.running
            if not there:
                return other
    return None


def symptom(look: Look, stack: Stack, container: Container) -> Symptom | None:
    """That a container waits for others, and is started after them; None: it does not wait."""
    others = awaited(look, stack, container)
    if not others:
        return None
    runs = f"{others[0]} runs" if len(others) == 1 else f"these run: {', '.join(others)}"
    return Symptom(
        shlex.join(("docker", "compose", "logs", "--tail", "20", *others)),
        then=(Later(container.service, "start", f"start it, once {runs}", Disruption.NONE),),
    )
