"""What a Redis (or Valkey) server says of itself over ``redis-cli``. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...core.answers import AnswerError, understood
from ...core.unknown import Unknown
from . import connections
from .connections import Connections, Refused
from .login import Login

_NOT_ASKED = Unknown("it was not asked")
_NONE = Login()


@dataclass(frozen=True, slots=True)
class Server:
    """One look at a Redis server.

    + open: a client without credentials was served
    + logins: for each declared user whether Redis took its password; absent: could not be tried
    + info: the fields of ``INFO``; empty where nobody could log in
    + config: what was asked of ``CONFIG GET``; None where who logged in may not ask
    + users: the names that ``ACL USERS`` listed; empty where who logged in may not ask; None where
      nobody could log in
    + acl: each declared user's (and the default user's) ``ACL GETUSER`` reply, but for those that
      were refused
    + categories: each category's commands, where the comparison needs them
    + says: the first error that stands for "it can't be asked", or not all of it
    + login_sent: whether a login was tried: a container that holds no secret of the stack gets none
    + pong: what it answers to the ``PING`` of who logged in; empty: it was not asked
    + doctor: what ``MEMORY DOCTOR`` says, in one line; `Unknown` where who logged in may not ask
    + refused: the questions that were refused, of those that rules judge by
    + login: where none is declared, the login that its container holds
    + reach: the words by which redis-cli reaches it; none: 127.0.0.1:6379
    + unaskable: why nothing at all could be asked; empty: it was asked
    + connected: who is connected, by address; `Unknown` where who logged in may not ask
    + turned_away: whom it refused lately, by address; `Unknown` likewise
    """

    open: bool
    logins: Mapping[str, bool]
    info: Mapping[str, str]
    config: Mapping[str, str] | None
    users: frozenset[str] | None
    acl: Mapping[str, Any]
    categories: Mapping[str, frozenset[str]]
    says: str | None = None
    login_sent: bool = True
    pong: str = ""
    doctor: str | Unknown = _NOT_ASKED
    refused: tuple[str, ...] = ()
    login: Login = _NONE
    reach: tuple[str, ...] = ()
    unaskable: str = ""
    connected: tuple[Connections, ...] | Unknown = _NOT_ASKED
    turned_away: tuple[Refused, ...] | Unknown = _NOT_ASKED

    @classmethod
    def unasked(cls, why: str) -> Server:
        """One whose image has not what it is asked with."""
        return cls(False, {}, {}, None, None, {}, {}, unaskable=why)

    @property
    def version(self) -> tuple[int, ...]:
        """The version: Redis' own or, for Valkey, the Redis version that it stands for."""
        text = self.info.get("redis_version", "")
        return tuple(int(n) for n in text.split(".") if n.isdigit())

    @property
    def name(self) -> str:
        """What a person would call it: ``Redis 7.0.15``, ``Valkey 8.1.1``."""
        if "valkey_version" in self.info:
            return f"Valkey {self.info['valkey_version']}"
        return f"Redis {self.info.get('redis_version', '?')}"

    @property
    def admits_unauthenticated(self) -> bool:
        """Strangers may do something: the default user is on, and takes any password."""
        default = self.acl.get("default")
        if isinstance(default, list):
            default = dict(zip(default[::2], default[1::2], strict=False))
        flags = default.get("flags", ()) if isinstance(default, dict) else ()
        return self.open or ("on" in flags and "nopass" in flags)

    @property
    def authenticated(self) -> bool:
        """A user could log in and ask."""
        return self.users is not None

    @property
    def failed_save(self) -> str | None:
        """What it says of its last save, if that failed: then it takes no more writes.

        Who writes a log and has no save points doesn't mind that a snapshot by hand failed.
        """
        fields = ["rdb_last_bgsave_status", "aof_last_write_status"]
        if self.info.get("aof_enabled") == "1" and (self.config or {}).get("save") == "":
            fields.remove("rdb_last_bgsave_status")
        for field in fields:
            if self.info.get(field, "ok") != "ok":
                return f"{field}:{self.info[field]}"
        return None

    @property
    def refuses_writes(self) -> str | None:
        """Why it takes no writes from anybody; None where it does.

        What stands here keeps clients from being restarted, which would not help them.
        """
        if self.failed_save:
            return "its last save failed"
        return "it has reached maxmemory" if self.full else None

    @property
    def full(self) -> bool:
        """Whether it is above maxmemory, as it counts itself, and may evict nothing.

        A replica has its data from its master, and neither evicts nor refuses.
        """
        limit, counted = self.number("maxmemory"), self.number("used_memory")
        counted -= self.number("mem_not_counted_for_evict")
        policy = self.info.get("maxmemory_policy", "")
        evictable = {"noeviction": 0, "allkeys": self.keys, "volatile": self.expiring}
        nothing = evictable.get(policy.partition("-")[0]) == 0
        return 0 < limit < counted and nothing and self.info.get("role") != "slave"

    def number(self, field: str) -> int:
        """A figure of ``INFO``; 0 where it tells none."""
        text = self.info.get(field, "")
        return int(text) if re.fullmatch(r"[0-9]+", text) else 0

    @property
    def loading(self) -> str | None:
        """How far it is, while it loads its data: until then it answers to a login, and no more."""
        if not self.info and "LOADING" in self.pong:
            return "no user may ask how far it is"
        if self.info.get("loading", "0") == "0":
            return None
        done, left = self.info.get("loading_loaded_perc"), self.info.get("loading_eta_seconds")
        return f"{done or '?'} % so far, {left or '?'} s left"

    @property
    def taken(self) -> int | Unknown:
        """How often anybody waited on a queue since it was started, and got a job or gave up."""
        return connections.taken(self.info)

    def errors(self, code: str) -> int:
        """How often it has answered with such an error since it was started: ``WRONGPASS``."""
        count = self.info.get(f"errorstat_{code}", "").removeprefix("count=")
        return int(count) if count.isdecimal() else 0

    @property
    def only_by_login(self) -> bool:
        """Whether its default user is off: who has not logged in gets no answer."""
        default = self.acl.get("default")
        if isinstance(default, list):
            default = dict(zip(default[::2], default[1::2], strict=False))
        return isinstance(default, dict) and "off" in default.get("flags", ())

    @property
    def keys(self) -> int:
        """How many keys it holds, in all its databases."""
        return self._counted("keys")

    @property
    def expiring(self) -> int:
        """How many of them have an expiry."""
        return self._counted("expires")

    def _counted(self, what: str) -> int:
        databases = [text for name, text in self.info.items() if re.fullmatch(r"db\d+", name)]
        counts = (re.search(rf"\b{what}=(\d+)", text) for text in databases)
        return sum(int(found[1]) for found in counts if found)

    @property
    def withheld(self) -> tuple[str, ...]:
        """What of its ACL it does not tell who logged in."""
        refused = {
            "INFO": not self.info,
            "ACL USERS": not self.users,
            "ACL GETUSER": not self.acl,
        }
        return tuple(question for question, is_refused in refused.items() if is_refused)

    @property
    def load_keeps_connections(self) -> bool:
        """``ACL LOAD`` drops only the connections of users that changed or went (Redis 7.4)."""
        return "valkey_version" not in self.info and self.version >= (7, 4)


