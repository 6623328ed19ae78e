"""Tells people what came of a job, and remembers it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .memory import Memory
from .notify import services as apprise
from .notify.due import Due, due
from .notify.news import Event, News, news, seen, well
from .notify.services import DEADLINE, Service, UnusableError
from .notify.text import message
from .report import Report

NOBODY = ""
"""Stands for every service, where it was not known which there are."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    + memory: what is known now
    + failed: how many services it did not get through to
    + problems: what has to be said of it
    """

    memory: Memory
    failed: int
    problems: tuple[str, ...]


def tell(
    report: Report,
    memory: Memory,
    config: Path,
    remind: float,
    now: float | None = None,
    deadline: float = DEADLINE,
) -> Outcome:
    """
    Sends each service one message with what is due; nothing that goes wrong with it is an error.

    + memory: what was told before
    + config: an Apprise configuration
    + remind: seconds after which the same is told again
    + now: seconds since 1970; default: the time it is
    + deadline: seconds that each service may take
    """
    now = time.time() if now is None else now
    try:
        known, complaints = apprise.services(config)
    except UnusableError as error:
        problem = f"{config}: no notification is sent: {error}"
        return Outcome(_untold(report, memory), 1, (problem,))
    decided = {s.id: _due(report, memory, s, now, remind) for s in known}
    to = [(s, message(decided[s.id].news, report)) for s in known if decided[s.id].news]
    answers = zip(to, apprise.send(config, to, deadline), strict=True)
    failed = {service.id: f"{service.name}: {why}" for (service, _), why in answers if why}
    return Outcome(
        _remembered(memory, known, decided, failed),
        len(failed),
        tuple(f"{config}: {said}" for said in (*complaints, *failed.values())),
    )


def _due(report: Report, memory: Memory, service: Service, now: float, remind: float) -> Due:
    late = (*memory.pending.get(NOBODY, ()), *memory.pending.get(service.id, ()))
    return due(
        (*late, *news(report)),
        memory.told.get(service.id, {}),
        now,
        well=well(report),
        seen=seen(report),
        wanted=service.wanted,
        remind=remind,
    )


def _remembered(
    memory: Memory, known: Sequence[Service], decided: Mapping[str, Due], failed: Mapping[str, str]
) -> Memory:
    """What was not told is as before; what will not come again by itself is put by."""
    told = {
        s.id: memory.told.get(s.id, {}) if s.id in failed else decided[s.id].told for s in known
    }
    pending = {s.id: _past(decided[s.id].news) for s in known if s.id in failed}
    return replace(
        memory,
        told={service: known_ for service, known_ in told.items() if known_},
        pending={service: late for service, late in pending.items() if late},
    )


def _untold(report: Report, memory: Memory) -> Memory:
    late = _past((*memory.pending.get(NOBODY, ()), *news(report)))
    return replace(memory, pending={**memory.pending, NOBODY: late}) if late else memory


def _past(told: Sequence[News]) -> tuple[News, ...]:
    """Of these, what the next report does not say again: a repair, the last one of each topic."""
    past = {(one.host, one.topic): one for one in told if one.event is Event.REPAIRED}
    return tuple(past.values())
