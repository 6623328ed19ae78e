"""What of the news one service is to be told now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from .news import JOB, Event, News, Severity

Told: TypeAlias = Mapping[str, Mapping[str, float]]
"""When a service was told what: by host and topic, in seconds since 1970."""

FORGOTTEN = 90 * 24 * 3600.0
"""Seconds after which a host that was not heard of any more is forgotten."""


@dataclass(frozen=True, slots=True)
class Due:
    """
    + news: what to tell; none: nothing
    + told: what the service knows once it is told
    """

    news: tuple[News, ...]
    told: Told


def due(
    news: Sequence[News],
    told: Told,
    now: float,
    *,
    well: AbstractSet[str],
    seen: AbstractSet[str],
    wanted: AbstractSet[Severity],
    remind: float,
) -> Due:
    """
    What was not told yet, or so long ago that it is told again; and what is over.

    + told: what the service knows
    + now: seconds since 1970
    + well, seen: the hosts that are well; of which it is known how they stand
    + wanted: what the service is for. What is over is told to whom it was told, in any case
    + remind: seconds after which it is told again
    """
    fresh = tuple(
        one
        for one in dict.fromkeys(news)
        if one.event.severity in wanted and not _known(told, one, now, remind)
    )
    repaired = {one.host for one in fresh if one.event is Event.REPAIRED}
    over = sorted(host for host in well if any(map(_standing, told.get(host, ()))))
    ended = tuple(_over(host) for host in over if host not in repaired)
    current = {(one.host, one.topic) for one in news}
    kept: dict[str, dict[str, float]] = {}
    for host, topics in told.items():
        for topic, at in topics.items():
            here = current | {(host, topic)} if host not in seen else current
            if _kept(topic, (host, topic) in here, now - at, remind, host in over):
                kept.setdefault(host, {})[topic] = at
    for one in fresh:
        kept.setdefault(one.host, {})[one.topic] = now
    return Due((*fresh, *ended), kept)


def _known(told: Told, one: News, now: float, remind: float) -> bool:
    at = told.get(one.host, {}).get(one.topic)
    # What was told in the future was told by a clock that was wrong.
    return at is not None and 0 <= now - at < remind


def _standing(topic: str) -> bool:
    """Whether it goes on until it is over: all but a repair, which is over when it is told."""
    return not topic.startswith(Event.REPAIRED.name.lower())


def _kept(topic: str, current: bool, age: float, remind: float, over: bool) -> bool:
    """Whether it has to be known on: it is still so, or might come back before it is told again."""
    if not _standing(topic):
        return 0 <= age < remind
    return not over and age < FORGOTTEN and (current or 0 <= age < remind)


def _over(host: str) -> News:
    words = "the host is well again" if host != JOB else "the job works again"
    return News(host, Event.WELL, "well", words)
