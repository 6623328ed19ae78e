"""A report as JUnit XML, for what shows the tests of a CI run.

A suite for each host, and a case for each of its findings. GitLab groups by the cases' class and
shows only the text of a failure, not its message; of two cases of one name in a class it drops one.
Jenkins and the actions for GitHub group by suites. Hence the host is both suite and class, a text
says all, and names are told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml
from xml.etree.ElementTree import Element, SubElement

from ...showing import harmless_lines
from ..hosts import Finding, HostReport, Status
from ..report import Report
from .timeline import events
from .words import State, answer, clock, findings, one_line, why

IS_WELL = "is well"
"""The case that a host has where its findings don't say how it stands."""


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
    return harmless_lines(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _suite(host: HostReport, report: Report) -> Element:
    cases = [_finding(host, state, finding) for state, finding in findings(host)]
    if host.status in (Status.WELL, Status.REPAIRED, Status.ERROR):
        cases.insert(0, _itself(host))
    suite = _with(cases, host.name, host.before.at if host.before else report.started)
    suite.set("time", f"{_seconds(host):.3f}")
    suite.set("hostname", one_line(host.name))
    return suite


def _of_the_job(report: Report) -> Element:
    """Where there is nothing to tell of any host, a run without cases would pass."""
    case = _case(report.command, "the job")
    reason = one_line(report.error) or "there was no host"
    SubElement(case, "error", message=reason, type="error").text = reason
    return _with([case], f"runbooks {report.command}", report.started)


def _with(cases: Sequence[Element], name: str, at: float) -> Element:
    """A suite of cases: their names told apart, and counted."""
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
    case = _case(host.name, IS_WELL)
    case.set("time", f"{_seconds(host):.3f}")
    if host.status is Status.ERROR:
        reason = why(host) or "it was not looked at"
        error = SubElement(case, "error", message=reason, type="error")
        error.text = "\n".join([reason, *_done(host)])
    elif host.status is Status.REPAIRED:
        SubElement(case, "system-out").text = "\n".join(_done(host))
    return case


def _finding(host: HostReport, state: State, finding: Finding) -> Element:
    case = _case(host.name, finding.headline())
    text = "\n".join(_told(host, finding))
    if state is State.OPEN:
        message = one_line(finding.headline())
        SubElement(case, "failure", message=message, type=finding.kind).text = text
    elif state is State.UNCLEAR:
        SubElement(case, "skipped", message="it was not looked at again").text = text
    elif state is State.GONE:
        SubElement(case, "system-out").text = text
    else:
        SubElement(case, "skipped", message=f"{state}: {one_line(finding.text)}").text = text
    return case


def _told(host: HostReport, finding: Finding) -> Iterator[str]:
    yield one_line(finding.headline())
    for word, text in answer(finding):
        yield f"{word}: {text}"
    if finding.drift and (reason := why(host)):
        yield f"left: {reason}"


def _done(host: HostReport) -> Iterator[str]:
    """The steps of a host, a line each."""
    for event in events(host):
        note = f" ({event.note})" if event.note else ""
        yield f"{clock(event.at)} {event.verb}: {event.text}{note}"


def _seconds(host: HostReport) -> float:
    return host.after.at - host.before.at if host.before and host.after else 0
