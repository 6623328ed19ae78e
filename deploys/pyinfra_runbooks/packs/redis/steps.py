"""What is done to Redis, and the findings that take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ...core.disruption import Disruption
from ...core.finding import Finding
from ...core.resolution import Remedy
from ...core.task import Named, Task


class Step(Named):
    """What is done to Redis.

    + WRITE: put the ACL file in place
    + LOAD: put the ACL file in place, if it is not right, and have Redis load it
    + START: start the container that is there
    + UNPAUSE: have it go on; it reads nothing
    + RESTART: save, then restart the container
    + RECREATE: save, then let Compose make a new container of the same image
    """

    WRITE = "write"
    LOAD = "load"
    START = "start"
    UNPAUSE = "unpause"
    RESTART = "restart"
    RECREATE = "recreate"

    @property
    def supersedes(self) -> frozenset[str]:
        """Whatever starts Redis puts its ACL in place before; a new container has its networks."""
        return _SUPERSEDES[self.verb]

    @property
    def stops(self) -> bool:
        """Whether it ends the process."""
        return self in (Step.RESTART, Step.RECREATE)

    @property
    def starts(self) -> bool:
        """Whether the container serves, or serves again, only after it."""
        return self not in (Step.WRITE, Step.LOAD)


@dataclass(frozen=True, slots=True)
class StartReplicas(Task):
    """
    Start some replicas as they are, or unpause them: which of them has which data, and takes which
    login, is not known.

    + ids: theirs
    """

    ids: frozenset[str]
    starts = True
    stops = False

    @property
    def verb(self) -> str:
        return "start"

    @property
    def only(self) -> frozenset[str]:
        return self.ids

    def joined(self, other: Task) -> Task:
        if not isinstance(other, StartReplicas):
            return self
        return StartReplicas(self.ids | other.ids)


_WRITTEN = frozenset({"write", "load"})
_STARTED = _WRITTEN | {"start", "unpause"}
_SUPERSEDES = {
    "write": frozenset[str](),
    "load": frozenset({"write"}),
    "start": _WRITTEN,
    "unpause": _WRITTEN,
    "restart": _STARTED,
    "recreate": _STARTED | {"restart", "attach"},
}

# What a refusal may hold up, as `Kind.holds_up` has it.
STOPS = ("restart", "recreate")
LOADS = ("load", *STOPS)
STARTS = ("start", *LOADS)
CHANGES = ("write", *STARTS)

RedisTask: TypeAlias = Step | StartReplicas
RedisFinding: TypeAlias = Finding[RedisTask]

_DISRUPTIONS = {
    Step.WRITE: Disruption.NONE,
    Step.START: Disruption.NONE,
    Step.UNPAUSE: Disruption.NONE,
    Step.RESTART: Disruption.RESTART,
    Step.RECREATE: Disruption.RECREATE,
}


def step_remedy(step: Step, does: str, disruption: Disruption | None = None) -> Remedy[Step]:
    """
    The remedy that a step is.

    + step: what is done
    + does: the same, in words
    + disruption: what users notice; default: what they do of such a step. `Step.LOAD` has none of
      its own: whom a load disconnects depends on the server
    """
    return Remedy(does, _DISRUPTIONS[step] if disruption is None else disruption, step)
