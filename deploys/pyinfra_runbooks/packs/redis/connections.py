"""Who is connected to a Redis, and whom it refused, as its host counts them (`connections.awk`).
Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...core.unknown import Unknown

QUESTIONS = ("CLIENT LIST", "ACL LOG 128")
"""What a look asks about connections, after all else."""

SOCKET = "socket"
"""Stands in the place of an address for who comes over a unix socket."""
OTHER = "other"
"""Stands in the place of one that is none, or was not said."""

_TAKES = re.compile(r"b[lrz]m?pop(min|max)?|brpoplpush|blmove|xread|xreadgroup")
_KEEPS = re.compile(r"ping|echo|auth|hello|select|info|reset|other|command.*|client.*|NULL")


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections from one address to one of a server's own.

    + address: where they come from; `SOCKET`: a unix socket; ``other``: what is no address
    + local: the server's own address that they go to
    + count: how many
    + taking: how many of them wait on a queue, or did so last
    + default: how many are the default user's, or nobody's
    + oldest: seconds since the oldest of them began
    + silent: seconds since any of them said anything
    + commands: what they said last
    + blocked: how many of them wait at this moment: one that only did so last may be at work on
      what it got
    + newest: seconds since the newest of them began
    """

    address: str
    local: str
    count: int = 1
    taking: int = 0
    default: int = 0
    oldest: int = 0
    silent: int = 0
    commands: frozenset[str] = frozenset()
    blocked: int = 0
    newest: int = 0

    @property
    def keeps_alive(self) -> bool:
        """Whether what they said last only keeps a connection: nothing was read or written."""
        return all(_KEEPS.fullmatch(command) for command in self.commands)


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusals of who came from one address.

    + reason: ``auth``: the password or name was wrong; ``command``, ``key`` or ``channel``: it had
      no right to that
    + count: how often
    + ago: seconds since the last one
    """

    address: str
    reason: str
    count: int
    ago: int


def connections(lines: Sequence[str]) -> tuple[Connections, ...] | Unknown:
    """Who is connected; `Unknown` where who asked may not know, or a server doesn't tell."""
    if not any(re.fullmatch(r"connected all \d+", line) for line in lines):
        return Unknown(_refusal(lines))
    return tuple(filter(None, map(_connections, lines)))


def _connections(line: str) -> Connections | None:
    word, *rest = line.split()[:10] or ("",)
    if word != "connected" or len(rest) < 9 or not all(n.isdecimal() for n in rest[2:]):
        return None
    address, local, *numbers = rest
    count, taking, default, oldest, silent, *last = map(int, numbers)
    said = frozenset(line.split()[10:])
    return Connections(address, local, count, taking, default, oldest, silent, said, *last)


def refused(lines: Sequence[str]) -> tuple[Refused, ...] | Unknown:
    """Whom it refused lately; `Unknown` where who asked may not know."""
    found = (re.fullmatch(r"refused (\S+) ([a-z]+) (\d+) (\d+)", line) for line in lines)
    if lines and lines[0].strip() == "[]":
        return ()
    if not any(re.fullmatch(r"refused all \d+", line) for line in lines):
        return Unknown(_refusal(lines))
    return tuple(Refused(m[1], m[2], int(m[3]), int(m[4])) for m in found if m)


def both(one: Connections, other: Connections) -> Connections:
    """All of these connections, as if they were from one address."""
    return replace(
        one,
        count=one.count + other.count,
        taking=one.taking + other.taking,
        default=one.default + other.default,
        oldest=max(one.oldest, other.oldest),
        silent=min(one.silent, other.silent),
        commands=one.commands | other.commands,
        blocked=one.blocked + other.blocked,
        newest=min(one.newest, other.newest),
    )


def taken(info: Mapping[str, str]) -> int | Unknown:
    """How often anybody has waited on a queue since it was started, and got a job or gave up: who
    waits still may not be counted yet. `Unknown`: it does not tell."""
    counted = {k.removeprefix("cmdstat_"): v for k, v in info.items() if k.startswith("cmdstat_")}
    if not counted:
        return Unknown("it does not tell how often its commands were called")
    calls = (re.match(r"calls=(\d+)", v) for k, v in counted.items() if _TAKES.fullmatch(k))
    return sum(int(found[1]) for found in calls if found)


def _refusal(lines: Sequence[str]) -> str:
    """Why it does not tell: the error's code. None of its other answers is repeated."""
    known = re.search(r"\b(NOPERM|NOAUTH|ERR|LOADING)\b", " ".join(lines))
    return known[0] if known else "it did not answer"
