"""What `runbooks repair` shows before it asks, and while it is at work. Pure.

The cause comes first, what follows from it is counted, and the plan stands last: with a question
under it all of one stack fits into 24 lines of 80 characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.deeds import Planned, plans_from_json
from ..core.nouns import with_its_thing
from ..core.showing import cut, printable
from .hosts import HostReport, Look
from .reports.lines import causes, in_words, steps, whole_causes, wrapped
from .reports.words import one_line

Entry = Mapping[str, Any]


def plans(entries: Sequence[Entry]) -> list[Planned]:
    """
    The plan for each stack, as the journal of a run has it.

    + entries: the journal up to the question
    """
    asked = [entry for entry in entries if entry["event"] == "asks"]
    return [plan for entry in asked for plan in plans_from_json(entry["plans"])]


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
        if host.after and host.after.drift:
            yield f"{one_line(host.name)}: {_stacks(host)}"
            yield from whole_causes(host.after, width) if whole else causes(host.after, width)
    for plan in planned:
        if plan.steps:
            yield ""
            yield from _plan(plan, several=len(planned) > 1, width=width)
    if besides:
        yield ""
        yield from wrapped(
            "Also in the runbook, and not shown here: ", one_line("; ".join(besides)), width
        )


def clock(seconds: float) -> str:
    """What stands before an event: since when the repair is at work."""
    return f"{seconds:6.1f} s  "


def progress(entry: Entry, width: int | None = None) -> str:
    """
    An event of a repair in one line; empty: there is nothing to say of it.

    + width: characters that fit into a line behind the clock; default: it is not cut
    """
    match entry["event"]:
        case "changing":
            said = with_its_thing(", ".join(entry["things"]), "; ".join(entry["does"]))
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
    return cut(f"{one_line(entry['host'])}  {printable(said)}", width)


def _stacks(host: HostReport) -> str:
    looks: tuple[Look, ...] = host.stacks or ((host.after,) if host.after else ())
    broken = [one_line(look.stack) for look in looks if any(f.breaks_health for f in look.drift)]
    if not broken:
        return "healthy, but not as declared"
    return f"{', '.join(broken)} {'are' if len(broken) > 1 else 'is'} not healthy"


def _plan(plan: Planned, several: bool, width: int) -> Iterator[str]:
    where = f" for {one_line(plan.host)}, {one_line(plan.directory)}" if several else ""
    yield f"Plan{where}:"
    yield from steps(plan.steps, width)
    if plan.later:
        yield "  After that, only if it then proves needed:"
    for step in plan.later:
        yield from wrapped("  -  ", in_words(step), width)
