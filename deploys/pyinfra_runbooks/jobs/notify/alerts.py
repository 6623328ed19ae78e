"""What is open according to a report, and what was repaired. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from ...core.finding import Finding
from ...core.resolution import Refusal, Restraint
from ..hosts import HostReport, Status
from ..report import Report

JOB = ""
"""Stands in for a host's name in an alert about the job itself."""


class Severity(Enum):
    """
    How urgent an alert is, the worst first. A service's tags of these names choose what it gets.

    + PAGE: a person is needed now
    + WARNING: a person should know today
    + INFO: for the record
    """

    PAGE = "page"
    WARNING = "warning"
    INFO = "info"

    def worse(self, other: Severity) -> bool:
        """Whether this is more urgent than another severity."""
        order = list(Severity)
        return order.index(self) < order.index(other)


class Event(Enum):
    """
    What has happened, in words for a title.

    + FAILED: a host could not be looked at, or a repair or the job itself failed
    + HALTED: nothing was corrected, since too many hosts show the same finding
    + BREAKER: a finding keeps coming back, and is no longer corrected
    + UNRESOLVED: a finding may not, or can't, be repaired without a person
    + DRIFT: a finding of a check, which repairs nothing
    + PAUSED: a finding of a paused host
    + REPAIRED: a finding that was repaired
    + RESOLVED: what was open is no longer
    """

    FAILED = "failed"
    HALTED = "halted"
    BREAKER = "no longer corrected"
    UNRESOLVED = "unresolved"
    DRIFT = "drift found"
    PAUSED = "paused"
    REPAIRED = "repaired"
    RESOLVED = "resolved"

    @property
    def severity(self) -> Severity:
        if self in (Event.FAILED, Event.HALTED, Event.BREAKER, Event.UNRESOLVED):
            return Severity.PAGE
        return Severity.WARNING if self is Event.DRIFT else Severity.INFO


@dataclass(frozen=True, slots=True)
class Alert:
    """
    One finding, or one failure, that is or was open.

    + host: the host's name, or `JOB`
    + kind, subject: of the finding; for a host or job that failed, the kind says how
    + headline, evidence: what is wrong, and how that is known
    + more: what was done, or why nothing was
    + stack: the name of the Compose project; empty: not known
    + down: whether the declared checks failed at the last look
    """

    host: str
    event: Event
    kind: str
    subject: str
    headline: str
    evidence: str = ""
    more: str = ""
    stack: str = ""
    down: bool = False

    @property
    def identity(self) -> tuple[str, str, str]:
        """What identifies it in the next report, even if its evidence has changed."""
        return self.host, self.kind, self.subject

    @property
    def severity(self) -> Severity:
        """An API that is down is for a person at once, who corrects as much as who checks."""
        down = self.down and self.event is Event.DRIFT
        return Severity.PAGE if down else self.event.severity


def opened(report: Report) -> tuple[Alert, ...]:
    """All that is open."""
    hosts = (alert for host in report.hosts for alert in _of_host(report, host))
    return (*_of_job(report), *hosts)


def repaired(report: Report) -> tuple[Alert, ...]:
    """What this job repaired."""
    return tuple(alert for host in report.hosts for alert in _repaired(host))


def seen(report: Report) -> frozenset[str]:
    """The hosts whose state the report knows: what is not open there is resolved."""
    hosts = {host.name for host in report.hosts if host.status is not Status.ERROR}
    return frozenset({*hosts, JOB})


def _of_job(report: Report) -> Iterator[Alert]:
    if report.error:
        headline = f"no host was looked at: {report.error}"
        yield Alert(JOB, Event.FAILED, "job-failed", "", headline)
    if report.halted:
        yield Alert(JOB, Event.HALTED, "job-halted", "", report.halted)


def _of_host(report: Report, host: HostReport) -> Iterator[Alert]:
    if host.status is Status.ERROR:
        yield _failed(host)
    elif host.after:
        drift = host.after.drift
        for finding in [f for f in drift if f.cause] or drift:
            # The job's halt is one alert, and not one for each of a thousand hosts.
            if not report.halted or isinstance(finding.resolution, Refusal):
                event, more = _event(host, finding)
                yield _alert(host, event, finding, more)


def _failed(host: HostReport) -> Alert:
    tried = any(step.kind == "failure" for step in host.steps)
    kind = "repair-failed" if tried else "look-failed" if host.reached else "host-unreachable"
    drift = host.after.drift if host.after else ()
    evidence = "; ".join(finding.headline() for finding in drift if finding.cause)
    return Alert(host.name, Event.FAILED, kind, "", host.error or "it was not looked at", evidence)


def _alert(host: HostReport, event: Event, finding: Finding[Any], more: str) -> Alert:
    stack = host.after.stack if host.after else ""
    headline, evidence = finding.headline(), finding.evidence
    down = bool(host.after and host.after.api_healthy is False)
    return Alert(host.name, event, *finding.identity, headline, evidence, more, stack, down)


def _event(host: HostReport, finding: Finding[Any]) -> tuple[Event, str]:
    resolution = "; ".join(f"{word}: {text}" for word, text in finding.resolution.lines())
    match finding.resolution:
        case Refusal(restraint=Restraint.BREAKER):
            return Event.BREAKER, resolution
        case Refusal(restraint=Restraint.PAUSE, because=because):
            return Event.PAUSED, f"can't: {because}"
        case Refusal():
            return Event.UNRESOLVED, resolution
    if not host.corrected:
        return Event.DRIFT, resolution
    refused = "; ".join(step.text for step in host.refusals)
    return Event.UNRESOLVED, f"can't: {refused}" if refused else resolution


def _repaired(host: HostReport) -> Iterator[Alert]:
    if not host.changes:
        return
    at = datetime.fromtimestamp(host.changes[-1].at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    did = f"did: {'; '.join(step.text for step in host.changes)} ({at})"
    if host.intended:
        did += ", as the inventory or the compose file has it now"
    for finding in host.repaired:
        yield _alert(host, Event.REPAIRED, finding, did)
    if not host.repaired and host.status is Status.REPAIRED:
        yield Alert(host.name, Event.REPAIRED, "repaired", "", host.changes[0].text, "", did)
