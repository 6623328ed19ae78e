"""A report as a person reads it on a terminal or in a log, without colour.

The worst comes last: that is what a screen still shows. Hosts that are well take one line together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...showing import harmless_lines
from ..hosts import Finding, HostReport, Status
from ..report import Report, summary
from .words import (
    WORST_FIRST,
    State,
    answer,
    api,
    changed,
    findings,
    lasting,
    one_line,
    why,
)

NAMED = 8
"""Hosts that are well and named; of the others the number is enough."""

_VERBS = {"change": "did", "failure": "failed", "refusal": "refused"}


def render(report: Report) -> str:
    """What is wrong where, what was done about it, and the sum."""
    return harmless_lines("\n".join(_lines(report)) + "\n")


def _lines(report: Report) -> Iterator[str]:
    yield from _well([host.name for host in report.hosts if _nothing_to_tell(host)])
    for status in reversed(WORST_FIRST):
        for host in report.hosts:
            if host.status is status and not _nothing_to_tell(host):
                yield from _host(host)
    if report.halted:
        yield f"Halted: {one_line(report.halted)}"
    yield f"{one_line(summary(report))} ({report.seconds:.1f} s)"


def _nothing_to_tell(host: HostReport) -> bool:
    """A pause, and what was accepted, is shown for healthy hosts, too."""
    paused = host.before and host.before.paused
    return host.status is Status.WELL and not host.findings and not paused


def _well(names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{', '.join(one_line(name) for name in names[:NAMED])}{more}: {Status.WELL}"


def _host(host: HostReport) -> Iterator[str]:
    reason = why(host)
    yield f"{one_line(host.name)}: {host.status}" + (f": {reason}" if reason else "")
    if host.before and host.before.paused:
        yield f"  {one_line(host.before.paused)}"
    for state, finding in findings(host):
        yield from _finding(state, finding)
    for step in host.steps:
        took = f" ({lasting(step.seconds)})" if step.seconds else ""
        yield f"  {_VERBS[step.kind]}: {one_line(step.text)}{took}"
    for words in (api(host), changed(host)):
        if words:
            yield f"  {words}"


def _finding(state: State, finding: Finding) -> Iterator[str]:
    yield f"  {_mark(state)}{one_line(finding.headline())}"
    for word, text in answer(finding):
        if state is not State.GONE or word == "seen":
            yield f"    {word}: {text}"


def _mark(state: State) -> str:
    """Whether a person still has to read on."""
    return "" if state is State.OPEN else f"({state}) "
