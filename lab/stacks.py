"""The stacks that a host can have: the incident's, and one that is unlike it wherever it can be.

Both are the same project, in the same directory: what is broken, healed and judged is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import versions
from .console import LabError
from .paths import SOURCE


@dataclass(frozen=True)
class Stack:
    """What differs between them.

    + name: as the command line and inventories call it
    + folders: whose files make up the project directory; of two of a name the later one is taken
    + redis: the image of its Redis, where it isn't the host's own
    + volume: where the data of Redis is, as the compose file calls it
    + data: where Redis has that mounted
    + server: what starts such a Redis with nothing but its data: no password, no ACL
    + logs: whether it keeps its data in an append-only log, and saves no snapshots
    + inventory: of its hosts, for pyinfra
    + validations: the jobs that its API waits for, each of which ends with code 0
    """

    name: str
    folders: tuple[Path, ...]
    redis: versions.Image | None
    volume: str
    data: str
    server: str
    logs: bool
    inventory: str
    validations: tuple[str, ...] = ()


INCIDENT = Stack(
    name="incident",
    folders=(SOURCE / "stack",),
    redis=None,
    volume="redis_data",
    data="/data",
    server="redis-server",
    logs=False,
    inventory="inventories/lab.py",
    validations=("postgres-serves-api", "redis-serves-api"),
)
BARE = Stack(
    name="bare",
    folders=(SOURCE / "stack", SOURCE / "bare"),
    redis=versions.STORE,
    volume="store",
    data="/var/lib/store",
    server="valkey-server --dir /var/lib/store --protected-mode no --appendonly yes --save ''",
    logs=True,
    inventory="lab/inventories/bare.py",
)
STACKS = (INCIDENT, BARE)


def by_name(name: str) -> Stack:
    """The stack of that name, or `LabError` with the names there are."""
    for stack in STACKS:
        if stack.name == name:
            return stack
    raise LabError(f"no stack {name!r}; there are: {', '.join(stack.name for stack in STACKS)}")
