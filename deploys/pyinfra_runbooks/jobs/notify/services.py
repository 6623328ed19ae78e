"""The services of an Apprise configuration, each asked in a process with a deadline."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .news import Severity
from .text import Message

DEADLINE = 30.0
"""Seconds after which a service is no longer waited for."""
AT_ONCE = 4

_EVERYTHING = frozenset(Severity)


class UnusableError(Exception):
    """Why the configuration can't be used, in words that hold none of it."""


@dataclass(frozen=True, slots=True)
class Service:
    """
    + id: the same from run to run, as long as its URL is
    + name: what can be said of it: its place in the file, and its scheme
    + wanted: what it is to be told
    """

    id: str
    name: str
    wanted: AbstractSet[Severity]


def services(config: Path, deadline: float = DEADLINE) -> tuple[list[Service], list[str]]:
    """
    Whom a configuration names, and what has to be said of it; raises `UnusableError`.

    + config: the file; Apprise says what may be in it
    + deadline: seconds
    """
    answer = _asked({"config": str(config)}, deadline)
    if problem := answer.get("problem"):
        raise UnusableError(problem)
    found: dict[str, Service] = {}
    for number, said in enumerate(answer["services"], 1):
        name, wanted = f"service {number} ({said['name']})", _wanted(said["tags"])
        if before := found.get(said["id"]):
            name, wanted = before.name, before.wanted | wanted
        found[said["id"]] = Service(said["id"], name, wanted)
    if not found:
        raise UnusableError("it names no service")
    complaints = [
        f"{service.name} has none of the tags {', '.join(s.value for s in Severity)}, and is told"
        " nothing"
        for service in found.values()
        if not service.wanted
    ]
    if answer["ignored"]:
        complaints.append("something in it is not understood, and not used")
    return list(found.values()), complaints


def send(
    config: Path, messages: Sequence[tuple[Service, Message]], deadline: float = DEADLINE
) -> list[str]:
    """
    Sends each message to its service, several at once; returns why it failed, or nothing, for each.

    + deadline: seconds that each may take
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda to: _sent(config, to[0], to[1], deadline), messages))


def _wanted(tags: Sequence[str]) -> AbstractSet[Severity]:
    """A service without tags, or with Apprise's own for this, gets everything."""
    if not tags or "always" in tags:
        return _EVERYTHING
    return frozenset(severity for severity in Severity if severity.value in tags)


def _sent(config: Path, service: Service, message: Message, deadline: float) -> str:
    answer = _asked(
        {
            "config": str(config),
            "service": service.id,
            "severity": message.severity.value,
            "title": message.title,
            "body": message.body,
        },
        deadline,
    )
    return str(answer.get("problem", ""))


def _asked(request: dict[str, str], deadline: float) -> dict[str, Any]:
    """What `sending` answers; whatever becomes of it, there is an answer."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", f"{__package__}.sending"],
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=deadline,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"problem": f"it was not done within {deadline:g} s"}
    except ValueError:
        return {"problem": f"the process that sends ended with {done.returncode}"}
    except OSError as error:
        return {"problem": f"no process could be started: {error.strerror}"}
    return answer
