"""A report as JUnit XML, for CI systems that show test results.

A suite for each host, and a case for each of its findings. GitLab groups by the cases' class and
shows only the text of a failure, not its message; of two cases of one name in a class it drops one.
Jenkins and the actions for GitHub group by suites. Hence the host is both suite and class, the text
is complete without the message, and names are made unique.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as Xml
from xml.etree.ElementTree import Element, SubElement

from ...core.finding import Finding
from ...core.showing import printable_lines
from ..hosts import HostReport, Status
from ..report import Report
from .timeline import events
from .words import State, asked, clock, details, findings, one_line, why

IS_HEALTHY = "is healthy"
"""The case for the host itself, where its findings don't show its status."""


def render(report: Report) -> str:
    """The report as an XML document."""
    root = Element("testsuites", name=f"runbooks {report.command}")
    suites = [_suite(host, report) for host in report.hosts]
    if report.error or not report.hosts:
        suites.append(_of_the_job(report))
    root.extend(suites)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in suites)))
    root.set("time", f"{report.seconds:.3f}")
    Xml.indent(root)
    text = Xml.tostring(root, encoding="unicode")
    return printable_lines(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _suite(host: HostReport, report: Report) -> Element:
    cases = [_finding(host, state, finding) for state, finding in findings(host)]
    if host.status in (Status.HEALTHY, Status.REPAIRED, Status.ERROR):
        cases.insert(0, _itself(host))
    suite = _with(cases, host.name, host.before.at if host.before else report.started)
    suite.set("time", f"{_seconds(host):.3f}")
    suite.set("hostname", one_line(host.name))
    return suite


def _of_the_job(report: Report) -> Element:
    """A failing case for a job without hosts: a run without cases would pass."""
    case = _case(report.command, "the job")
    reason = one_line(report.error) or "there was no host"
    SubElement(case, "error", message=reason, type="error").text = reason
    return _with([case], f"runbooks {report.command}", report.started)


def _with(cases: Sequence[Element], name: str, at: float) -> Element:
    """A suite of cases, which are counted, and whose names are made unique."""
    suite = Element("testsuite", name=one_line(name))
    suite.set("tests", str(len(cases)))
    for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("timestamp", datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    seen: Counter[str] = Counter()
    for case in cases:
        title = case.get("name", "")
        seen[title] += 1
        if seen[title] > 1:
            case.set("name", f"{title} ({seen[title]})")
    suite.extend(cases)
    return suite


def _case(classname: str, name: str) -> Element:
    return Element("testcase", classname=one_line(classname), name=one_line(name), time="0")


def _itself(host: HostReport) -> Element:
    case = _case(host.name, IS_HEALTHY)
    case.set("time", f"{_seconds(host):.3f}")
    if host.status is Status.ERROR:
        reason = why(host) or "it was not looked at"
        error = SubElement(case, "error", message=reason, type="error")
        error.text = "\n".join([reason, *_done(host)])
    elif host.status is Status.REPAIRED:
        SubElement(case, "system-out").text = "\n".join(_done(host))
    elif asked(host):
        SubElement(case, "system-out").text = asked(host)
    return case


def _finding(host: HostReport, state: State, finding: Finding[Any]) -> Element:
    case = _case(host.name, finding.headline())
    text = "\n".join(_text(host, finding))
    if state is State.OPEN:
        message = one_line(finding.headline())
        SubElement(case, "failure", message=message, type=finding.kind.id).text = text
    elif state is State.UNKNOWN:
        SubElement(case, "skipped", message="it was not looked at again").text = text
    elif state is State.RESOLVED:
        SubElement(case, "system-out").text = text
    else:
        SubElement(case, "skipped", message=f"{state}: {details(finding)[-1][1]}").text = text
    return case


def _text(host: HostReport, finding: Finding[Any]) -> Iterator[str]:
    yield one_line(finding.headline())
    for word, text in details(finding):
        yield f"{word}: {text}"
    if finding.drift and (reason := why(host)):
        yield f"unresolved: {reason}"


def _done(host: HostReport) -> Iterator[str]:
    """The events of a host, one per line."""
    for event in events(host):
        note = f" ({event.note})" if event.note else ""
        yield f"{clock(event.at)} {event.verb}: {event.text}{note}"


def _seconds(host: HostReport) -> float:
    return host.after.at - host.before.at if host.before and host.after else 0
