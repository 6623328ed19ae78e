"""What a fault is, and what has to come of it when the recovery runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .. import versions
from ..hosts import Host
from ..stacks import BARE

Disruption = Literal["none", "reconnect", "restart", "recreate"]
DISRUPTIONS: tuple[Disruption, ...] = ("none", "reconnect", "restart", "recreate")

Thing = Literal[
    "acl-default",  # the running Redis' rules of the user default
    "acl-file",
    "acl-lwe-app",  # the running Redis' rules of lwe-app
    "api",  # its container and its process
    "caddy",
    "compose-file",
    "data",  # the files of Redis, and whether it can save
    "engine",
    "image",
    "network",
    "password-file",
    "postgres",
    "qdrant",
    "redis-conf",
    "redis-container",
    "redis-networks",
    "redis-process",
    "second-stack",
    "stranger",
]
# A Redis that is started again has no other rules than those of its file.
PROCESS: frozenset[Thing] = frozenset({"redis-process", "acl-default", "acl-lwe-app"})


@dataclass(frozen=True)
class Repaired:
    """The run succeeds, and changed something.

    + disruption: what it says that users will notice, and the most that they do
    """

    disruption: Disruption


@dataclass(frozen=True)
class Refused:
    """The run fails for the host, says why, and leaves it as it was.

    + reason: a regular expression, found in what is said of the host
    + never: one that must not be found there
    + besides: whether something is repaired all the same, which has nothing to do with it
    """

    reason: str
    never: str | None = None
    besides: bool = False


@dataclass(frozen=True)
class Unaffected:
    """The run succeeds without a change: there is nothing that it has to repair."""


Outcome = Repaired | Refused | Unaffected


@dataclass(frozen=True)
class ByVersion:
    """Where the two servers differ; Valkey is taken for the older one, from which it comes."""

    redis7: Outcome
    redis8: Outcome

    def on(self, host: Host) -> Outcome:
        """The outcome on a host, by the Redis that it runs."""
        return self.redis8 if host.redis in versions.KEEP_CONNECTIONS else self.redis7


@dataclass(frozen=True)
class ByStack:
    """Where it depends on what is declared, or on how Redis keeps its data."""

    incident: Outcome
    bare: Outcome

    def on(self, host: Host) -> Outcome:
        """The outcome on a host, by the stack that it has."""
        return self.bare if host.stack == BARE else self.incident


# Through Redis 7.2, ACL LOAD drops every connection.
RELOADED = ByVersion(Repaired("reconnect"), Repaired("none"))


@dataclass(frozen=True)
class Fault:
    """One way to break a host.

    + does: what it changes
    + expect: what users and operators will see
    + why_not: why the API keeps answering `ok`, where it does; None says that it breaks
    + function: makes it so
    + outcome: what the recovery has to make of it
    + touches: what it breaks or replaces; two faults that touch the same thing are not combined,
      since the later one would undo the other, or not find what it needs
    + stage: its place in a set: 0 recreates containers, 1 works on a running Redis and on files,
      2 moves containers about, 3 stops or removes them
    + loops: Redis fails to start, again and again
    + other_data: Redis serves other data than before: keys are seeded once more after it
    + written: a client writes to Redis during the run, and nothing that it was acknowledged may go
    + bare_why_not, incident_why_not: why the API keeps answering `ok`, on that stack alone
    + causes: the kinds of the findings that have to be named, and no others; empty: any
    """

    name: str
    does: str
    expect: str
    why_not: str | None
    function: Callable[[Host], object]
    outcome: Outcome | ByVersion | ByStack
    touches: frozenset[Thing]
    stage: Literal[0, 1, 2, 3] = 1
    loops: bool = False
    other_data: bool = False
    written: bool = False
    bare_why_not: str | None = None
    incident_why_not: str | None = None
    causes: frozenset[str] = frozenset()

    def why_not_on(self, host: Host) -> str | None:
        """Why the API's health does not show it at once; None where it does."""
        on_this_stack = self.bare_why_not if host.stack == BARE else self.incident_why_not
        return self.why_not or on_this_stack

    def outcome_on(self, host: Host) -> Outcome:
        """What the recovery has to make of it on a host."""
        if isinstance(self.outcome, ByVersion | ByStack):
            return self.outcome.on(host)
        return self.outcome


def touching(*things: Thing) -> frozenset[Thing]:
    """A set of things, so that a misspelt one is seen when types are checked."""
    return frozenset(things)
