"""Whether a container that does not come up says why itself, or waits for another one. Pure."""

from __future__ import annotations

import shlex

from ..compose import COMPLETED
from ..docker import Container
from ..last_words import What, in_trouble, words_of
from ..look import Look
from . import jobs


def logs(container: Container) -> str:
    """Where a person reads the rest of it."""
    return shlex.join(("docker", "logs", "--tail", "20", container.name))


def says_why(look: Look, container: Container) -> bool:
    """Whether it named a cause of its own, which is a finding (of the pack `logs`)."""
    words = words_of(look, container) if in_trouble(container, look.at) else None
    return bool(words and words.cause)


def waits_for(look: Look, container: Container) -> str | None:
    """
    Which other one it waits for, or did not reach, and that does not run: it is a symptom of that.

    Compose creates what waits, and starts it only once the others are there; what does not wait
    ends where it can't reach them.
    """
    if container.status == "created" and not container.exit_code:
        return _kept_waiting(look, container)
    words = words_of(look, container)
    if words is None or words.what is not What.ELSEWHERE or words.of("error") == "login":
        return None
    host = words.of("host")
    for other in look.members():
        named = host in {other.service, other.name, *_names(other)}
        meant = named or (not host and other.service in jobs.needs(look, container.service))
        if meant and other.service != container.service and _down(look, other):
            return f"it did not reach {host or other.service}: {other.name} is {other.status}"
    return None


def _names(container: Container) -> set[str]:
    return {name for endpoint in container.networks.values() for name in endpoint.names}


def _down(look: Look, container: Container) -> bool:
    """Whether it does not run, and is to."""
    if container.service not in look.declared.services:
        return not container.running
    return not container.running and jobs.role(look, container) is not jobs.Role.JOB


def _kept_waiting(look: Look, container: Container) -> str | None:
    service = look.declared.services.get(container.service)
    for name, condition in sorted(service.waits_for.items()) if service else ():
        for other in look.members(name):
            if condition == COMPLETED and jobs.validates(look, other):
                continue  # It is a symptom itself, of what it asks.
            if condition == COMPLETED:
                there = other.status == "exited" and not other.exit_code
            elif condition == "service_healthy":
                there = other.running and not other.unhealthy
            else:
                there = other.running
            if not there:
                return f"it is started after {other.name}, which is {_state(other)}"
    return None


def _state(container: Container) -> str:
    return container.health if container.running and container.health else container.status
