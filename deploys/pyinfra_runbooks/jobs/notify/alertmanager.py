"""Alerts as Alertmanager takes them: a list for POST /api/v2/alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ..report import Report
from .alerts import Alert
from .change import Change
from .text import command

EXPIRES = 24 * 3600.0
"""Seconds after which an alert ends unless a job sends it again: its host left the inventory."""


def alerts(change: Change, report: Report, now: float, generator: str = "") -> list[dict[str, Any]]:
    """
    All open findings, and those that are resolved; Alertmanager groups, repeats and silences them.

    + now: seconds since 1970
    + generator: the URL that the alerts link to
    """
    open_ = [_alert(alert, report, now, now + EXPIRES, generator) for alert in change.sent]
    labels = [alert["labels"] for alert in open_]
    # To Alertmanager, too, another severity is another alert.
    known = [_alert(alert, report, now, now, generator) for alert in change.known]
    return [*(alert for alert in known if alert["labels"] not in labels), *open_]


def _alert(alert: Alert, report: Report, now: float, end: float, generator: str) -> dict[str, Any]:
    return {
        "labels": _labels(alert, report),
        "annotations": dict(_annotations(alert, report)),
        # Alertmanager keeps the earliest one that it has received.
        "startsAt": _time(min(report.started, now)),
        "endsAt": _time(end),
        **({"generatorURL": generator} if generator else {}),
    }


def _labels(alert: Alert, report: Report) -> dict[str, str]:
    labels = {
        "alertname": alert.kind,
        "severity": alert.severity.value,
        "source": "pyinfra-runbooks",
        "inventory": report.inventory,
        "host": alert.host,
        "stack": alert.stack,
        "subject": alert.subject,
    }
    return {name: value for name, value in labels.items() if value}


def _annotations(alert: Alert, report: Report) -> Iterator[tuple[str, str]]:
    yield "summary", alert.headline
    if description := "\n".join(filter(None, (alert.evidence, alert.more))):
        yield "description", description
    if run := command(alert.event, [alert.host] if alert.host else [], report):
        yield "run", run


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
