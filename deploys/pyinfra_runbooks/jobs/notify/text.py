"""Alerts as one message for people. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ...core.showing import printable
from ..report import Report
from .alerts import JOB, Alert, Event, Severity

GROUPS = 20
"""Groups that are shown in full; the others are only counted."""
NAMES = 10
"""Hosts of a group that are named."""
LIMITS = 3
"""The most hosts that the command to run names."""
WIDTH = 400
"""Characters of a line."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    + severity: the worst of its alerts
    + body: plain text that also reads as Markdown
    """

    severity: Severity
    title: str
    body: str


def message(alerts: Sequence[Alert], report: Report) -> Message:
    """
    Alerts as one message, in which the same finding of many hosts appears once.

    + alerts: at least one
    + report: the report that they come from
    """
    order = list(Event)
    groups: dict[tuple[int, str], list[Alert]] = {}
    for alert in alerts:
        groups.setdefault((order.index(alert.event), alert.headline), []).append(alert)
    shown = [group for _, group in sorted(groups.items(), key=lambda item: item[0][0])]
    blocks = ["\n".join(_cut(line) for line in _block(group, report)) for group in shown[:GROUPS]]
    if len(shown) > GROUPS:
        blocks.append(f"… and {len(shown) - GROUPS} more: runbooks check {_target(report)}")
    severities = list(Severity)
    return Message(
        min((alert.severity for alert in alerts), key=severities.index),
        _title(alerts, report),
        "\n\n".join([*blocks, _foot(report)]) + "\n",
    )


def _title(alerts: Sequence[Alert], report: Report) -> str:
    """What a phone shows: where it is, what users notice, the worst cause, and how many more."""
    order = list(Event)
    worst = min(alerts, key=lambda alert: order.index(alert.event))
    same = [
        alert for alert in alerts if (alert.event, alert.headline) == (worst.event, worst.headline)
    ]
    hosts = list(dict.fromkeys(alert.host for alert in same))
    where = (hosts[0] or report.inventory) if len(hosts) == 1 else f"{len(hosts)} hosts"
    down = "API down, " if any(alert.down for alert in same) else ""
    others = len({(alert.event, alert.headline) for alert in alerts}) - 1
    more = f" (+{others} more)" if others else ""
    return _cut(f"{where}: {down}{worst.event.value}: {worst.headline}{more}")


def _block(group: Sequence[Alert], report: Report) -> Iterator[str]:
    first = group[0]
    yield f"{first.event.value.capitalize()}: {first.headline}"
    hosts = list(dict.fromkeys(alert.host for alert in group if alert.host != JOB))
    if hosts:
        more = f" and {len(hosts) - NAMES} more" if len(hosts) > NAMES else ""
        yield f"- on: {', '.join(hosts[:NAMES])}{more}"
    if first.evidence:
        yield f"- seen: {first.evidence}"
    if first.more:
        yield f"- {first.more}"
    if run := command(first.event, hosts, report):
        yield f"- run: {run}"


def command(event: Event, hosts: Sequence[str], report: Report) -> str:
    """The command for a person to run; a repair is shown before it asks."""
    limits = [word for host in hosts for word in ("--limit", host)] if len(hosts) <= LIMITS else []
    target = " ".join([_target(report), *map(shlex.quote, limits)])
    match event:
        case Event.UNRESOLVED | Event.BREAKER | Event.DRIFT:
            return f"runbooks repair {target}"
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
    line = printable(" ".join(line.split()))
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
