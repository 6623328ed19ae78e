"""Wording that the formats for people share. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any

from ...core.finding import Finding
from ...core.resolution import Waiver
from ...core.showing import printable
from ..hosts import HostReport, Status
from ..report import Report, change

WORST_FIRST = (Status.ERROR, Status.UNRESOLVED, Status.DRIFT, Status.REPAIRED, Status.HEALTHY)

_PHRASES = {
    Status.ERROR: ("could not be looked at or repaired", "could not be looked at or repaired"),
    Status.UNRESOLVED: ("needs a person", "need a person"),
    Status.DRIFT: ("has drifted", "have drifted"),
    Status.REPAIRED: ("was repaired", "were repaired"),
    Status.HEALTHY: ("is healthy", "are healthy"),
}
_CHANGES = {
    "none": "",
    "corrective": "corrective change: drift was repaired",
    "intentional": "intentional change: the inventory or the compose file had changed",
}


class State(Enum):
    """
    The state of a finding after the job.

    + OPEN: the last look still showed it
    + RESOLVED: the last look no longer showed it
    + UNKNOWN: there was no last look
    + WAIVED: a team lives with it for a time
    + NOTE: it needs no action
    """

    OPEN = "open"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    NOTE = "note"

    def __str__(self) -> str:
        return self.value


def one_line(text: str) -> str:
    """The text in one line, so that a host's output can't add lines to a report.

    >>> one_line("a\\n  b")
    'a b'
    """
    return printable(" ".join(text.split()))


def utc(at: float) -> str:
    """
    A time as in a log.

    >>> utc(1_800_000_000.4)
    '2027-01-15 08:00:00 UTC'
    """
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(at: float) -> str:
    """
    The time of day, in UTC.

    >>> clock(1_800_000_002.44)
    '08:00:02.4'
    """
    tenths = round(at * 10)
    return f"{datetime.fromtimestamp(tenths // 10, UTC):%H:%M:%S}.{tenths % 10}"


def duration(seconds: float) -> str:
    """
    A duration.

    >>> duration(0.44), duration(3700)
    ('0.4 s', '61 min 40 s')
    """
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def counted(number: int, noun: str) -> str:
    """
    A number with its noun.

    >>> counted(1, "finding"), counted(2, "finding")
    ('1 finding', '2 findings')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def outcome(report: Report) -> str:
    """The result of the job in one sentence; a job's error is shown separately."""
    if report.error:
        return "The job failed."
    if not report.hosts:
        return "No host was looked at."
    counts = [(status, n) for status in WORST_FIRST if (n := report.counts.get(status, 0))]
    if len(report.hosts) == 1:
        return f"{report.hosts[0].name} {_PHRASES[counts[0][0]][0]}."
    if len(counts) == 1:
        every = "Both" if len(report.hosts) == 2 else f"All {len(report.hosts)}"
        return f"{every} hosts {_PHRASES[counts[0][0]][1]}."
    parts = [f"{n} {_PHRASES[status][n > 1]}" for status, n in counts]
    return f"Of {len(report.hosts)} hosts, {', '.join(parts[:-1])} and {parts[-1]}."


def worst_first(report: Report) -> list[HostReport]:
    """The hosts by status, the worst first; those of one status in the inventory's order."""
    return sorted(report.hosts, key=lambda host: WORST_FIRST.index(host.status))


def why(host: HostReport) -> str:
    """The reason for a host's status, where its findings don't show it."""
    return one_line(host.error or (host.held if host.after and host.after.drift else ""))


def findings(host: HostReport) -> list[tuple[State, Finding[Any]]]:
    """A host's findings with their states: the open ones first, then those that are resolved."""
    after = host.after.findings if host.after else ()
    seen = {finding.identity for finding in after}
    former = [f for f in host.findings if f not in after and f.identity not in seen]
    state = State.UNKNOWN if host.after is None or host.after.unknown else State.RESOLVED
    shown = [(State.OPEN, f) for f in after if f.drift] + [(state, f) for f in former if f.drift]
    # What was merely to be known, and is no longer so, was no trouble that could be resolved.
    noted = after if state is State.RESOLVED else (*after, *former)
    return shown + [(_noted(f), f) for f in noted if not f.drift]


def _noted(finding: Finding[Any]) -> State:
    return State.WAIVED if isinstance(finding.resolution, Waiver) else State.NOTE


def details(finding: Finding[Any]) -> list[tuple[str, str]]:
    """The evidence and the resolution of a finding: pairs of a word and a line."""
    return [(word, one_line(text)) for word, text in finding.details()]


def api(host: HostReport) -> str:
    """How long the API failed, or that it still does; empty: it did not."""
    if host.api_downtime is not None:
        return f"the API failed for {duration(host.api_downtime)} after the first look"
    last = host.after or host.before
    if last and last.api_healthy is False:
        still = "still " if host.before and last.at > host.before.at else ""
        return f"the API was {still}failing at {clock(last.at)} UTC"
    return ""


def asked(host: HostReport) -> str:
    """What was asked of a healthy host, and what came; empty: that is not known."""
    return one_line(host.after.asked) if host.after else ""


def changed(host: HostReport) -> str:
    """Which kind of change was made; empty: none."""
    return _CHANGES[change(host)]
