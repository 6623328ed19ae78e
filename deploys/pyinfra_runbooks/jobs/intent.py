"""Whether a repair puts into effect what a person has changed, or what was so before. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .hosts import HostReport, Status
from .report import Report


def marked(report: Report, declared: Mapping[str, str]) -> Report:
    """
    The report, in which a host is intended whose declaration changed since it was last well.

    + declared: by host, what was declared when it was last well
    """
    return replace(
        report,
        hosts=tuple(
            replace(host, intended=_changed(host, declared.get(host.name, "")))
            for host in report.hosts
        ),
    )


def learned(report: Report, declared: Mapping[str, str]) -> Mapping[str, str]:
    """
    The same for the next job: hosts that are well now count with what is declared now.

    + declared: by host, what was declared when it was last well
    """
    fine = (Status.WELL, Status.REPAIRED)
    now = {h.name: h.after.declared for h in report.hosts if h.status in fine and h.after}
    return {**declared, **{name: digest for name, digest in now.items() if digest}}


def _changed(host: HostReport, known: str) -> bool:
    now = host.before.declared if host.before else ""
    return bool(known and now and known != now)
