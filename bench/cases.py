"""The cases: what is wrong, on how many names, how far away, and how often it is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.hosts import HOSTS, Host

from . import contenders
from .contenders import Contender, Kind


@dataclass(frozen=True)
class Case:
    """One case.

    + names: how many names are given; those beyond the hosts' number share them
    + hosts: each gets its own runs where something is repaired
    + only: the contenders, where that isn't everybody who takes part in such cases
    """

    name: str
    kind: Kind
    rounds: int
    names: int = 1
    far: bool = False
    hosts: tuple[Host, ...] = HOSTS
    only: tuple[Contender, ...] = contenders.ALL

    @property
    def contenders(self) -> list[Contender]:
        """Who takes part."""
        return [one for one in self.only if self.kind in one.kinds]

    def quick(self) -> Case:
        """The same in one round."""
        return replace(self, rounds=1)


_FEW = (contenders.OURS, contenders.EMPTY)
_FIRST = HOSTS[:1]

ALL = (
    Case("nothing-1", Kind.NOTHING, 7, hosts=_FIRST),
    Case("nothing-20", Kind.NOTHING, 3, names=20),
    Case("wrong-network", Kind.WRONG_NETWORK, 3),
    Case("incident", Kind.INCIDENT, 3),
    Case("far-nothing-1", Kind.NOTHING, 3, far=True, hosts=_FIRST),
    Case("far-wrong-network", Kind.WRONG_NETWORK, 3, far=True, hosts=_FIRST),
    Case("far-incident", Kind.INCIDENT, 3, far=True, hosts=_FIRST),
    Case("nothing-100", Kind.NOTHING, 1, names=100),
    Case("nothing-500", Kind.NOTHING, 1, names=500, only=_FEW),
)
_LONG = 100  # names, from which on a quick run leaves a case out


def chosen(only: Sequence[str], quick: bool) -> list[Case]:
    """The cases that were asked for, in their order."""
    named = [case for case in ALL if not only or case.name in only]
    if not quick:
        return named
    return [case.quick() for case in named if only or case.names < _LONG]
