"""One message of all that is due. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ...showing import harmless
from ..report import Report
from .news import JOB, Event, News, Severity

GROUPS = 20
"""What is shown in full; of the rest it is said how much there is."""
NAMES = 10
"""Hosts that are named."""
LIMITS = 3
"""Hosts up to which the command to run names them."""
WIDTH = 400
"""Characters of a line."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    + severity: the worst of what is in it
    + body: plain text, which is fine as Markdown, too
    """

    severity: Severity
    title: str
    body: str


def message(due: Sequence[News], report: Report) -> Message:
    """
    What is due, as one message: the same finding of many hosts is told once.

    + due: what to tell, at least one
    + report: where it comes from
    """
    order = list(Event)
    groups: dict[tuple[int, str], list[News]] = {}
    for one in due:
        groups.setdefault((order.index(one.event), one.headline), []).append(one)
    shown = [group for _, group in sorted(groups.items(), key=lambda item: item[0][0])]
    blocks = ["\n".join(_cut(line) for line in _block(group, report)) for group in shown[:GROUPS]]
    if len(shown) > GROUPS:
        blocks.append(f"… and {len(shown) - GROUPS} more: runbooks check {_target(report)}")
    severities = list(Severity)
    return Message(
        min((one.event.severity for one in due), key=severities.index),
        _title(due, report),
        "\n\n".join([*blocks, _foot(report)]) + "\n",
    )


def _title(due: Sequence[News], report: Report) -> str:
    told = Counter(event for event, _ in dict.fromkeys((one.event, one.host) for one in due))
    words = ", ".join(f"{told[event]} {event.value}" for event in Event if event in told)
    return _cut(f"{report.inventory}: {words}")


def _block(group: Sequence[News], report: Report) -> Iterator[str]:
    first = group[0]
    yield f"{first.event.value.capitalize()}: {first.headline}"
    hosts = list(dict.fromkeys(one.host for one in group if one.host != JOB))
    if hosts:
        more = f" and {len(hosts) - NAMES} more" if len(hosts) > NAMES else ""
        yield f"- on: {', '.join(hosts[:NAMES])}{more}"
    if first.evidence:
        yield f"- seen: {first.evidence}"
    if first.more:
        yield f"- {first.more}"
    if command := _command(first.event, hosts, report):
        yield f"- run: {command}"


def _command(event: Event, hosts: Sequence[str], report: Report) -> str:
    """What a person runs to see to it; a repair by a person is pyinfra's, which shows it first."""
    limits = [word for host in hosts for word in ("--limit", host)] if len(hosts) <= LIMITS else []
    target = " ".join([_target(report), *map(shlex.quote, limits)])
    match event:
        case Event.LEFT | Event.BREAKER:
            return f"pyinfra {target}"
        case Event.DRIFT:
            return f"runbooks correct {target}"
        case Event.FAILED | Event.HALTED:
            return f"runbooks check {target}"
        case _:
            return ""


def _target(report: Report) -> str:
    return shlex.join([report.inventory, report.runbook])


def _foot(report: Report) -> str:
    at = datetime.fromtimestamp(report.started, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"runbooks {report.command}, by {report.who}, {at}"


def _cut(line: str) -> str:
    line = harmless(" ".join(line.split()))
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
