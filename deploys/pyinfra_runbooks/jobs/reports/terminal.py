"""A report as a person reads it on a terminal or in a log.

The worst hosts and the summary come last, so that they stay on the screen. Healthy hosts share a
line. Of each cause there is what is seen of it, and what is done about it; what follows from it is
folded under it. Colour is never alone: each line says in words what it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import click

from ...core.finding import Finding
from ...core.showing import IN_A_LOG, printable
from ..hosts import HostReport, Status
from ..report import Report, summary
from .folding import troubles
from .lines import causes, steps, wrapped
from .words import (
    WORST_FIRST,
    State,
    api,
    asked,
    changed,
    counted,
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
_COLOURS = {
    Status.ERROR: "red",
    Status.UNRESOLVED: "yellow",
    Status.DRIFT: "yellow",
    Status.REPAIRED: "green",
    Status.HEALTHY: "green",
}


def render(report: Report, verbose: bool = False, width: int = IN_A_LOG) -> str:
    """
    What is wrong where, what was done about it, and the summary.

    + verbose: whether it shows all symptoms, and of every healthy host what was asked there
    + width: characters that fit into a line; default: it is not wrapped
    """
    return "\n".join(map(printable, _lines(report, verbose, width))) + "\n"


def coloured(text: str) -> str:
    """A report in colours: the head of each host by its status, and what was done or failed."""
    return "\n".join(map(_coloured, text.split("\n")))


def _coloured(line: str) -> str:
    word = line.strip().partition(":")[0]
    if not line.startswith(" "):
        said = line.partition(": ")[2].partition(":")[0]
        colour = next((c for status, c in _COLOURS.items() if said == str(status)), None)
        return click.style(line, bold=True, fg=colour) if line else line
    if word in ("failed", "refused", "can't"):
        return click.style(line, fg="red")
    if word in ("did", "do"):
        return click.style(line, fg="green" if word == "did" else "cyan")
    return click.style(line, dim=True) if word in ("seen", "also", "look") else line


def _lines(report: Report, verbose: bool, width: int) -> Iterator[str]:
    few = len(report.hosts) == 1 and report.hosts[0].stacks
    if verbose or (few and _unremarkable(report.hosts[0])):
        for host in filter(_unremarkable, report.hosts):
            yield from _host(host, verbose, width)
    else:
        yield from _healthy([host for host in report.hosts if _unremarkable(host)], width)
    for status in reversed(WORST_FIRST):
        for host in report.hosts:
            if host.status is status and not _unremarkable(host):
                yield from _host(host, verbose, width)
                yield from _next(host, report, width)
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


def _healthy(hosts: Sequence[HostReport], width: int) -> Iterator[str]:
    """A few with what was asked of them; many by their names."""
    if len(hosts) <= EACH and all(asked(host) for host in hosts):
        for host in hosts:
            yield from _headed(f"{one_line(host.name)}: {Status.HEALTHY}", asked(host), width)
        return
    names = [host.name for host in hosts]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{', '.join(one_line(name) for name in names[:NAMED])}{more}: {Status.HEALTHY}"


def _host(host: HostReport, verbose: bool, width: int) -> Iterator[str]:
    yield from _headed(f"{one_line(host.name)}: {host.status}", why(host), width)
    if host.before and host.before.paused:
        yield f"  {one_line(host.before.paused)}"
    for line in _asked(host):
        yield from wrapped("  ", line, width)
    if verbose or not _causes(host):
        for state, finding in findings(host):
            yield from _finding(state, finding, width)
    else:
        yield from _folded(host, width)
    for line in host.ignored:
        yield f"  {one_line(line)}"
    for step in host.steps:
        took = f" ({duration(step.seconds)})" if step.seconds else ""
        yield from wrapped(f"  {_VERBS[step.kind]}: ", f"{one_line(step.text)}{took}", width)
    for words in (api(host), changed(host)):
        if words:
            yield from wrapped("  ", words, width)


def _headed(head: str, text: str, width: int) -> Iterator[str]:
    """A line; or a head, and under it what does not fit beside it."""
    line = f"{head}: {text}" if text else head
    if len(line) <= width:
        yield line
    else:
        yield head
        yield from wrapped("  ", text, width)


def _next(host: HostReport, report: Report, width: int) -> Iterator[str]:
    """How a person goes on after a look."""
    if report.command == "check" and host.status is Status.DRIFT and host.after and host.after.plan:
        command = ["runbooks", "repair", report.inventory]
        command += ["--limit", host.name] if host.name != report.inventory else []
        yield from wrapped("  do: ", one_line(shlex.join(command)), width)


def _causes(host: HostReport) -> bool:
    return any(finding.cause for finding in host.findings)


def _folded(host: HostReport, width: int) -> Iterator[str]:
    """Each cause that is open, and what can be done about it; then what no longer is."""
    last = host.after
    if last and last.drift:
        yield from causes(last, width)
        if last.plan and not host.corrected:
            yield "  Plan:"
            yield from (f"  {line}" for line in steps(last.plan, width - 2))
    yield from _passed(host, width)
    for state, finding in findings(host):
        if not finding.drift:
            yield from _finding(state, finding, width)


def _passed(host: HostReport, width: int) -> Iterator[str]:
    """The causes that the last look no longer showed, and how many symptoms passed with them."""
    past = [(s, f) for s, f in findings(host) if s in (State.RESOLVED, State.UNKNOWN)]
    plan = host.before.plan if host.before else ()
    for state in dict.fromkeys(state for state, _ in past):
        found = [finding for one, finding in past if one is state]
        for trouble in troubles(found, plan):
            yield from _past(state, trouble.cause, len(trouble.others), width)
        if symptoms := sum(finding.symptom for finding in found):
            yield f"  {_mark(state)}+{counted(symptoms, 'symptom')}"


def _past(state: State, cause: Finding[Any], others: int, width: int) -> Iterator[str]:
    yield from _finding(state, cause, width)
    if others:
        yield f"    also: {counted(others, 'finding')} with this cause"


def _asked(host: HostReport) -> Iterator[str]:
    """What "healthy" is said by: what was asked of each stack, and of whom."""
    for look in host.stacks:
        if look.asked:
            yield f"{one_line(look.stack)}: {one_line(look.asked)}"
    if not host.stacks and asked(host):
        yield asked(host)


def _finding(state: State, finding: Finding[Any], width: int) -> Iterator[str]:
    yield from wrapped(f"  {_mark(state)}", one_line(finding.headline()), width)
    for word, text in details(finding):
        if state is not State.RESOLVED or word == "seen":
            yield from wrapped(f"    {word}: ", text, width)


def _mark(state: State) -> str:
    """The state of a finding; an open one, which needs attention, has no mark."""
    return "" if state is State.OPEN else f"({state}) "
