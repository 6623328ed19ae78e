"""What earlier looks have left on a host: who used which Redis while all was well. Pure.

A small JSON file for each project directory, written after a look that found the stack healthy
(`remember.sh`), and read by the next one. What can't be read as one is ignored, and said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from .probe import Probe

STATE = "/var/lib/pyinfra-runbooks/clients"
"""Where root keeps them; who is not root has ``~/.local/state/pyinfra-runbooks/clients``."""

LOOKS = 3
"""How many looks are remembered of each client."""

MOST = 60_000
"""How many bytes a memory may have."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}"


@dataclass(frozen=True, slots=True)
class Used:
    """How a service used a Redis.

    + history: what it did at each of the last healthy looks, the latest last: ``-`` it was not
      connected, ``c`` it was, ``t`` it waited on a queue
    + lasting: whether a connection of its was a minute old then
    + lively: whether it had said something within seconds, at each of them
    """

    history: str
    lasting: bool = False
    lively: bool = False

    @property
    def always(self) -> bool:
        """Whether it was connected at each of these looks."""
        return "-" not in self.history

    @property
    def surely(self) -> bool:
        """The same, of enough looks, and by a connection that lasts."""
        return self.always and self.lasting and len(self.history) >= LOOKS

    @property
    def takes(self) -> bool:
        """Whether it mostly waited on a queue: it is a worker."""
        return 2 * self.history.count("t") >= len(self.history) and self.history[-1:] != "-"


@dataclass(frozen=True, slots=True)
class Memory:
    """
    What is remembered of one project.

    + directory: the project's
    + project: its name
    + at: when the last of these looks was, in seconds since 1970
    + clients: of each Redis, by its service, the services that used it
    + directories: of each, where it had its data, by ``CONFIG GET dir``
    """

    directory: str
    project: str
    at: float
    clients: Mapping[str, Mapping[str, Used]] = field(default_factory=dict)
    directories: Mapping[str, str] = field(default_factory=dict)

    def used(self, redis: str) -> Mapping[str, Used]:
        """Who used a Redis."""
        return self.clients.get(redis, {})


@dataclass(frozen=True, slots=True)
class Remembered:
    """
    All that is remembered on a host.

    + memories: by the projects' directories and names
    + ignored: why files there are no memory, with their names
    """

    memories: Mapping[tuple[str, str], Memory] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def of(self, directory: str, project: str) -> Memory | None:
        """What is remembered of a project in its directory; None: nothing."""
        return self.memories.get((directory, project))


def file_name(memory: Memory) -> str:
    """What its file is called."""
    key = f"{memory.directory}\n{memory.project}"
    return f"{sha256(key.encode()).hexdigest()[:32]}.json"


def dumped(memory: Memory) -> str:
    """A memory as one line."""
    form = {
        "version": 1,
        "directory": memory.directory,
        "project": memory.project,
        "at": round(memory.at),
        "clients": {
            redis: {
                service: [used.history, used.lasting, used.lively]
                for service, used in sorted(users.items())
            }
            for redis, users in sorted(memory.clients.items())
        },
        "directories": dict(sorted(memory.directories.items())),
    }
    return json.dumps(form, separators=(",", ":"))


def loaded(text: str) -> Memory | None:
    """What `dumped` made that of; None: it did not."""
    try:
        match json.loads(text):
            case {
                "version": 1,
                "directory": str(directory),
                "project": str(project),
                "at": int(at),
                "clients": dict(clients),
                **others,
            } if directory.startswith("/"):
                used = {_name(redis): _users(users) for redis, users in clients.items()}
                there = _directories(others.get("directories", {}))
                return Memory(directory, project, float(at), used, there)
    except (ValueError, OverflowError, RecursionError):
        pass
    return None


def _users(users: Any) -> dict[str, Used]:
    if not isinstance(users, dict):
        raise ValueError(users)
    found = {}
    for service, used in users.items():
        match used:
            case [str(history), bool(lasting), bool(lively)] if re.fullmatch(
                f"[-ct]{{1,{LOOKS}}}", history
            ):
                found[_name(service)] = Used(history, lasting, lively)
            case _:
                raise ValueError(used)
    return found


def _directories(said: Any) -> dict[str, str]:
    """Memories of before have none."""
    if not isinstance(said, dict) or not all(is_path(path) for path in said.values()):
        raise ValueError(said)
    return {_name(redis): path for redis, path in said.items()}


def is_path(text: Any) -> bool:
    """Whether it is a path that nothing else can stand in."""
    return isinstance(text, str) and bool(re.fullmatch(r"/[A-Za-z0-9_./@+-]{0,200}", text))


def _name(text: str) -> str:
    if not re.fullmatch(_NAME, text):
        raise ValueError(text)
    return text


def parse(lines: Sequence[str]) -> Remembered:
    """What `find_memories.sh` tells. Of two memories of one project the later one counts."""
    memories: dict[tuple[str, str], Memory] = {}
    ignored = [_printable(line[2:300]) for line in lines if line.startswith("x ")]
    for line in lines:
        if line[:2] == "x " or not line.strip():
            continue
        memory = loaded(line)
        if memory is None:
            ignored.append("a file there is damaged, or none of ours")
            continue
        key = memory.directory, memory.project
        if key not in memories or memories[key].at < memory.at:
            memories[key] = memory
    return Remembered(memories, tuple(dict.fromkeys(ignored)))


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


MEMORIES: Probe[Any, Remembered] = Probe(
    "memories", "find_memories.sh", parse, lambda _: {"state": STATE}
)
"""What is remembered on the host."""
