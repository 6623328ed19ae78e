"""What the formats for people say alike. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum

from ...showing import harmless
from ..hosts import Finding, HostReport, Status
from ..report import Report, change

WORST_FIRST = (Status.ERROR, Status.LEFT, Status.DRIFT, Status.REPAIRED, Status.WELL)

_PHRASES = {
    Status.ERROR: ("could not be looked at or repaired", "could not be looked at or repaired"),
    Status.LEFT: ("needs a person", "need a person"),
    Status.DRIFT: ("has drifted", "have drifted"),
    Status.REPAIRED: ("was repaired", "were repaired"),
    Status.WELL: ("is well", "are well"),
}
_CHANGES = {
    "none": "",
    "corrective": "corrective change: drift was repaired",
    "intentional": "intentional change: the inventory or the compose file had changed",
}


class State(Enum):
    """
    How a finding stands at the end.

    + OPEN: the last look still showed it
    + GONE: it did not any more
    + UNCLEAR: there was no last look
    + ACCEPTED, NOTE: nothing has to be done about it
    """

    OPEN = "open"
    GONE = "gone"
    UNCLEAR = "unclear"
    ACCEPTED = "accepted"
    NOTE = "note"

    def __str__(self) -> str:
        return self.value


def one_line(text: str) -> str:
    """The text in one line: what a host said has no say in a report's lines.

    >>> one_line("a\\n  b")
    'a b'
    """
    return harmless(" ".join(text.split()))


def utc(at: float) -> str:
    """
    A moment, as a log has it.

    >>> utc(1_800_000_000.4)
    '2027-01-15 08:00:00 UTC'
    """
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(at: float) -> str:
    """
    The time of day of a moment, in UTC.

    >>> clock(1_800_000_002.44)
    '08:00:02.4'
    """
    tenths = round(at * 10)
    return f"{datetime.fromtimestamp(tenths // 10, UTC):%H:%M:%S}.{tenths % 10}"


def lasting(seconds: float) -> str:
    """
    A duration.

    >>> lasting(0.44), lasting(3700)
    ('0.4 s', '61 min 40 s')
    """
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def outcome(report: Report) -> str:
    """What came of the job, in one sentence; why it failed is said beside it."""
    if report.error:
        return "The job failed."
    if not report.hosts:
        return "No host was looked at."
    counts = [(status, n) for status in WORST_FIRST if (n := report.counts.get(status, 0))]
    if len(report.hosts) == 1:
        return f"{report.hosts[0].name} {_PHRASES[counts[0][0]][0]}."
    if len(counts) == 1:
        return f"All {len(report.hosts)} hosts {_PHRASES[counts[0][0]][1]}."
    parts = [f"{n} {_PHRASES[status][n > 1]}" for status, n in counts]
    return f"Of {len(report.hosts)} hosts, {', '.join(parts[:-1])} and {parts[-1]}."


def worst_first(report: Report) -> list[HostReport]:
    """The hosts by how they stand, each kind in the inventory's order."""
    return sorted(report.hosts, key=lambda host: WORST_FIRST.index(host.status))


def why(host: HostReport) -> str:
    """Why it stands as it does, where its findings don't say that."""
    return one_line(host.error or (host.held if host.after and host.after.drift else ""))


def findings(host: HostReport) -> list[tuple[State, Finding]]:
    """What was found on a host: what is left of it first, then what is gone."""
    after = host.after.findings if host.after else ()
    seen = {finding.identity for finding in after}
    gone = [f for f in host.findings if f not in after and f.identity not in seen]
    last = State.UNCLEAR if host.after is None or host.after.unknown else State.GONE
    shown = [(State.OPEN, f) for f in after if f.drift] + [(last, f) for f in gone if f.drift]
    return shown + [(_noted(f), f) for f in (*after, *gone) if not f.drift]


def _noted(finding: Finding) -> State:
    return State.ACCEPTED if finding.answer == "accepted" else State.NOTE


def answer(finding: Finding) -> Iterator[tuple[str, str]]:
    """How a finding is known, and what is done about it: pairs of a word and a text."""
    yield "seen", one_line(finding.evidence)
    text = one_line(finding.text)
    match finding.answer:
        case "remedy":
            yield "repair", f"{text} (disruption: {finding.disruption})"
        case "refusal":
            yield "can't", text
            yield "do", one_line(finding.instead)
        case "symptom":
            yield "look", text
        case _:
            yield finding.answer, text


def api(host: HostReport) -> str:
    """How long the API failed, or since when it does; empty: it did not."""
    if host.api_failed is not None:
        return f"the API failed for {lasting(host.api_failed)} after the first look"
    last = host.after or host.before
    if last and last.api_healthy is False:
        still = "still " if host.before and last.at > host.before.at else ""
        return f"the API was {still}failing at {clock(last.at)} UTC"
    return ""


def changed(host: HostReport) -> str:
    """Which kind of change was made; empty: none."""
    return _CHANGES[change(host)]
