"""What a host runs beside what its inventory declares: projects that are found, and the rest. Pure.

Labels say which containers are a project's: who may start a container may set them, so they are a
claim. Nothing is done by them but looking, and what nobody notices.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable

from ..core.errors import SettingsError
from ..settings import Compose, FoundStack, Stack
from ..settings.found import UNKNOWN_PLACE
from . import projects
from .docker import Container
from .found import Found

NAMED = 5
"""How many containers are named that belong to no project; the others are counted."""


def found_stacks(found: Found, declared: Iterable[Stack] = ()) -> tuple[FoundStack, ...]:
    """
    A stack for each project of a host that no inventory declares, by their names.

    + found: what the host runs
    + declared: the stacks that the inventory declares for it
    """
    known = {projects.project(found, stack.compose).name for stack in declared}
    others = [p for p in projects.projects(found).values() if p.members and p.name not in known]
    made_in = Counter(project.directory for project in others)
    stacks = (_stack(project, made_in[project.directory] > 1) for project in others)
    return tuple(sorted(filter(None, stacks), key=lambda stack: str(stack.compose.name)))


def _stack(project: projects.Project, shares: bool) -> FoundStack | None:
    """Where its containers say no place that there can be, it is known by its name alone; one with
    a name that Compose does not allow is none of Compose's."""
    place = project.directory
    usable = place.startswith("/") and place.isprintable() and posixpath.normpath(place) == place
    for directory in (place, UNKNOWN_PLACE) if usable else (UNKNOWN_PLACE,):
        try:
            return FoundStack(
                Compose(directory, name=project.name), shares=shares and directory == place
            )
        except SettingsError:
            continue
    return None


def ignored(found: Found, stacks: Iterable[Stack]) -> tuple[str, ...]:
    """
    Which containers are not looked at, and why: each kind in one line.

    + stacks: all that are looked at
    """
    seen = {projects.project(found, stack.compose).name for stack in stacks} - {""}
    kinds: dict[str, list[Container]] = {}
    for container in found.containers:
        if why := _why_ignored(container, seen):
            kinds.setdefault(why, []).append(container)
    return tuple(f"not looked at: {_named(which)}: {why}" for why, which in sorted(kinds.items()))


def _why_ignored(container: Container, seen: set[str]) -> str:
    if container.swarm:
        return f"Swarm stack {container.swarm}; see docker stack services {container.swarm}"
    if not container.project:
        return "no Compose project has it"
    if container.oneoff:
        return "made by docker compose run"
    if container.project not in seen:
        return f"project {container.project}, which has no service"
    return ""


def _named(containers: list[Container]) -> str:
    names = [container.name for container in containers]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