_CONFIG = "CONFIG GET aclfile\nCONFIG GET dir\nCONFIG GET save"
_COMMANDS = "INFO commandstats"
_LAST = ("MEMORY DOCTOR", _COMMANDS, *connections.QUESTIONS)
"""Asked after all that rules can't do without: whatever is answered to these fails no look."""


def questions(users: Sequence[str], categories: bool) -> str:
    """What the look asks once the logins are done; `answers` reads what comes back.

    Each stands alone: what is refused is not known, and all else is. Redis before 7.0, and servers
    that come of it, take one section and one setting at a time, so INFO is asked for its usual
    ones.

    + users: who logs in: the declared users, or the default user
    + categories: whether the comparison of ACLs needs the commands of each category
    """
    # ECHO, since a Redis that is loading its data answers to it, and not to PING: which, without
    # a mark, is the last of the answers before.
    asked = _asked(users, categories)
    return "PING\n" + "".join(f"ECHO @{n}\n{question}\n" for n, question in enumerate(asked))


def _asked(users: Sequence[str], categories: bool) -> tuple[str, ...]:
    return (
        "INFO",
        _CONFIG,
        "ACL USERS",
        *(f"ACL GETUSER {quoted(user)}" for user in _judged(users)),
        *(f"ACL CAT {category}" for category in (CATEGORIES if categories else ())),
        *_LAST,
    )


