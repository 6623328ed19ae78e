"""All hosts that are watched: which of them may be repaired, and the reports of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from ..facts.runs import our_version, who
from .drift import Job
from .limits import Limits, halt_reason
from .report import Report
from .watched import Watched


def _one_by_one() -> Executor:
    """Writes and sends reports, so that no host waits for that."""
    return ThreadPoolExecutor(max_workers=1)


@dataclass
class Fleet:
    """
    + job: which hosts
    + limits: how many hosts may show the same finding before none is repaired
    + publish: called with a report of all hosts and the name of the one whose run brought the news;
      an empty name for a report without news, which is made once a minute
    + hosts: by name
    + halted: why none is repaired; empty: each may be
    """

    job: Job
    limits: Limits = field(default_factory=Limits)
    publish: Callable[[Report, str], object] = lambda _, __: None
    hosts: dict[str, Watched] = field(default_factory=dict)
    halted: str = ""
    reporter: Executor = field(default_factory=_one_by_one)

    def approve(self, host: Watched) -> bool:
        """Decides whether a host's run may repair: not where many hosts show the same finding."""
        every = [h.proposed or h.last for h in self.hosts.values()]
        self.halted = halt_reason([h for h in every if h], self.limits)
        host.decide(approved=not self.halted)
        if self.halted and host.proposed:
            host.last = replace(host.proposed, held=self.halted)
        return not self.halted

    def report(self, news_of: str) -> None:
        """
        Reports the state of all hosts.

        + news_of: the host whose run brought the news; empty: there is none
        """
        report = Report(
            command="watch",
            inventory=self.job.inventory,
            runbook=self.job.runbook,
            started=round(time.time(), 3),
            seconds=0,
            who=who(),
            version=our_version(),
            hosts=tuple(h.last for h in self.hosts.values() if h.last and not h.removed),
            halted=self.halted,
        )
        self.reporter.submit(self._publish, report, news_of)
        for host in self.hosts.values():
            host.mark_reported()

    def _publish(self, report: Report, news_of: str) -> None:
        try:
            self.publish(report, news_of)
        except Exception:  # noqa: BLE001 - it is printed, and the watch goes on
            traceback.print_exc()
