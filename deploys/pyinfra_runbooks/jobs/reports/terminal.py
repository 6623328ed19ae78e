"""A report as a person reads it on a terminal or in a log, without colour.

The worst hosts and the summary come last, so that they stay on the screen. Healthy hosts share a
line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.finding import Finding
from ...core.showing import printable_lines
from ..hosts import HostReport, Status
from ..report import Report, summary
from .words import (
    WORST_FIRST,
    State,
    api,
    asked,
    changed,
    details,
    duration,
    findings,
    one_line,
    utc,
    why,
)

NAMED = 8
"""Healthy hosts that are named; the others are counted."""

EACH = 3
"""Healthy hosts of which more is said than their names."""

_VERBS = {"change": "did", "failure": "failed", "refusal": "refused"}


def render(report: Report, verbose: bool = False) -> str:
    """
    What is wrong where, what was done about it, and the summary.

    + verbose: whether it says of every healthy host what was asked there
    """
    return printable_lines("\n".join(_lines(report, verbose)) + "\n")


def _lines(report: Report, verbose: bool) -> Iterator[str]:
    few = len(report.hosts) == 1 and report.hosts[0].stacks
    if verbose or (few and _unremarkable(report.hosts[0])):
        for host in filter(_unremarkable, report.hosts):
            yield from _host(host)
    else:
        yield from _healthy([host for host in report.hosts if _unremarkable(host)])
    for status in reversed(WORST_FIRST):
        for host in report.hosts:
            if host.status is status and not _unremarkable(host):
                yield from _host(host)
    if report.halted:
        yield f"Halted: {one_line(report.halted)}"
    # A watch has no end: it says when something was new.
    watch = report.command == "watch"
    when = utc(report.started) if watch else f"{report.seconds:.1f} s"
    yield f"{one_line(summary(report))} ({when})"


def _unremarkable(host: HostReport) -> bool:
    """Whether a host is healthy, without a pause, a finding or anything else to show."""
    paused = host.before and host.before.paused
    said = host.findings or host.ignored or paused
    return host.status is Status.HEALTHY and not said


def _healthy(hosts: Sequence[HostReport]) -> Iterator[str]:
    """A few with what was asked of them; many by their names."""
    if len(hosts) <= EACH and all(asked(host) for host in hosts):
        for host in hosts:
            yield f"{one_line(host.name)}: {Status.HEALTHY}: {asked(host)}"
        return
    names = [host.name for host in hosts]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{', '.join(one_line(name) for name in names[:NAMED])}{more}: {Status.HEALTHY}"


def _host(host: HostReport) -> Iterator[str]:
    reason = why(host)
    yield f"{one_line(host.name)}: {host.status}" + (f": {reason}" if reason else "")
    if host.before and host.before.paused:
        yield f"  {one_line(host.before.paused)}"
    yield from _asked(host)
    for state, finding in findings(host):
        yield from _finding(state, finding)
    for line in host.ignored:
        yield f"  {one_line(line)}"
    for step in host.steps:
        took = f" ({duration(step.seconds)})" if step.seconds else ""
        yield f"  {_VERBS[step.kind]}: {one_line(step.text)}{took}"
    for words in (api(host), changed(host)):
        if words:
            yield f"  {words}"


def _asked(host: HostReport) -> Iterator[str]:
    """What "healthy" is said by: what was asked of each stack, and of whom."""
    for look in host.stacks:
        if look.asked:
            yield f"  {one_line(look.stack)}: {one_line(look.asked)}"
    if not host.stacks and asked(host):
        yield f"  {asked(host)}"


def _finding(state: State, finding: Finding[Any]) -> Iterator[str]:
    yield f"  {_mark(state)}{one_line(finding.headline())}"
    for word, text in details(finding):
        if state is not State.RESOLVED or word == "seen":
            yield f"    {word}: {text}"


def _mark(state: State) -> str:
    """The state of a finding; an open one, which needs attention, has no mark."""
    return "" if state is State.OPEN else f"({state}) "
