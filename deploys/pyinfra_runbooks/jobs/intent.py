"""Whether a repair puts a person's change into effect, or corrects drift. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .hosts import HostReport
from .report import Report


def with_intent(report: Report, declared: Mapping[str, str]) -> Report:
    """
    The report, with each host marked whose declaration changed since it was last healthy.

    + declared: by host, what was declared when it was last healthy
    """
    return replace(
        report,
        hosts=tuple(
            replace(host, intended=_changed(host, declared.get(host.name, "")))
            for host in report.hosts
        ),
    )


def declared_when_healthy(report: Report, declared: Mapping[str, str]) -> Mapping[str, str]:
    """
    The same mapping for the next job, brought up to date with the hosts that are healthy now.

    + declared: by host, what was declared when it was last healthy
    """
    now = {h.name: h.after.declared for h in report.hosts if h.is_healthy and h.after}
    return {**declared, **{name: digest for name, digest in now.items() if digest}}


def _changed(host: HostReport, known: str) -> bool:
    now = host.before.declared if host.before else ""
    return bool(known and now and known != now)
