"""Whom a stack's questions are about, and what a container sees of its mounts. Pure.

A pack brings its questions along (`pack.Pack`): each is a script and a `Probe`, and `Look.of` has
its answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.unknown import Unknown
from ..settings import Component, Redis, Stack
from . import files, projects
from .docker import Container
from .files import File
from .found import Found
from .probe import Probe
from .projects import Project, container_of, only
from .shell.stack import json_matters
from .unseen import said


@dataclass(frozen=True, slots=True)
class Asking:
    """What a stack's questions are based on.

    + project: its project on the host
    """

    stack: Stack
    found: Found
    project: Project

    @classmethod
    def of(cls, stack: Stack, found: Found) -> Asking:
        """What there is to ask of a stack, by what is found on its host."""
        return cls(stack, found, projects.project(found, stack.compose))

    def server(self, redis: Redis) -> Container | None:
        """The container that is asked as a Redis of the stack."""
        return only(self.project.of(redis.service))


@dataclass(frozen=True, slots=True)
class Member:
    """A component of a stack, of which something is asked."""

    asking: Asking
    component: Component

    @property
    def containers(self) -> tuple[Container, ...]:
        """Those of its service."""
        return self.asking.project.of(self.component.service)


@dataclass(frozen=True, slots=True)
class Inside:
    """What a container sees of its mounts.

    + uid: who the service's process runs as
    + groups: that process' groups
    + data: its data directory, where one was asked for
    + kept: a file in its data directory, or a directory in one of that; empty: there is none; None:
      that is not known
    + files: every file that is mounted alone, by its path in the container
    + server: the name of the server's program: ``valkey-server``; empty: it is none that is known
    """

    uid: int
    groups: frozenset[int]
    data: File | None
    files: Mapping[str, File]
    server: str = ""
    kept: str | None = None


def parse_inside(lines: Sequence[str], status: int) -> Inside | Unknown:
    """What `inside.sh` tells.

    + status: how it ended
    """
    user = next((line.split()[1:] for line in lines if line.startswith("u ")), None)
    if not user or status:
        return Unknown(f"the container can't be looked into: {said(lines)}")
    ids = [int(n) for n in user if n.isdecimal()]
    data = next((line[2:] for line in lines if line.startswith("d ")), None)
    return Inside(
        uid=ids[0] if ids else -1,
        groups=frozenset(ids[1:]),
        data=None if data is None else files.about(data),
        files=files.parse(lines),
        server=next((x[2:] for x in lines if re.fullmatch("b (redis|valkey)-server", x)), ""),
        kept=next((line[2:] for line in lines if line.startswith("h ")), None),
    )


def _inside_api(lines: Sequence[str]) -> Inside | Unknown | None:
    return parse_inside(lines, 0) if any(lines) else None


def _look_inside(member: Member) -> Mapping[str, object] | None:
    """A container of it, where that mounts something from the host."""
    one = container_of(member.containers)
    files = tuple(m.source for m in one.mounts if m.kind == "bind") if one else ()
    if one is None or not one.pid or not files:
        return None
    return {
        "id": one.id,
        "pid": one.pid,
        "since": one.since,
        "files": files,
        "json_matters": json_matters(member.asking.stack),
    }


INSIDE: Probe[Member, Inside | Unknown | None] = Probe(
    "api", "ask_inside.sh", _inside_api, _look_inside
)
"""What a client sees of its mounts; a look has it among its `insides`."""
