"""Who is who on a host: which containers, files and directory are a Compose project's. Pure.

Labels say so, and a label is only a claim: it makes a container a candidate. A project's directory
and files are those that most of its containers were created from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TypeVar

from ..settings import Compose
from .docker import Container
from .found import Found

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Project:
    """A Compose project of a host, as its containers' labels describe it.

    + name: the project's; empty: no container says
    + directory: where Compose was called, as it was called then: it resolves relative paths by it
    + spellings: all names that this directory has, by links; its own first
    + files: the compose files that most were made from; empty: Compose's own choice
    + env_files: its env files, the same way
    + members: its containers, but for those of ``docker compose run``; the newest first
    """

    name: str
    directory: str
    spellings: tuple[str, ...]
    files: tuple[str, ...]
    env_files: tuple[str, ...]
    members: tuple[Container, ...]

    def of(self, service: str) -> tuple[Container, ...]:
        """The containers of one of its services."""
        return tuple(c for c in self.members if c.service == service)

    def placed(self, container: Container, directory: str) -> Container:
        """
        The container, with paths as this project has them, where its directory has several names.

        + directory: as the inventory calls it, which Compose's own labels get; mounts get the name
          under which Compose was asked
        """
        if len(self.spellings) < 2:
            return container

        def by(name: str, path: str) -> str:
            found = [s for s in self.spellings if f"{path}/".startswith(f"{s}/")]
            return name + path[len(max(found, key=len)) :] if found else path

        return replace(
            container,
            mounts=tuple(
                replace(m, source=by(self.directory, m.source)) if m.kind == "bind" else m
                for m in container.mounts
            ),
            working_dir=by(directory, container.working_dir),
            config_files=tuple(by(directory, file) for file in container.config_files),
            env_files=tuple(by(directory, file) for file in container.env_files),
        )


def projects(found: Found) -> dict[str, Project]:
    """Every project of which a host has containers, by its name."""
    names = dict.fromkeys(c.project for c in found.containers if c.project)
    return {
        name: _project(found, name, [c for c in found.containers if c.project == name])
        for name in names
    }


def project(found: Found, compose: Compose) -> Project:
    """
    The project that a stack names, if only by its directory.

    + found: what is on the host
    + compose: the project, as the inventory has it: what it names overrules what labels say
    """
    here = _spellings(found, compose.directory)
    made = [
        c for c in found.containers if c.working_dir in here and compose.name in (None, c.project)
    ]
    seen = _project(found, compose.name or "", made, compose.directory)
    return replace(
        seen, files=compose.files or seen.files, env_files=compose.env_files or seen.env_files
    )


def usual(values: Iterable[T]) -> tuple[T | None, bool]:
    """
    What most of these are, and whether as many are something else; of these the first.

    >>> usual(["a", "b", "b"])
    ('b', False)
    """
    counted = Counter(values).most_common(2)
    if not counted:
        return None, False
    return counted[0][0], len(counted) > 1 and counted[0][1] == counted[1][1]


def _project(found: Found, name: str, made: Iterable[Container], directory: str = "") -> Project:
    """
    + name: empty: that of most
    + made: the containers by which it is known
    + directory: its own, where none was made
    """
    most, _ = usual((c.project, c.working_dir, c.config_files, c.env_files) for c in made)
    of, at, files, env_files = most or ("", "", (), ())
    called = at or directory
    return Project(
        name=name or of,
        directory=called,
        spellings=tuple(dict.fromkeys((called, *_spellings(found, directory or called)))),
        files=files,
        env_files=env_files,
        members=tuple(
            c
            for c in found.containers
            if c.project and c.project == (name or of) and c.service and not c.oneoff
        ),
    )


def _spellings(found: Found, directory: str) -> tuple[str, ...]:
    """The names of a directory, as far as containers or the inventory use them."""
    place = found.places.get(directory)
    same = [path for path, at in found.places.items() if place and at == place]
    return tuple(dict.fromkeys((directory, *same)))


def container_of(members: Iterable[Container]) -> Container | None:
    """One of them: that which runs, if one does."""
    members = list(members)
    return next((c for c in members if c.running), members[0] if members else None)


def only(members: Iterable[Container]) -> Container | None:
    """The one container of a Redis; of several none: which of them is Redis, no label tells."""
    members = tuple(members)
    return members[0] if len(members) == 1 else None


def fleeting(container: Container, data: str) -> bool:
    """Whether its data would go with it: it is in itself, or in a volume without a name."""
    over = [m for m in container.mounts if f"{data}/".startswith(f"{m.target}/")]
    return not over or max(over, key=lambda m: len(m.target)).anonymous


def address(container: Container, others: Mapping[str, Container]) -> str:
    """
    Where a container can be reached from the host; empty: nowhere. An IPv6 address where there is
    no other; that of the container in whose network it lives, where it does.

    + others: the host's containers, by their ids
    """
    mode, _, owner = container.network_mode.partition(":")
    if mode == "container":
        host = others.get(owner)
        return address(host, {}) if host and host is not container else ""
    all_of_them = [a for e in container.networks.values() for a in (e.address, e.address6) if a]
    return next(iter(sorted(filter(_is_address, all_of_them), key=lambda a: ":" in a)), "")


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
