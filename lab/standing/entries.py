"""What the plan says of this container's service: containers don't know their service's name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One service, as far as its stand-in has to know it.

    + image: as the file names it; each name's image has it in a file of its own
    + command: the entry point and the command of the file, where it has any
    + keys, digest: the environment that the file gives it, see `digest`
    + once: whether it ends with 0 at once
    + worker: whether it waits for jobs in a queue
    + client: whether it may be a client of Redis; a database is none, whatever its environment says
    + ports: on which it answers
    + says: words that its health check looks for in the answer
    + titles: of processes that its health check looks for
    + touched: files that its health check looks for
    + last: the command that an overridden entry point ends in, which is the service itself
    + reads: mounted files that may name a Redis
    + shares: directories in which a Redis may have its socket
    + likely: hosts of Redis that its dependencies, or a shared volume, make likely
    + names: what the project's Redis are called
    """

    name: str
    image: str = ""
    command: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    digest: str = ""
    once: bool = False
    worker: bool = False
    client: bool = True
    ports: tuple[int, ...] = ()
    says: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def digest(environment: Mapping[str, str], keys: Iterable[str]) -> str:
    """A hash over some variables: the plan is part of an image, and holds no values."""
    held = json.dumps([[key, environment.get(key)] for key in sorted(keys)])
    return hashlib.sha256(held.encode()).hexdigest()


def loaded(text: str) -> list[Entry]:
    """The entries of a plan."""
    return [Entry(**_values(service)) for service in json.loads(text)["services"]]


def _values(service: Mapping[str, Any]) -> dict[str, Any]:
    held = service.items()
    return {name: tuple(value) if isinstance(value, list) else value for name, value in held}


def own(
    entries: Sequence[Entry], line: Sequence[str], environment: Mapping[str, str], image: str = ""
) -> Entry:
    """The entry of this container; what fits several is put together.

    + image: the image's name, if it is known
    + line: the command line of the container's first process
    """
    its = [entry for entry in entries if image in ("", entry.image)]
    fitting = [entry for entry in its if entry.digest == digest(environment, entry.keys)]
    ranked = [(_fit(entry, line), len(entry.keys), entry) for entry in fitting]
    ranked = [rank for rank in ranked if rank[0] >= 0]
    if not ranked:
        return Entry("?")
    best = max(rank[:2] for rank in ranked)
    return _together([entry for fit, keys, entry in ranked if (fit, keys) == best])


def _fit(entry: Entry, line: Sequence[str]) -> int:
    """How much of the command line is this service's; -1 where it has another one."""
    wanted = entry.command
    if tuple(line[len(line) - len(wanted) :]) == wanted:
        return len(wanted)
    # A shell replaces itself by the last command of its script.
    is_last = entry.last and Path(entry.last[0]).name in {Path(word).name for word in line}
    return 1 if is_last else -1


def _together(entries: Sequence[Entry]) -> Entry:
    first = entries[0]
    values: dict[str, Any] = {}
    for item in fields(Entry):
        held = [getattr(entry, item.name) for entry in entries]
        if item.name == "name":
            values["name"] = " or ".join(dict.fromkeys(held))
        elif item.name in ("command", "keys", "last") or isinstance(held[0], str):
            values[item.name] = getattr(first, item.name)
        elif isinstance(held[0], bool):
            values[item.name] = all(held) if item.name == "once" else any(held)
        else:
            values[item.name] = tuple(dict.fromkeys(value for several in held for value in several))
    return Entry(**values)
