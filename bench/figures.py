"""Figures out of runs and records: medians, ratios, slopes, and what a client saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .client import INTERVAL, Request


@dataclass(frozen=True)
class Seen:
    """What a client saw of a repair; seconds since the command's start.

    + healthy: the first answer after which all were good; None if that never came
    + errors_until: when the last request was sent that failed, and one interval more
    + error_seconds: how long requests failed, together
    """

    healthy: float | None
    errors_until: float
    error_seconds: float


@dataclass(frozen=True)
class Run:
    """One contender, once, in one case."""

    case: str
    contender: str
    host: str
    names: int
    round: int
    wall: float
    cpu: float
    memory: float
    code: int
    seen: Seen | None = None
    restarted: bool | None = None

    def value(self, name: str) -> float | None:
        """One figure of it, by name."""
        if name in {"healthy", "errors_until", "error_seconds"}:
            found = getattr(self.seen, name, None)
        else:
            found = getattr(self, name)
        return None if found is None else float(found)


@dataclass(frozen=True)
class Spread:
    """Values of several runs."""

    median: float
    least: float
    most: float
    count: int


def seen(record: Sequence[Request], start: float) -> Seen:
    """What a client's record says about a command that was given at `start`."""
    asked = sorted((r for r in record if r.sent >= start), key=lambda request: request.sent)
    failed = [request for request in asked if not request.good]
    last = failed[-1].sent if failed else start - INTERVAL
    after = [request.answered for request in asked if request.sent > last]
    return Seen(
        healthy=min(after) - start if after else None,
        errors_until=max(0.0, last + INTERVAL - start),
        error_seconds=len(failed) * INTERVAL,
    )


def spread(values: Sequence[float]) -> Spread | None:
    """Median, least and most; None of nothing."""
    if not values:
        return None
    return Spread(median(values), min(values), max(values), len(values))


def values(
    runs: Sequence[Run], case: str, contender: str, figure: str, host: str | None = None
) -> list[float]:
    """One figure of all runs of a contender in a case."""
    found = [
        run.value(figure)
        for run in runs
        if run.case == case and run.contender == contender and host in {None, run.host}
    ]
    return [value for value in found if value is not None]


def ratio(
    runs: Sequence[Run], case: str, contender: str, other: str, figure: str, host: str | None = None
) -> float | None:
    """A contender's median over another one's; None where either is missing."""
    ours = spread(values(runs, case, contender, figure, host))
    theirs = spread(values(runs, case, other, figure, host))
    if ours is None or theirs is None or theirs.median == 0:
        return None
    return ours.median / theirs.median


def each_further(
    runs: Sequence[Run], few: str, many: str, contender: str, figure: str
) -> float | None:
    """What each further host takes, between the cases `few` and `many`."""
    low = spread(values(runs, few, contender, figure))
    high = spread(values(runs, many, contender, figure))
    names = {run.case: run.names for run in runs}
    if low is None or high is None or names[many] == names[few]:
        return None
    return (high.median - low.median) / (names[many] - names[few])
