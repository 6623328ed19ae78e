"""What `runbooks repair` shows before it asks, and while it is at work. Pure.

The cause comes first, what follows from it is counted, and the plan stands last: with a question
under it all of one stack fits into 24 lines of 80 characters.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from ...core.disruption import Disruption
from ...core.finding import Finding
from ...core.resolution import Refusal
from ..hosts import HostReport, Look
from .words import one_line

Entry = Mapping[str, Any]

NOTICED = {
    Disruption.NONE: "users notice nothing",
    Disruption.RECONNECT: "its clients are disconnected once",
    Disruption.RESTART: "away while it starts again",
    Disruption.RECREATE: "away while its container is recreated",
}
"""What users notice of a step."""

EVIDENCE = 2
"""Lines of a finding's evidence that are shown; all of it with ``whole``."""


@dataclass(frozen=True, slots=True)
class Deed:
    """
    One thing that is planned.

    + thing: the service, network or file that it is done to
    + does: what is done
    + disruption: what users notice
    """

    thing: str
    does: str
    disruption: Disruption


@dataclass(frozen=True, slots=True)
class Planned:
    """
    What is planned for one stack.

    + host, directory: which one
    + steps: what is done, in order
    + later: what is done after that, if it then proves needed
    """

    host: str
    directory: str
    steps: tuple[Deed, ...] = ()
    later: tuple[Deed, ...] = ()


_PLANNED = TypeAdapter(Planned)


def plans(entries: Sequence[Entry]) -> list[Planned]:
    """
    The plan for each stack, as the journal of a run has it.

    + entries: the journal up to the question
    """
    asked = [entry for entry in entries if entry["event"] == "asks"]
    return [_PLANNED.validate_python(plan) for entry in asked for plan in entry["plans"]]


def others(entries: Sequence[Entry]) -> list[str]:
    """
    The operations of a runbook that are not this package's: what they do is not known.

    + entries: the journal up to the question
    """
    return [name for entry in entries if entry["event"] == "asks" for name in entry["others"]]


def question(
    hosts: Sequence[HostReport],
    planned: Sequence[Planned],
    besides: Sequence[str] = (),
    width: int = 80,
    whole: bool = False,
) -> Iterator[str]:
    """
    What is wrong, and what will be done about it: the lines above the question.

    + hosts: the hosts, as they were looked at
    + planned: what is planned for their stacks
    + besides: other operations of the runbook
    + width: characters that fit into a line; default: 80
    + whole: whether all symptoms and all evidence are shown; default: ``False``
    """
    for host in hosts:
        found = host.after.drift if host.after else ()
        if found:
            yield f"{one_line(host.name)}: {_stacks(host)}"
            yield from _causes(found, width, whole)
    for plan in planned:
        if plan.steps:
            yield ""
            yield from _plan(plan, several=len(planned) > 1, width=width)
    if besides:
        yield ""
        yield from _wrapped("The runbook does besides: ", one_line("; ".join(besides)), width)


def progress(entry: Entry, seconds: float) -> str:
    """
    An event of a repair in one line; empty: there is nothing to say of it.

    + seconds: since it was begun
    """
    match entry["event"]:
        case "changing":
            said = f"{', '.join(entry['things'])}: {'; '.join(entry['does'])}"
        case "change":
            said = f"  {'done' if entry['done'] else 'failed'}, {entry['seconds']:.1f} s"
        case "waiting" if entry["failed"]:
            said = f"  waiting: {entry['failed'][0]}"
        case "waiting":
            said = f"  the checks pass: {entry['passed']} of {entry['of']}"
        case "proof":
            said = "  not healthy" if entry["findings"] else "  healthy, which is proved"
        case _:
            return ""
    return f"{seconds:6.1f} s  {one_line(entry['host'])}  {said}"


def _stacks(host: HostReport) -> str:
    looks: tuple[Look, ...] = host.stacks or ((host.after,) if host.after else ())
    broken = [one_line(look.stack) for look in looks if any(f.breaks_health for f in look.drift)]
    if not broken:
        return "healthy, and not as declared"
    return f"{', '.join(broken)} {'are' if len(broken) > 1 else 'is'} not healthy"


def _causes(found: Sequence[Finding[Any]], width: int, whole: bool) -> Iterator[str]:
    for finding in found:
        if finding.cause or whole:
            yield from _wrapped("  ", one_line(finding.headline()), width)
            yield from _seen(finding.evidence, width, None if whole else EVIDENCE)
            if isinstance(finding.resolution, Refusal):
                yield from _wrapped("    can't: ", one_line(finding.resolution.because), width)
                yield from _wrapped("    do: ", one_line(finding.resolution.instead), width)
    symptoms = sum(finding.symptom for finding in found)
    if symptoms and not whole:
        yield f"  +{symptoms} symptom{'s' if symptoms > 1 else ''} (-v shows them)"


def _seen(evidence: str, width: int, most: int | None) -> Iterator[str]:
    """The evidence, in so many lines at most."""
    lines = [*_wrapped("    seen: ", one_line(evidence), width)]
    yield from lines[:most]
    if most and len(lines) > most:
        yield "          ... (-v shows all of it)"


def _plan(plan: Planned, several: bool, width: int) -> Iterator[str]:
    where = f" for {one_line(plan.host)}, {one_line(plan.directory)}" if several else ""
    yield f"Plan{where}:"
    for number, step in enumerate(plan.steps, 1):
        yield from _wrapped(f"  {number}. ", _deed(step), width)
    if plan.later:
        yield "  After that, only if it then proves needed:"
    for step in plan.later:
        yield from _wrapped("  -  ", _deed(step), width)


def _deed(deed: Deed) -> str:
    return one_line(f"{deed.thing}: {deed.does} ({NOTICED[deed.disruption]})")


def _wrapped(begin: str, text: str, width: int) -> Iterator[str]:
    """A text in lines; those after the first are indented as deep as its words."""
    yield from textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_on_hyphens=False,
        break_long_words=False,
    )
