"""A report as Markdown, to be pasted into an incident.

All text from a host or an inventory is in a code span, where nothing has an effect: no HTML, no
link, no emphasis, and no mention or reference, which GitHub and GitLab find even where Markdown is
escaped. What a reader copies from it is what was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...core.showing import printable_lines
from ..hosts import HostReport, Status
from ..report import Report
from .timeline import Event, events
from .words import api, asked, changed, clock, details, findings, one_line, utc, why, worst_first

NAMED = 20
"""Healthy hosts that are named; the others are counted."""


def render(report: Report) -> str:
    """The report as a page of Markdown."""
    return printable_lines("\n".join(_page(report)) + "\n")


def code(text: str) -> str:
    """
    A text as a code span, whatever is in it.

    >>> print(code("on `a` **now**"))
    ``on `a` **now**``
    """
    text = one_line(text) or "(nothing)"
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{room}{text}{room}{fence}"


def cell(text: str) -> str:
    """A code span for a table's cell, where a bar would end the cell even in code."""
    return code(text).replace("|", "\\|")


def _page(report: Report) -> Iterator[str]:
    yield f"**{_summary(report)}**"
    yield ""
    yield (
        f"`runbooks {report.command}` with {code(report.runbook)} on {code(report.inventory)}, by"
        f" {code(report.who)}: {utc(report.started)}, {report.seconds:.1f} s."
    )
    for word, reason in (("Error", report.error), ("Halted", report.halted)):
        if reason:
            yield from ("", f"{word}: {code(reason)}")
    hosts = worst_first(report)
    others = [host for host in hosts if host.status is not Status.HEALTHY]
    if others:
        yield from ("", "| host | status | why |", "|---|---|---|")
        yield from (_row(host) for host in others)
    yield from _healthy([host for host in hosts if host.status is Status.HEALTHY])
    for host in others:
        yield from _host(host)


def _summary(report: Report) -> str:
    """How many hosts have each status; no text from outside."""
    if report.error or not report.hosts:
        return "The job failed."
    counted = [f"{n} {status}" for status in Status if (n := report.counts.get(status, 0))]
    hosts = len(report.hosts)
    return f"{hosts} host{'' if hosts == 1 else 's'}: {', '.join(counted)}."


def _row(host: HostReport) -> str:
    reasons = [why(host)] if why(host) else [f.headline() for _, f in findings(host) if f.drift]
    more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    reason = f"{cell(reasons[0])}{more}" if reasons else ""
    return f"| {cell(host.name)} | {host.status} | {reason} |"


def _healthy(hosts: Sequence[HostReport]) -> Iterator[str]:
    if hosts:
        more = f" and {len(hosts) - NAMED} more" if len(hosts) > NAMED else ""
        yield from ("", f"Healthy: {', '.join(code(host.name) for host in hosts[:NAMED])}{more}.")
    known = [host for host in hosts if asked(host)][:NAMED]
    yield from ("" for _ in known[:1])
    yield from (f"- {code(host.name)}: {code(asked(host))}" for host in known)


def _host(host: HostReport) -> Iterator[str]:
    yield from ("", f"## {code(host.name)}: {host.status}", "")
    if why(host):
        yield f"- why: {code(why(host))}"
    for words in (api(host), changed(host)):
        if words:
            yield f"- {words}"
    if host.before and host.before.paused:
        yield f"- paused: {code(host.before.paused)}"
    for state, finding in findings(host):
        yield f"- {state}: {code(finding.headline())}"
        for word, text in details(finding):
            yield f"  - {word}: {code(text)}"
    yield from _timeline(events(host))


def _timeline(happened: Sequence[Event]) -> Iterator[str]:
    if happened:
        yield from ("", "| UTC | what | |", "|---|---|---|")
    for event in happened:
        note = f" ({event.note})" if event.note else ""
        yield f"| {clock(event.at)} | {event.verb} | {cell(event.text + note)} |"
