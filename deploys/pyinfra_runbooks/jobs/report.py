"""The result of a job, from which every format is made. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .hosts import HostReport, Status


@dataclass(frozen=True, slots=True)
class Report:
    """
    The result of a job.

    + command: ``check``, ``correct``, ``repair`` or ``watch``
    + started: seconds since 1970
    + seconds: how long it took
    + who: the person, and the machine that it was run on
    + version: of this package
    + halted: why no host was changed, though some could be; empty: there is no such reason
    + error: why the job has no result for any host; empty: it has
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
    def exit_code(self) -> Literal[0, 1, 2]:
        """0: every host is healthy; 2: a finding is unresolved; 1: an error."""
        statuses = set(self.counts)
        if self.error or Status.ERROR in statuses or not self.hosts:
            return 1
        return 2 if statuses & {Status.DRIFT, Status.UNRESOLVED} else 0

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many hosts have each status."""
        return Counter(host.status for host in self.hosts)


def summary(report: Report) -> str:
    """One line: how many hosts have each status."""
    if report.error:
        return report.error
    counted = [f"{n} {status}" for status in Status if (n := report.counts.get(status, 0))]
    hosts = f"{len(report.hosts)} host{'' if len(report.hosts) == 1 else 's'}"
    return f"{hosts}: {', '.join(counted)}" if counted else "no host"


def merged(looked: Sequence[HostReport], run: Sequence[HostReport]) -> tuple[HostReport, ...]:
    """
    The hosts after a check, and a correction of some of them.

    + looked: the hosts as the check saw them
    + run: those that were corrected, as that run left them
    """
    corrected = {host.name: host for host in run}
    return tuple(
        replace(
            done,
            before=host.before,
            after=done.after or host.after,
            stacks=done.stacks or host.stacks,
            intended=host.intended,
            corrected=True,
        )
        if (done := corrected.get(host.name))
        else host
        for host in looked
    )


def change(host: HostReport) -> Literal["none", "corrective", "intentional"]:
    """``corrective``: drift was repaired; ``intentional``: a changed declaration was put into
    effect; ``none``: nothing was done."""
    if not host.changes:
        return "none"
    return "intentional" if host.intended else "corrective"
