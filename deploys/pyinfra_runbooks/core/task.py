"""What a plan has to know about what a remedy does."""

from __future__ import annotations

from enum import Enum, IntEnum

_NOTHING: frozenset[str] = frozenset()


class Stage(IntEnum):
    """
    The order of a plan: what others need comes before them.

    + NETWORKS: networks are created
    + PLACES: containers are attached to them
    + NAMESPACES: what has lost the network that it lives in is started again
    + FILES: files that servers and clients read are put in place
    + SERVERS: servers run as declared
    + AFTER_SERVERS: what lives in a server's network, and what is attached to more than declared
    + NEEDED: other servers that a client needs are started
    + JOBS: what has to succeed before a client starts is run
    + CLIENTS: clients run as declared
    + AFTER_CLIENTS: what lives in a client's network
    + AFTER_PROOF: what is touched only once health is proved
    """

    NETWORKS = 1
    PLACES = 2
    NAMESPACES = 3
    FILES = 4
    SERVERS = 5
    AFTER_SERVERS = 6
    NEEDED = 7
    JOBS = 8
    CLIENTS = 9
    AFTER_CLIENTS = 10
    AFTER_PROOF = 11

    @property
    def side_by_side(self) -> bool:
        """Whether its tasks are independent of each other, so that one look is enough for all."""
        return self in (Stage.NETWORKS, Stage.PLACES, Stage.FILES)


class Task:
    """
    What is done to a thing: a service, a network or a file. The base of all remedies' actions.

    Derive a dataclass or an enumeration from it, and override what differs.
    """

    @property
    def verb(self) -> str:
        """What is done: ``attach``; tasks with the same verb and target are one."""
        return ""

    @property
    def target(self) -> str:
        """What it is done with, where the same may be done to the thing with several."""
        return ""

    @property
    def only(self) -> frozenset[str]:
        """The ids of those of the thing's containers that it is done to; empty: all of them."""
        return _NOTHING

    @property
    def stage(self) -> Stage:
        """When it is done."""
        return Stage.SERVERS

    @property
    def supersedes(self) -> frozenset[str]:
        """The verbs that it makes needless for the same thing: a recreate also starts."""
        return _NOTHING

    @property
    def needs(self) -> frozenset[str]:
        """Other things that have to be right before: the network that something is attached to."""
        return _NOTHING

    def joined(self, other: Task) -> Task:
        """
        What is done where another one of the same verb and target is due to the same thing.

        + other: that one
        """
        return self


class Named(Task, Enum):
    """Tasks that differ by no more than their verb, which is the value of each."""

    @property
    def verb(self) -> str:
        return str(self.value)
