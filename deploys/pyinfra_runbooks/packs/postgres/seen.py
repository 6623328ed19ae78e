"""What a PostgreSQL says of itself: the answer of `ask_postgres.sh`. Pure.

A container may print what it likes. So nothing here decides who gets a password: what sends one
asks `probe.password_from`, by what the engine says of the container.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ...core.answers import AnswerError, understood


class Ready(StrEnum):
    """What ``pg_isready`` says, in its own words.

    + ACCEPTING: it accepts connections
    + REJECTING: it starts, recovers its data, or shuts down
    + SILENT: nobody answers
    + UNASKED: it was not asked
    """

    ACCEPTING = "accepting"
    REJECTING = "rejecting"
    SILENT = "silent"
    UNASKED = "unasked"


class Login(StrEnum):
    """What came of a login over the network, as clients log in.

    + WORKS: with the password
    + OPEN: without one; so it proves nothing of the password
    + PASSWORD: it is refused as the wrong password (28P01)
    + REFUSED: it is refused for another reason
    + UNTRIED: it was not tried
    """

    WORKS = "works"
    OPEN = "open"
    PASSWORD = "password"  # noqa: S105 - a word of the answer
    REFUSED = "refused"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Role:
    """
    The role that clients log in as.

    + login: whether it may log in at all
    + expired: whether its password is past its date
    + clients: how many are logged in as it, we ourselves left out
    """

    login: bool
    expired: bool
    clients: int


@dataclass(frozen=True, slots=True)
class Server:
    """
    What it says over its own socket.

    + version: such as ``17.2``
    + standby: whether it follows another server
    + listens: its ``listen_addresses``; empty: it listens on its socket alone
    + admin: who asked there
    + superuser: whether that is one
    + role: what it knows of the role; None: there is none
    """

    version: str
    standby: bool
    listens: str
    admin: str
    superuser: bool
    role: Role | None


@dataclass(frozen=True, slots=True)
class Limit:
    """
    How many sessions there are, and how many there may be.

    + of: ``server``, ``role`` or ``database``: whose limit it is
    """

    of: str
    used: int
    most: int

    @property
    def percent(self) -> int:
        """How much of it is used; all of it, where there is none."""
        return 100 * self.used // self.most if self.most > 0 else 100


@dataclass(frozen=True, slots=True)
class Sessions:
    """
    Its clients' sessions; that of the look is none of them.

    + limits: that of the server without what it keeps for superusers, and those of the role and the
      database that clients log in to, where these have one
    + crowd: the role that has most of them, and how many
    + idle, in_transaction: how many do nothing, and how many do nothing within a transaction; None:
      who asked may not know
    """

    limits: tuple[Limit, ...]
    crowd: tuple[str, int] = ("", 0)
    idle: int | None = None
    in_transaction: int | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system that it has data on, in KiB, and a path there."""

    used: int
    available: int
    path: str

    @property
    def percent(self) -> int:
        """How much of it is in use, as ``df`` says it: what is kept for root does not count."""
        whole = self.used + self.available
        return -(-100 * self.used // whole) if whole else 0


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What is seen of one PostgreSQL.

    + socket, network: whether it is ready there
    + user, database: whom the login is about; empty: it does not run
    + at: the address and port of its container that was tried
    + server: what it says of itself; None: its socket lets nobody in, ``closed`` says why
    + sessions: its clients'; None: it did not say
    + login: what came of the login, and ``says`` in whose words
    + disks: the file systems that its data is on
    """

    socket: Ready = Ready.UNASKED
    network: Ready = Ready.UNASKED
    user: str = ""
    database: str = ""
    at: str = ""
    server: Server | None = None
    closed: str = ""
    sessions: Sessions | None = None
    login: Login = Login.UNTRIED
    says: str = ""
    disks: tuple[Disk, ...] = ()


_ONCE = frozenset(
    {"socket", "network", "user", "database", "at", "server", "sessions", "closed", "login"}
)


def parse(lines: Sequence[str]) -> Seen:
    """
    Reads the answer; raises `AnswerError` where it is none, or says a word twice: our script says
    each once, so something else has written there, and neither is to be believed.
    """
    values: dict[str, str] = {}
    disks: list[Disk] = []
    for line in filter(None, lines):
        word, _, rest = line.partition(" ")
        if word == "disk":
            disks.append(_disk(rest))
        elif word in values and word in _ONCE:
            raise AnswerError(f"PostgreSQL's container answered {word!r} twice")
        else:
            values[word] = rest
    if not values and not disks:
        return Seen()
    with understood("PostgreSQL", " ".join(lines)):
        login, _, says = values.get("login", "untried").partition(" ")
        return Seen(
            socket=Ready(values.get("socket", "unasked")),
            network=Ready(values.get("network", "unasked")),
            user=values.get("user", ""),
            database=values.get("database", ""),
            at=values.get("at", ""),
            server=_server(json.loads(values["server"])) if "server" in values else None,
            closed=values.get("closed", ""),
            sessions=_sessions(json.loads(values["sessions"])) if "sessions" in values else None,
            login=Login(login),
            says=says,
            disks=tuple(dict.fromkeys(disks)),
        )


def _disk(line: str) -> Disk:
    used, available, path = (*line.split(" ", 2), "", "")[:3]
    if not (used.isdecimal() and available.isdecimal() and path.startswith("/")):
        raise AnswerError(f"df answered something that is not understood: {line[:80]!r}")
    return Disk(int(used), int(available), path)


def _server(data: Mapping[str, Any]) -> Server:
    role = data["role"]
    return Server(
        version=data["version"],
        standby=data["standby"] is True,
        listens=data["listens"],
        admin=data["admin"],
        superuser=data["superuser"] is True,
        role=role and Role(role["login"] is True, role["expired"] is True, int(role["clients"])),
    )


def _sessions(data: Mapping[str, Any]) -> Sessions:
    role, sessions = data["most"] or ("", 0)
    return Sessions(
        limits=tuple(
            Limit(of, int(data[of][0]), int(data[of][1]))
            for of in ("server", "role", "database")
            if data[of]
        ),
        crowd=(role, int(sessions)),
        idle=int(data["idle"]) if data["states_known"] else None,
        in_transaction=int(data["in_transaction"]) if data["states_known"] else None,
    )
