"""What the look at a host came to, for the files that are made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass as validated


@validated(frozen=True)
class Redis:
    """
    A Redis of a project.

    + service: its service
    + what: server and version; else its image
    + reached: how it is reached, in words
    + guarded: what keeps strangers out, in words
    + data: what it is for, a guess; empty: there is none
    """

    service: str
    reached: str
    guarded: str
    data: str
    what: str = Field(alias="is")


@validated(frozen=True)
class Project:
    """
    A Compose project of the host.

    + name: its name
    + path: its directory
    + services: those that run
    + redis: its Redis
    + clients: who uses one, and whether that is certain
    + asked: each thing that was asked, and what came
    """

    name: str
    path: str
    services: tuple[str, ...]
    redis: tuple[Redis, ...]
    clients: Mapping[str, bool]
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """
    How the host is connected to.

    + host: its name, as ssh has it
    + user, port: as on the command line; empty, None: as ssh's configuration says
    + sudo: whether commands are run with it
    + key: the private key's file; empty: ssh's own, or the agent's
    """

    host: str
    user: str = ""
    port: int | None = None
    sudo: bool = False
    key: str = ""


_PROJECT: TypeAdapter[Project] = TypeAdapter(Project)


def projects(entries: Sequence[Mapping[str, Any]]) -> list[Project]:
    """The projects that a run's journal tells of; those with a Redis come first."""
    found = [_PROJECT.validate_python(e) for e in entries if e["event"] == "overview"]
    return sorted(found, key=lambda project: (not project.redis, project.name))


def versions(entries: Sequence[Mapping[str, Any]]) -> str:
    """Which Docker the host has, in words; empty: it did not say."""
    said = {k: v for e in entries if e["event"] == "versions" for k, v in e["versions"].items()}
    return ", ".join(f"{name} {version}" for name, version in said.items())


def described(project: Project) -> Iterator[str]:
    """What a person gets to read of a project, line by line."""
    count = len(project.services)
    yield f"{project.name}  {project.path}  {count} service{'' if count == 1 else 's'}"
    for redis in project.redis:
        about = ", ".join(filter(None, (redis.what, redis.reached, redis.guarded)))
        guess = f"; a {redis.data} by what it shows" if redis.data else ""
        yield f"  {redis.service}: {about}{guess}"
    for client, certain in project.clients.items():
        yield f"  {client}: uses Redis{'' if certain else ', perhaps'}"
    for answer in project.asked:
        yield f"  {answer}"
