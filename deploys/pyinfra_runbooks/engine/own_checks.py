"""The health checks that containers have of their own, and what they have come to. Pure.

Their commands stay on the host, where `own_check.awk` reads them: of each it tells whether it can
fail, how often it runs, and how it ended last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from .docker import Container

_NO_PROGRAM = (126, 127)


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """
    A container's own health check.

    + interval, timeout, start_period: seconds; what Docker takes where nothing is said
    + retries: how many failures in a row make the container unhealthy
    + streak: how many there have been
    + code: what its last run ended with; None: it has not run
    + cannot_fail: why it does not fail when it should: ``always``, ``redis``, ``curl``; empty: it
      can, or that is not known
    """

    interval: float = 30
    timeout: float = 30
    start_period: float = 0
    retries: int = 3
    streak: int | None = None
    code: int | None = None
    cannot_fail: str = ""

    @property
    def patience(self) -> float:
        """After how many seconds from its start Docker has an answer at the latest."""
        return self.start_period + self.retries * (self.interval + self.timeout) + _DELAY


_DELAY = 10.0  # seconds: an engine under load starts its probes late


_DEFAULT = OwnCheck()


class State(Enum):
    """
    What a container's own health check has come to.

    + NONE: it has none, or does not run
    + PASSES: it is healthy
    + AWAITED: Docker has yet to ask: it was just started, or was paused
    + FAILS: it is unhealthy
    + MISTAKEN: there is no such program in its image, so that it tells nothing
    """

    NONE = auto()
    PASSES = auto()
    AWAITED = auto()
    FAILS = auto()
    MISTAKEN = auto()


def parse(lines: Iterable[str]) -> dict[str, OwnCheck]:
    """What `own_check.awk` printed, by the containers' ids."""
    found: dict[str, OwnCheck] = {}
    for line in lines:
        if match := _LINE.fullmatch(line):
            id_, *times, retries, streak, code, verdict = match.groups()
            interval, timeout, start = (int(each) / 1e9 for each in times)
            found[id_] = OwnCheck(
                interval or _DEFAULT.interval,
                timeout or _DEFAULT.timeout,
                start,
                int(retries) or _DEFAULT.retries,
                int(streak),
                int(code) if code else None,
                "" if verdict == "-" else verdict,
            )
    return found


_LINE = re.compile(
    r"check\t([0-9a-f]+)\t(\d{1,18})\t(\d{1,18})\t(\d{1,18})\t(\d{1,9})\t(\d{1,9})"
    r"\t(-?\d{1,9})?\t(always|redis|curl|-)"
)


def state(container: Container, own: OwnCheck | None, at: float) -> State:
    """
    What a container's own health check has come to.

    + own: what is known of it besides; None: nothing
    + at: what time it is, in seconds since 1970; 0: not known

    While a container is paused, Docker calls it unhealthy, and after that until it has asked again:
    then there have not been as many failures as it takes.
    """
    known = own or OwnCheck()
    if not container.running or not container.health:
        return State.NONE
    if container.health == "healthy":
        return State.PASSES
    if container.health == "starting":
        late = bool(at) and at - seconds(container.started) > known.patience
        return State.FAILS if late else State.AWAITED
    if known.streak is not None and known.streak < known.retries:
        return State.AWAITED
    return State.MISTAKEN if known.code in _NO_PROGRAM else State.FAILS


def seconds(time: datetime) -> float:
    """A time as seconds since 1970."""
    return (time - datetime.fromtimestamp(0, UTC)).total_seconds()
