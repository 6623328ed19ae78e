"""From the units that there are to those that are wanted, step by step. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .rendering import names, round_of, startable


@dataclass(frozen=True, slots=True)
class Unit:
    """
    What there is of one.

    + file: the sha256 of its file; empty: there is none
    + state: how it is, as systemd says it (``SubState``)
    + enabled: whether it starts with the machine
    """

    file: str = ""
    state: str = "dead"
    enabled: bool = False

    @property
    def started(self) -> bool:
        """Whether it does what it is there for: one that is about to start again does not."""
        return self.state in ("running", "waiting", "exited")

    @property
    def alive(self) -> bool:
        """Whether something of it runs, or will by itself."""
        return self.state not in ("dead", "failed")

    @property
    def at_work(self) -> bool:
        """Whether, of a round's, one has begun and not ended."""
        return self.alive and self.state not in _BETWEEN

    def __str__(self) -> str:
        enabled = ", enabled" if self.enabled else ""
        return f"{self.state}{enabled}{', its file is there' if self.file else ''}"


_BETWEEN = (
    "exited",
    "auto-restart",
    "auto-restart-queued",
    "dead-before-auto-restart",
    "failed-before-auto-restart",
)
"""How a round's unit is that has no round at work, and is alive: after one, or before another."""


class Step(NamedTuple):
    """One thing that is done.

    + verb: write or remove, which is its file; else as systemctl calls it
    + unit: the unit; empty: all of them
    """

    verb: str
    unit: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, self))


def steps(name: str, there: Mapping[str, Unit], wanted: Mapping[str, str]) -> Sequence[Step]:
    """
    What has to be done for a schedule to be as it is wanted, in order; none: it is.

    + name: the schedule's
    + there: what there is of each of its units
    + wanted: the text of each unit that there is to be; none: there is to be no schedule
    """
    there = {unit: there.get(unit, Unit()) for unit in names(name)}
    files = [*_files(name, there, wanted)]
    reload = [Step("daemon-reload")] if files else []
    return [
        *_ended(name, there, wanted),
        *files,
        *reload,
        *_begun(name, there, wanted, bool(files)),
    ]


def finishing(name: str, there: Mapping[str, Unit], wanted: Mapping[str, str]) -> str:
    """
    The unit of a round that is at work and not wanted: it is not stopped, but runs to its end.

    + name, there, wanted: as of `steps`

    Returns an empty text where there is none.
    """
    unit = round_of(name)
    return unit if unit not in wanted and there.get(unit, Unit()).at_work else ""


def _ended(name: str, there: Mapping[str, Unit], wanted: Mapping[str, str]) -> Iterator[Step]:
    for unit in (unit for unit in names(name) if unit not in wanted):
        if there[unit].alive and unit != finishing(name, there, wanted):
            yield Step("stop", unit)
        if there[unit].enabled:
            yield Step("disable", unit)


def _files(name: str, there: Mapping[str, Unit], wanted: Mapping[str, str]) -> Iterator[Step]:
    for unit in names(name):
        if unit not in wanted and there[unit].file:
            yield Step("remove", unit)
    for unit, text in wanted.items():
        if there[unit].file != hashlib.sha256(text.encode()).hexdigest():
            yield Step("write", unit)


def _begun(
    name: str, there: Mapping[str, Unit], wanted: Mapping[str, str], changed: bool
) -> Iterator[Step]:
    for unit in startable(name):
        if unit in wanted and not there[unit].started:
            yield Step("start", unit)
        elif unit in wanted and changed:
            yield Step("restart", unit)
        if unit in wanted and not there[unit].enabled:
            yield Step("enable", unit)
