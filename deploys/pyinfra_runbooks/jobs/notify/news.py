"""What there is to tell of a report. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from ..hosts import Finding, HostReport, Status
from ..report import Report

JOB = ""
"""In the place of a host's name, where it is about the job itself."""


class Severity(Enum):
    """
    Whom something is for; a service's tags of these names say what it gets. The worst first.

    + PAGE: a person is needed
    + WARNING: a person should know today
    + INFO: it is good to know
    """

    PAGE = "page"
    WARNING = "warning"
    INFO = "info"


class Event(Enum):
    """
    What can happen, in words for a title.

    + FAILED: a host could not be looked at, or a repair failed; or the job itself
    + HALTED: nothing was corrected, since too many hosts show the same
    + BREAKER: it was corrected too often, and comes back
    + LEFT: it may not, or can't, be repaired without a person
    + DRIFT: it was found by a look that repairs nothing
    + PAUSED: it is left alone, since a person said so
    + REPAIRED: it was found, and repaired
    + WELL: what was told before is over
    """

    FAILED = "failed"
    HALTED = "halted"
    BREAKER = "no longer corrected"
    LEFT = "left for a person"
    DRIFT = "drift found"
    PAUSED = "paused"
    REPAIRED = "repaired"
    WELL = "well again"

    @property
    def severity(self) -> Severity:
        if self in (Event.FAILED, Event.HALTED, Event.BREAKER, Event.LEFT):
            return Severity.PAGE
        return Severity.WARNING if self is Event.DRIFT else Severity.INFO


@dataclass(frozen=True, slots=True)
class News:
    """
    One thing to tell.

    + host: its name, or `JOB`
    + topic: what makes it the same as one that was told before
    + headline, evidence: what it is, and how that is known
    + more: why nothing is done, or what was
    """

    host: str
    event: Event
    topic: str
    headline: str
    evidence: str = ""
    more: str = ""


def news(report: Report) -> tuple[News, ...]:
    """All that there is to tell, whether or not it was told before."""
    return (*_of_job(report), *(one for host in report.hosts for one in _of_host(report, host)))


def seen(report: Report) -> frozenset[str]:
    """Of whom the report knows how they stand; what is not told of them now is over."""
    hosts = {host.name for host in report.hosts if host.status is not Status.ERROR}
    return frozenset(hosts | {JOB})


def well(report: Report) -> frozenset[str]:
    """Who is well: each host, and the job."""
    fine = (Status.WELL, Status.REPAIRED)
    hosts = {host.name for host in report.hosts if host.status in fine}
    return frozenset(hosts | ({JOB} if not report.error and not report.halted else set()))


def _of_job(report: Report) -> Iterator[News]:
    if report.error:
        yield News(JOB, Event.FAILED, "failed", f"no host was looked at: {report.error}")
    if report.halted:
        topic = _topic(Event.HALTED, _stable(report.halted))
        yield News(JOB, Event.HALTED, topic, report.halted)


def _of_host(report: Report, host: HostReport) -> Iterator[News]:
    yield from _repaired(host)
    if host.status is Status.ERROR:
        yield _failed(host)
    elif host.after:
        drift = host.after.drift
        for finding in [f for f in drift if f.cause] or drift:
            # What the job's own halt explains is not told of each of a thousand hosts.
            if not (report.halted and finding.answer != "refusal"):
                yield _left(host, finding)


def _failed(host: HostReport) -> News:
    tried = any(step.kind == "failure" for step in host.steps)
    topic = "failed repair" if tried else "failed look" if host.reached else "failed connection"
    drift = host.after.drift if host.after else ()
    evidence = "; ".join(finding.headline() for finding in drift if finding.cause)
    return News(host.name, Event.FAILED, topic, host.error or "it was not looked at", evidence)


def _left(host: HostReport, finding: Finding) -> News:
    event, more = _event(host, finding)
    stated = _stable(finding.problem) if finding.cause else ""
    topic = _topic(event, finding.kind, finding.subject, stated)
    return News(host.name, event, topic, finding.headline(), finding.evidence, more)


def _event(host: HostReport, finding: Finding) -> tuple[Event, str]:
    advice = f"not repaired: {'; '.join(filter(None, (finding.text, finding.instead)))}"
    if finding.restraint == "breaker":
        return Event.BREAKER, advice
    if finding.restraint == "pause":
        return Event.PAUSED, f"not repaired: {finding.text}"
    if finding.answer == "refusal":
        return Event.LEFT, advice
    follows = f"{'look' if finding.answer == 'symptom' else 'repair'}: {finding.text}"
    if not host.corrected:
        return Event.DRIFT, follows
    refused = "; ".join(step.text for step in host.refusals)
    return Event.LEFT, f"not repaired: {refused}" if refused else follows


def _repaired(host: HostReport) -> Iterator[News]:
    if not host.changes:
        return
    at = datetime.fromtimestamp(host.changes[-1].at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    did = f"{'; '.join(step.text for step in host.changes)} ({at})"
    if host.intended:
        did += ", as the inventory or the compose file has it now"
    for finding in host.repaired:
        topic = _topic(Event.REPAIRED, finding.kind, finding.subject)
        yield News(
            host.name, Event.REPAIRED, topic, finding.headline(), finding.evidence, f"did: {did}"
        )
    if not host.repaired and host.status is Status.REPAIRED:
        topic = _topic(Event.REPAIRED, *(_stable(step.text) for step in host.changes))
        yield News(host.name, Event.REPAIRED, topic, host.changes[0].text, "", f"did: {did}")


def _topic(event: Event, *stated: str) -> str:
    """What stays the same as long as nothing new has to be told."""
    digest = hashlib.sha256("\0".join(stated).encode()).hexdigest()[:16]
    return f"{event.name.lower()} {digest}"


def _stable(text: str) -> str:
    """Without what changes from look to look: counts, ages, addresses."""
    return re.sub(r"\d+", "0", text)
