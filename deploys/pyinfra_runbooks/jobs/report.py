"""What came of a job: every format is made of this. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .hosts import HostReport, Status

VERSION = 1
"""Of the report as JSON; it grows when a member is taken away or means something else."""


@dataclass(frozen=True, slots=True)
class Report:
    """
    What came of a job.

    + command: ``check``, ``correct`` or ``watch``
    + started: seconds since 1970
    + seconds: how long it took
    + who: the person, and the machine that it was run on
    + version: of this package
    + halted: why no host was changed, though some could be; empty: nothing was held back
    + error: why there is nothing to tell of any host; empty: there is
    """

    command: str
    inventory: str
    runbook: str
    started: float
    seconds: float
    who: str
    version: str
    hosts: tuple[HostReport, ...]
    halted: str = ""
    error: str = ""

    @property
    def exit_code(self) -> int:
        """0: all is well; 2: something is left that is not; 1: an error."""
        statuses = set(self.counts)
        if self.error or Status.ERROR in statuses or not self.hosts:
            return 1
        return 2 if statuses & {Status.DRIFT, Status.LEFT} else 0

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many hosts stand how."""
        return Counter(host.status for host in self.hosts)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON takes it; `report.schema.json` says what is in it."""
        return {
            "version": VERSION,
            "job": self.command,
            "inventory": self.inventory,
            "runbook": self.runbook,
            "started": self.started,
            "seconds": self.seconds,
            "who": self.who,
            "package": self.version,
            "exit_code": self.exit_code,
            "halted": self.halted,
            "error": self.error,
            "hosts": [_host(host) for host in self.hosts],
        }


def summary(report: Report) -> str:
    """One line: how many hosts stand how."""
    if report.error:
        return report.error
    counted = [f"{n} {status}" for status in Status if (n := report.counts.get(status, 0))]
    hosts = f"{len(report.hosts)} host{'' if len(report.hosts) == 1 else 's'}"
    return f"{hosts}: {', '.join(counted)}" if counted else "no host"


def merged(looked: Sequence[HostReport], run: Sequence[HostReport]) -> tuple[HostReport, ...]:
    """
    What a check saw, and what a correction then did of it.

    + looked: the hosts by the check
    + run: those that were corrected
    """
    corrected = {host.name: host for host in run}
    return tuple(
        replace(
            done,
            before=host.before,
            after=done.after or host.after,
            intended=host.intended,
            corrected=True,
        )
        if (done := corrected.get(host.name))
        else host
        for host in looked
    )


def _host(host: HostReport) -> dict[str, Any]:
    return {
        "name": host.name,
        "status": host.status.value,
        "change": change(host),
        "error": host.error,
        "held": host.held,
        "api_failed_seconds": host.api_failed,
        "before": asdict(host.before) if host.before else None,
        "after": asdict(host.after) if host.after else None,
        "steps": [asdict(step) for step in host.steps],
    }


def change(host: HostReport) -> str:
    """``corrective``: drift was repaired; ``intentional``: what a person declared was put into
    effect; ``none``: nothing was done."""
    if not host.changes:
        return "none"
    return "intentional" if host.intended else "corrective"
