"""What is asked of each PostgreSQL in a look. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from ...engine.asked import Member
from ...engine.docker import Container
from ...engine.probe import Probe
from ...engine.projects import Project, address, only
from ...settings import Stack
from . import seen
from .seen import Seen
from .settings import Postgres


def about(stack: Stack, postgres: Postgres, at: str) -> dict[str, object]:
    """
    How a script logs in, and at which address.

    + at: its container's address
    """
    return {
        "address": at,
        "port": stack.port_of(postgres.service),
        "user": postgres.user,
        "database": postgres.database,
        "password_file": stack.compose.path(postgres.password.path) if postgres.password else "",
    }


def _ask(member: Member) -> Mapping[str, object] | None:
    """Of several containers none is asked: which of them is the server, no label tells."""
    one, postgres = only(member.containers), member.component
    if one is None or not isinstance(postgres, Postgres):
        return None
    stack, project = member.asking.stack, member.asking.project
    if not one.running:
        kept = (m.source for m in one.mounts if _holds_data(postgres, m.target) and m.writable)
        return {"places": tuple(sorted(kept))}
    others = {container.id: container for container in member.asking.found.containers}
    return {
        **about(stack, postgres, address(one, others)),
        "id": one.id,
        "data": postgres.data,
        "password_from": password_from(stack, postgres, one, project),
    }


def password_from(stack: Stack, postgres: Postgres, container: Container, project: Project) -> str:
    """
    ``given`` to its container, a ``file`` that it mounts, or ``nowhere``: a file's password goes
    only to a container that mounts that very file. The engine says what it mounts.

    + project: its directory may have several names, by links
    """
    if postgres.password is None:
        return "given"
    names = (stack.compose.directory, *project.spellings)
    paths = {posixpath.join(name, postgres.password.path) for name in names}
    return "file" if paths & {mount.source for mount in container.mounts} else "nowhere"


def _holds_data(postgres: Postgres, target: str) -> bool:
    """Whether its data is there, by where it is declared to be, or where images have it."""
    places = (postgres.data,) if postgres.data else ("/var/lib/postgresql", "/bitnami/postgresql")
    return any(
        f"{inner}/".startswith(f"{outer}/")
        for place in places
        for inner, outer in ((target, place), (place, target))
    )


POSTGRES: Probe[Member, Seen] = Probe("postgres", "ask_postgres.sh", seen.parse, _ask)
"""What it says of itself, what came of a login, and how full its disk is."""
