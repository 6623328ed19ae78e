"""A subject as one plain value: what is asked about it, what is found, and what is done. Pure.

Each has one in its `pack.py`: nothing is discovered, and code that goes through all packs knows
none of them. Those that every stack has are in `packs/all.py`; a component's class names its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..core.finding import Finding
from ..core.policy import Policy
from ..core.resolution import Later
from ..core.task import Task
from ..settings import Component, Stack
from .asked import Asking, Member
from .look import Look
from .probe import Probe

Rule: TypeAlias = Callable[[Look, Stack], Iterable[Finding[Any]]]
"""Turns a look into findings."""

Judge: TypeAlias = Callable[[Look, Stack, Any], Iterable[Finding[Any]]]
"""Turns a look into findings about one component of the stack."""


@dataclass(frozen=True, slots=True)
class Sent:
    """
    What a step takes on a host.

    + script: POSIX sh; its last line is ``audited COMMAND``
    + stdin: what it reads, never shown: secrets come this way only
    """

    script: str
    stdin: Sequence[str] = ()


Does: TypeAlias = Callable[[Any, Look, Stack, Policy], Sent]
"""Makes what a step (`plan.Step`) takes, from the latest look and what the run may do."""


def _nothing(_: Look, __: Stack) -> list[Later]:
    return []


def _none(_: Asking) -> Iterable[Component]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """
    What belongs to one subject.

    + name: the subject, as its directory is called
    + part: the part of the incident that it is about; a kind says which one its findings are of
    + rules: what turns a look into findings, causes before symptoms
    + judges: the same, of each component whose class names this pack
    + probes: what is asked of a stack besides, once it is known who is who: rules have the answer
      from `Look.of`
    + probes_each: the same, about each of those components
    + does: of each task of its remedies, what it takes on a host
    + later: what may be needed once anything was changed, though nothing is wrong with it
    + finds: the components of a stack that are there, whether the inventory names them or not
    + by_checks: whether its rules go by the answers of health checks: then they can't explain them,
      and come after those that can
    """

    name: str
    part: str
    rules: tuple[Rule, ...] = ()
    judges: tuple[Judge, ...] = ()
    probes: tuple[Probe[Asking, Any], ...] = ()
    probes_each: tuple[Probe[Member, Any], ...] = ()
    does: Mapping[type[Task], Does] = field(default_factory=dict)
    later: Callable[[Look, Stack], list[Later]] = _nothing
    by_checks: bool = False
    finds: Callable[[Asking], Iterable[Component]] = _none
