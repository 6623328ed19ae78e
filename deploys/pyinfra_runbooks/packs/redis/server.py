"""What a Redis (or Valkey) server says of itself over ``redis-cli``. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.answers import AnswerError, understood
from ...core.unknown import Unknown

_NOT_ASKED = Unknown("it was not asked")


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


def questions(users: Sequence[str], categories: bool) -> str:
    """What the look asks once the logins are done; `answers` reads what comes back.

    + users: who logs in: the declared users, or the default user
    + categories: whether the comparison of ACLs needs the commands of each category
    """
    asked = [
        "INFO server persistence replication cluster keyspace memory stats errorstats",
        "CONFIG GET aclfile dir save",
        "ACL USERS",
    ]
    asked += [f"ACL GETUSER {quoted(user)}" for user in _judged(users)]
    if categories:
        asked += [f"ACL CAT {category}" for category in CATEGORIES]
    asked.append("MEMORY DOCTOR")
    # ECHO, since a Redis that is loading its data answers to it, and not to PING: which, without
    # a mark, is the last of the answers before.
    return "PING\n" + "".join(f"ECHO @{n}\n{question}\n" for n, question in enumerate(asked))


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
    lines: Sequence[str], users: Sequence[str], categories: bool, mounted: int = 0
) -> Server:
    """What the look's ``redis-cli --json`` printed: first the logins, then the questions.

    The first two lines answer ``RESET`` and ``PING``, of a client without credentials; then one
    line for each ``AUTH`` with a password that Redis' container sees (``mounted`` of them), and one
    for each of the declared users; then ``PING``, of who logged in. Everything after the first
    marker belongs to the questions, one marker each, so that an answer of many lines (``INFO``) is
    kept apart from the next.

    Raises:
        ValueError: these are no such lines, or not all of them
    """
    head = [line for line in lines[: _first_marker(lines)] if line.strip()]
    expected = 2 + mounted + len(users)
    if len(head) < expected:
        raise AnswerError(f"redis-cli answered {len(head)} lines, expected {expected}: {head[:1]}")
    head = [*head[:2], *head[2 + mounted :]]
    with understood("redis-cli", "".join(lines)):
        return _server(lines, head, users, categories)


def _server(
    lines: Sequence[str], head: Sequence[str], users: Sequence[str], categories: bool
) -> Server:
    served = head[1] == '"PONG"'
    pong = "".join(head[2 + len(users) : 3 + len(users)])
    logins = {u: line == '"OK"' for u, line in zip(users, head[2:], strict=False)}
    replies = _replies(lines)
    info = _fields(replies.get(0, ()))
    if not info and (unmarked := _fields(lines)).get("redis_mode") == "sentinel":
        # It knows no ECHO: there are no markers, and nothing else is of interest.
        return Server(served, logins, unmarked, None, frozenset(), {}, {})
    if not info:
        said = next((line for line in replies.get(0, head[1:2])), "nothing")[:200]
        refused = all(
            re.match("error:.*(WRONGPASS|NOAUTH)", line) for line in head[2 : 2 + len(users)]
        )
        if refused and not served:
            return Server(served, logins, {}, None, None, {}, {}, said)
        if not any(logins.values()) and not served:
            raise AnswerError(f"Redis did not let anybody ask: {said}")
        return Server(served, logins, {}, None, frozenset(), {}, {}, said, pong=pong)
    names = _judged(users)
    start = 3 + len(names)
    last = start + len(CATEGORIES if categories else ()) - 1
    if not replies.get(last):
        raise AnswerError("redis-cli's answer is cut off")
    errors = (line for n in range(1, start) for line in replies.get(n, ()) if _is_error(line))
    aclfile, listed = _strings(replies.get(1, ())), _strings(replies.get(2, ()))
    acl = {name: _json(replies.get(3 + n, ())) for n, name in enumerate(names)}
    return Server(
        open=served,
        logins=logins,
        info=info,
        config=dict(zip(aclfile[::2], aclfile[1::2], strict=True)) if aclfile else None,
        users=frozenset(listed or ()),
        acl={name: reply for name, reply in acl.items() if reply != REFUSED},
        says=next((line[:200] for line in errors), None),
        categories={
            category: frozenset(commands)
            for n, category in enumerate(CATEGORIES if categories else ())
            if (commands := _strings(replies.get(start + n, ()))) is not None
        },
        pong=pong,
        doctor=_doctor(replies.get(last + 1, ())),
    )


def _doctor(lines: Sequence[str]) -> str | Unknown:
    """What it says, or why it does not; redis-cli prints it as it is, and an error as well."""
    text = " ".join(" ".join(lines).split())
    refused = not text or _is_error(text) or re.match("[A-Z]{3,} ", text)
    return Unknown(text[:200] or "it did not answer") if refused else text


def _judged(users: Sequence[str]) -> tuple[str, ...]:
    """Whose ACL is asked for."""
    return tuple(dict.fromkeys(("default", *users)))


REFUSED = "refused"
"""Stands for a reply that is an error: ``error:"NOPERM …"``."""


def _first_marker(lines: Sequence[str]) -> int:
    return next((n for n, line in enumerate(lines) if line.startswith('"@')), len(lines))


def _replies(lines: Sequence[str]) -> dict[int, list[str]]:
    replies: dict[int, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith('"@') and line.endswith('"') and line[2:-1].isdigit():
            current = replies.setdefault(int(line[2:-1]), [])
        elif line.strip():
            current.append(line)
    return replies


def _is_error(line: str) -> bool:
    return line.startswith("error:")


def _fields(lines: Sequence[str]) -> dict[str, str]:
    """The fields of ``INFO``; of an error none."""
    fields = [line.strip() for line in lines if not _is_error(line)]
    return dict(field.split(":", 1) for field in fields if re.match(r"[A-Za-z_0-9]+:", field))


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
    if _is_error(text):
        return REFUSED
    with understood("redis-cli", text):
        return json.loads(text)