# https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/#command-categories,
# and those of the modules that Redis 8 brings. A category that a server lacks is an error there,
# which is left out.
CATEGORIES = (
    *("keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap"),
    *("hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking"),
    *("dangerous", "connection", "transaction", "scripting"),
    *("search", "tdigest", "cms", "bloom", "cuckoo", "topk", "json", "timeseries"),
)


def quoted(text: str) -> str:
    r"""An argument as redis-cli reads it from its input, whatever is in it.

    >>> print(quoted("a b"))
    "\x61\x20\x62"
    """
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    r"""The bytes of a text as redis-cli reads them between double quotes: ``\x61\x62``."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def answers(
    lines: Sequence[str],
    users: Sequence[str],
    categories: bool,
    mounted: int = 0,
    held: bool = False,
) -> Server:
    """What the look's ``redis-cli --json`` printed: first the logins, then the questions.

    The first two lines answer ``RESET`` and ``PING``, of a client without credentials; then one
    line for each ``AUTH`` with a password that Redis' container sees (``mounted`` of them), and one
    for each of the declared users, or one for the login that is ``held``; then ``PING``, of who
    logged in. Everything after the first marker belongs to the questions, one marker each, so that
    an answer of many lines (``INFO``) is kept apart from the next.

    Raises:
        ValueError: these are no such lines, or not all of them
    """
    if lines and re.match("Error: ", lines[0]):
        raise AnswerError(f"Redis does not answer: {lines[0][:200]}")
    head = [line for line in lines[: _first_marker(lines)] if line.strip()]
    who = [_HELD] if held else users
    expected = 2 + mounted + len(who)
    if len(head) < expected:
        raise AnswerError(f"redis-cli answered {len(head)} lines, expected {expected}: {head[:1]}")
    head = [*head[:2], *head[2 + mounted :]]
    with understood("redis-cli", "".join(lines)):
        seen = _server(lines, head, who, categories)
    return replace(seen, logins={}) if held else seen


_HELD = ""
"""Stands for the user whose login the container holds."""


def _server(
    lines: Sequence[str], head: Sequence[str], users: Sequence[str], categories: bool
) -> Server:
    served = head[1] == '"PONG"'
    pong = "".join(head[2 + len(users) : 3 + len(users)])
    logins = {u: line == '"OK"' for u, line in zip(users, head[2:], strict=False)}
    replies = _replies(lines)
    asked = _asked([user for user in users if user != _HELD], categories)
    said = {question: replies.get(n, []) for n, question in enumerate(asked)}
    # Who may not say ECHO, or knows none (a Sentinel), leaves no marker: INFO is known by its form.
    info = _fields(said["INFO"] if replies else lines)
    if info.get("redis_mode") == "sentinel":
        return Server(served, logins, info, None, frozenset(), {}, {})
    inside = any(logins.values()) or served or bool(info)
    if not inside:
        first = next(iter(said["INFO"] or head[1:2]), "nothing")[:200]
        if not all(_refuses(line) for line in head[2 : 2 + len(users)]) and not _refuses(head[1]):
            raise AnswerError(f"Redis did not let anybody ask: {first}")
        return Server(False, logins, {}, None, None, {}, {}, first)
    needed = [question for question in asked if question not in _LAST]
    if info and replies and not said[needed[-1]]:
        raise AnswerError("redis-cli's answer is cut off")
    acl = {name: _json(said[f"ACL GETUSER {quoted(name)}"]) for name in _judged(users)}
    refused = tuple(q for q in needed if not q.startswith("ACL CAT") and _is_refused(said[q]))
    return Server(
        open=served,
        logins=logins,
        info=info | _fields(said[_COMMANDS]),
        config=_config(said[_CONFIG]),
        users=frozenset(_strings(said["ACL USERS"]) or ()),
        acl={name: reply for name, reply in acl.items() if reply != REFUSED},
        says=next((line[:200] for q in refused for line in said[q]), None),
        categories={
            category: frozenset(commands)
            for category in (CATEGORIES if categories else ())
            if (commands := _strings(said[f"ACL CAT {category}"])) is not None
        },
        pong=pong,
        doctor=_doctor(said["MEMORY DOCTOR"]),
        refused=tuple(dict.fromkeys(" ".join(q.split()[:2]) for q in refused)),
        connected=connections.connections(said["CLIENT LIST"]),
        turned_away=connections.refused(said["ACL LOG 128"]),
    )


def _refuses(line: str) -> bool:
    """Whether it wants another login, or none was sent."""
    return bool(re.match("error:.*(WRONGPASS|NOAUTH)", line)) or line == '"nobody"'


def _is_refused(lines: Sequence[str]) -> bool:
    """Whether it is an error; of INFO redis-cli prints one as it is."""
    return not lines or _is_error(lines[0]) or bool(re.match("[A-Z]{3,} ", lines[0]))


def _config(lines: Sequence[str]) -> dict[str, str] | None:
    """The settings that it tells, one reply a line; None: none of them."""
    told: dict[str, str] = {}
    for line in lines:
        words = _strings([line]) or []
        told |= zip(words[::2], words[1::2], strict=True)
    return told or None


def _doctor(lines: Sequence[str]) -> str | Unknown:
    """What it says, or why it does not; redis-cli prints it as it is, and an error as well."""
    text = " ".join(" ".join(lines).split())
    refused = not text or _is_error(text) or re.match("[A-Z]{3,} ", text)
    return Unknown(text[:200] or "it did not answer") if refused else text


def _judged(users: Sequence[str]) -> tuple[str, ...]:
    """Whose ACL is asked for."""
    return tuple(dict.fromkeys(("default", *(user for user in users if user != _HELD))))


REFUSED = "refused"
"""Stands for a reply that is an error: ``error:"NOPERM …"``."""


# ECHO's answer; where that was renamed, the error repeats its argument.
_MARKER = re.compile(r"\"@(\d+)\"|error:\"(?:ERR )?unknown command .*['`]@(\d+)['`],? ?\"", re.I)


def _first_marker(lines: Sequence[str]) -> int:
    return next((n for n, line in enumerate(lines) if _MARKER.fullmatch(line)), len(lines))


def _replies(lines: Sequence[str]) -> dict[int, list[str]]:
    replies: dict[int, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if found := _MARKER.fullmatch(line):
            current = replies.setdefault(int(found[1] or found[2]), [])
        elif line.strip():
            current.append(line)
    return replies


def _is_error(line: str) -> bool:
    return line.startswith("error:")


def _fields(lines: Sequence[str]) -> dict[str, str]:
    """The fields of ``INFO``; of an error none."""
    stripped = [line.strip() for line in lines if not _is_error(line)]
    fields = dict(text.split(":", 1) for text in stripped if re.match(r"[A-Za-z_0-9]+:", text))
    if "server_mode" in fields:  # as Valkey calls it
        fields.setdefault("redis_mode", fields["server_mode"])
    return fields


def _strings(lines: Sequence[str]) -> list[str] | None:
    """A reply that is a list of strings; None where it was refused."""
    reply = _json(lines)
    if reply == REFUSED:
        return None
    if not isinstance(reply, list) or not all(isinstance(item, str) for item in reply):
        raise ValueError("expected a list of strings")
    return reply


def _json(lines: Sequence[str]) -> Any:
    """One reply, or `REFUSED`."""
    text = "".join(lines)
    if not text or _is_error(text):
        return REFUSED
    with understood("redis-cli", text):
        return json.loads(text)
