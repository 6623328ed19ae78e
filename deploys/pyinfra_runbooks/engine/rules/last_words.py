"""Whether a container that does not come up says why itself, or did not reach another one. Pure."""

from __future__ import annotations

import shlex

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


def did_not_reach(look: Look, container: Container) -> str | None:
    """
    Which other one it did not reach, and that does not run: it is a symptom of that.

    What Compose has not started yet has reached nobody: `waiting`.
    """
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
