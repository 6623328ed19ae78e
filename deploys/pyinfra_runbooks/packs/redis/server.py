"""What a Redis (or Valkey) server says of itself over ``redis-cli``. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ...core.unknown import Unknown
from . import connections
from .connections import Connections, Refused
from .login import Login
from .traces import Module

NOT_ASKED = Unknown("it was not asked")
"""Stands for what no look has asked."""
USUAL_PORT = 6379
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
    + others: what listens there may be another's, so that it was asked nothing, not even without a
      login
    + connected: who is connected, by address; `Unknown` where who logged in may not ask
    + turned_away: whom it refused lately, by address; `Unknown` likewise
    + modules: what it has loaded
    + planted: keys that an intruder left to be written as another file, and what they hold
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
    doctor: str | Unknown = NOT_ASKED
    refused: tuple[str, ...] = ()
    login: Login = _NONE
    reach: tuple[str, ...] = ()
    unaskable: str = ""
    others: bool = False
    connected: tuple[Connections, ...] | Unknown = NOT_ASKED
    turned_away: tuple[Refused, ...] | Unknown = NOT_ASKED
    modules: tuple[Module, ...] = ()
    planted: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def unasked(cls, why: str) -> Server:
        """One whose image has not what it is asked with."""
        return cls(False, {}, {}, None, None, {}, {}, unaskable=why)

    @classmethod
    def of_others(cls) -> Server:
        """One in whose place another container's, or another machine's, may listen."""
        return cls(False, {}, {}, None, None, {}, {}, login_sent=False, others=True)

    @property
    def version(self) -> tuple[int, ...]:
        """The version: Redis' own or, for Valkey, the Redis version that it stands for."""
        text = self.info.get("redis_version", "")
        return tuple(int(n) for n in text.split(".") if n.isdigit())

    @property
    def name(self) -> str:
        """What a person would call it: ``Redis 7.0.15``, ``Valkey 8.1.1``."""
        for other in ("Valkey", "Dragonfly"):
            if version := self.info.get(f"{other.lower()}_version"):
                return f"{other} {version.removeprefix('df-v')}"
        return f"Redis {self.info.get('redis_version', '?')}"

    @property
    def is_sentinel(self) -> bool:
        """Whether it watches over others, and holds no data itself."""
        return self.info.get("redis_mode") == "sentinel"

    @property
    def port(self) -> int | None:
        """The port that it was reached at; None: it was reached at a socket, or nobody asked it."""
        given = dict(pairwise((*self.reach, "")))
        if "-s" in given or self.unaskable or self.others:
            return None
        return int(given.get("-p", USUAL_PORT))

    @property
    def admits_unauthenticated(self) -> bool:
        """Strangers may do something: the default user is on, and takes any password."""
        flags = self._default_flags
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
        for name in fields:
            if self.info.get(name, "ok") != "ok":
                return f"{name}:{self.info[name]}"
        return None

    @property
    def refuses_writes(self) -> str | None:
        """Why it takes no writes from anybody; None where it does.

        What stands here keeps clients from being restarted, which would not help them.
        """
        if self.failed_save:
            return "its last save failed"
        if self.follows and self.info.get("slave_read_only") == "1":
            return "it was made a replica while it ran"
        return "it has reached maxmemory" if self.full else None

    @property
    def follows(self) -> bool:
        """Whether it is a replica that was told so after it was started."""
        told = any(map(self.number_of, ("replicaof", "slaveof")))
        return told and self.info.get("role") == "slave"

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

    def number_of(self, command: str) -> int:
        """How often a command was called since its start: ``config|set``; 0: it does not say."""
        called = re.match(r"calls=([0-9]+)", self.info.get(f"cmdstat_{command}", ""))
        return int(called[1]) if called else 0

    @property
    def as_started(self) -> bool:
        """Whether its counters prove that nobody has changed its settings since its start. Before
        Redis 7 none is kept of CONFIG SET alone, and CONFIG RESETSTAT begins them again."""
        told = self.version >= (7,) and any(name.startswith("cmdstat_") for name in self.info)
        return told and not any(map(self.number_of, ("config|set", "config|resetstat")))

    def errors(self, code: str) -> int:
        """How often it has answered with such an error since it was started: ``WRONGPASS``."""
        count = self.info.get(f"errorstat_{code}", "").removeprefix("count=")
        return int(count) if count.isdecimal() else 0

    @property
    def only_by_login(self) -> bool:
        """Whether its default user is off: who has not logged in gets no answer."""
        return "off" in self._default_flags

    @property
    def _default_flags(self) -> tuple[Any, ...]:
        """The flags of its default user; none where they are not told."""
        default = self.acl.get("default")
        if isinstance(default, list):
            default = dict(zip(default[::2], default[1::2], strict=False))
        return tuple(default.get("flags", ())) if isinstance(default, dict) else ()

    @property
    def keys(self) -> int:
        """How many keys it holds, in all its databases."""
        return self._counted("keys")

    @property
    def functions(self) -> int:
        """How many functions it was given: they are data, too, and saved as keys are."""
        many = self.info.get("number_of_functions", "0")
        return int(many) if many.isdecimal() else 0

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
