"""The parts of a stack: its project, the clients of its Redis, its secrets, its time-outs."""

from __future__ import annotations

import posixpath
import re
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic import field_validator as field

from .component import Component
from .model import Problem, Setting, refuse, setting
from .sources import Source
from .values import (
    AbsolutePath,
    Count,
    Hidden,
    Id,
    Name,
    Path,
    Port,
    ProjectName,
    Several,
    WholeSeconds,
)


@setting
class Compose(Setting):
    """
    The Compose project, as it is on the host.

    + directory: the absolute path of its directory
    + name: the project's name; default: as the running stack's labels say, else Compose's own
      choice
    + files: its compose files; default: as the labels say, else Compose's own choice
    + env_files: its env files; default: as the labels say, else Compose's own choice
    + profiles: all profiles that it is brought up with; Compose records them in no label, and these
      replace ``COMPOSE_PROFILES``; default: ``COMPOSE_PROFILES`` in its env files

    Relative paths start at the directory.

    **Example:**

    .. code:: python

        Compose("/srv/app", files=("compose.yml", "compose.prod.yml"))
    """

    directory: AbsolutePath
    _: KW_ONLY
    name: ProjectName | None = None
    files: Several[Path] = ()
    env_files: Several[Path] = ()
    profiles: Several[Name] = ()

    def path(self, path: str) -> str:
        """A path of the inventory, as the host knows it."""
        return posixpath.join(self.directory, path)


@setting
class Service(Setting):
    """
    A service of the stack.

    + name: its name in the compose file
    + port: the port that has to accept connections; default: every port that its image exposes

    **Example:**

    .. code:: python

        Service("postgres", port=5432)
    """

    name: Name
    _: KW_ONLY
    port: Port | None = None


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


@setting
class Api(Component):
    """
    A client of Redis: the API of the stack, a worker.

    + service: its name in the compose file; default: ``api``
    + redis: the services of the Redis that it uses; default: all that the stack has
    + redis_user: the Redis user that it logs in as; default: the first user
    + stop: seconds that it gets to stop before it is killed; default: 10, as in Docker

    **Example:**

    .. code:: python

        Api("backend", stop=3)
    """

    service: Name = "api"
    _: KW_ONLY
    redis: Annotated[Several[Name], BeforeValidator(_names)] = ()
    redis_user: str | None = None
    stop: WholeSeconds = 10

    pack: ClassVar[str] = "pyinfra_runbooks.packs.clients.pack"


def _secret_name(name: str) -> str:
    path = name.startswith("/") and name.isprintable() and not name.endswith("/")
    if not path and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise ValueError("expected a Compose secret's name, or an absolute path on the host")
    return name


def _mode(mode: Any) -> Any:
    """File permissions, from a number or its octal digits.

    The owner may read, and the group and others never more than those before them. Decimal
    numbers whose ``0o`` was forgotten are caught by this as well: 400 is 0o620.
    """
    if isinstance(mode, str) and re.fullmatch(r"(0o?)?[0-7]{3}", mode):
        mode = int(mode, 8)
    expected = "expected file permissions such as 0o400"
    if not isinstance(mode, int) or isinstance(mode, bool) or mode < 0:
        raise ValueError(expected)
    if mode & 0o002 and mode <= 0o777:
        refuse([Problem("expected permissions that let not everybody write", got=f"0o{mode:o}")])
    owner, group, others = ((mode >> shift) & 0o7 for shift in (6, 3, 0))
    falling = not (group & ~owner or others & ~group)
    readable = owner & 0o4 and all(not bits or bits & 0o4 for bits in (group, others))
    if not (mode <= 0o777 and falling and readable):
        forgotten = re.fullmatch(r"[0-7]{3}", str(mode))
        got = f"{mode} (did you mean 0o{mode}?)" if forgotten else f"0o{mode:o}"
        refuse([Problem(expected, got=got)])
    return mode


@setting
class Secret(Setting):
    """
    A secret file on the host that a service of the stack reads.

    + name: the secret's name in the compose file, or the absolute path of a bind-mounted file
    + content: where its content comes from; default: the content is left as it is
    + format: ``plain`` (default), or ``json`` for the content as a JSON string, in quotes
    + owner: the numeric id of its owner; default: not checked
    + group: the numeric id of its group; default: not checked
    + mode: its permissions, such as ``0o400`` or ``"0400"``; default: not checked

    **Example:**

    .. code:: python

        Secret("redis_password", owner=999, mode=0o400)
    """

    name: Annotated[str, AfterValidator(_secret_name)]
    _: KW_ONLY
    content: Hidden[Source | None] = None
    format: Literal["plain", "json"] = "plain"
    owner: Id | None = None
    group: Id | None = None
    mode: Annotated[int, BeforeValidator(_mode)] | None = None

    @field("format")
    @classmethod
    def _has_content(cls, form: str, info: ValidationInfo) -> str:
        if form == "json" and info.data.get("content", "wrong") is None:
            raise ValueError("expected plain where no content is declared")
        return form

    def public(self) -> dict[str, Any]:
        return super().public() | {"mode": None if self.mode is None else f"{self.mode:04o}"}


@setting
class Timeouts(Setting):
    """
    How long things may take, in whole seconds.

    + look: one look at the stack; default: 30
    + ready: until a Redis that was started answers; default: 30
    + save: until Redis has saved its data; default: 120
    + stop: until Redis has stopped, with its last save; default: 30
    + recover: until the API has found its Redis again by itself; default: 5
    + reconnect: until clients have come back by themselves after their connections to a Redis were
      broken; some libraries wait up to half a minute between two tries; default: 40
    + healthy: until the API is healthy after a restart; default: 60
    + successes: how many times in a row the checks have to pass after a change; default: 3

    **Example:**

    .. code:: python

        Timeouts(save=600, stop=120)
    """

    _: KW_ONLY
    look: WholeSeconds = 30
    ready: WholeSeconds = 30
    save: WholeSeconds = 120
    stop: WholeSeconds = 30
    recover: WholeSeconds = 5
    reconnect: WholeSeconds = 40
    healthy: WholeSeconds = 60
    successes: Count = 3
