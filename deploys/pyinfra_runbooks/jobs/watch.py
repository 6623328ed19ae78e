"""Watch: for each host a run of pyinfra that waits, connected, until its stack needs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..facts.runs import our_version, who
from ..watching import Watching
from .drift import Job, as_job
from .hosts import HostReport, Status, of_journal
from .report import Report
from .running import PAUSE, Entry, Running, told_to_end
from .systemd import Systemd

STANDBY = Path(__file__).with_name("standby.py")
STARTING = 4
"""Runs that may start at once: each takes half a second of CPU until it waits."""
LONGEST_PAUSE = 60.0
"""Seconds between two attempts to reach a host, at most."""
_SILENT = 300.0
"""Seconds that a run may be silent beyond what it may wait."""


@dataclass
class Watched:
    """
    A host, and the run that waits for it.

    + begin: from when on the next run may start, by the monotonic clock
    + failures: runs in a row that ended with an error
    + entries: what its run told of since it last heard something
    + last: what came of the last run, or what was seen since
    """

    name: str
    run: Running | None = None
    begin: float = 0.0
    heard_at: float = 0.0
    failures: int = 0
    entries: list[Entry] = field(default_factory=list)
    last: HostReport | None = None

    @property
    def waits(self) -> bool:
        """Whether its run listens to it."""
        return bool(self.run and self.entries and self.entries[-1]["event"] == "listening")

    @property
    def starts(self) -> bool:
        """Whether its run has not told of anything yet."""
        return self.run is not None and not self.entries

    def hear(self, heard: Iterable[Entry]) -> bool:
        """Takes in events; whether the host turns out to be well that was not, or was not known.

        It needs no run to end to be known as that.
        """
        news = False
        for entry in heard:
            if entry["event"] == "heard":
                self.entries = [e for e in self.entries if e["event"] == "run"]
            self.entries.append(entry)
            if entry["event"] == "look":
                seen = next((h for h in of_journal(self.entries, corrected=True)), None)
                if seen and seen.status is Status.WELL:
                    news = news or self.last is None or not self.last.is_well
                    self.last, self.failures = seen, 0
        return news


@dataclass
class Watch:
    """
    All hosts of a job, watched until somebody ends it.

    + job: which hosts
    + every: seconds after which a host is looked at though nothing was heard
    + max_disruption: the most that users may notice; default: as the inventory says
    + done: called when something came of a run, with all hosts as they are known, and whose it was
    """

    job: Job
    every: int
    max_disruption: str | None = None
    done: Callable[[Report, str], object] = lambda _, __: None
    hosts: list[Watched] = field(default_factory=list)
    systemd: Systemd = field(default_factory=Systemd)

    def run(self, names: Iterable[str]) -> None:
        """Watches these hosts; returns by KeyboardInterrupt, with all runs ended."""
        self.hosts = [Watched(name) for name in names]
        started = time.time()
        try:
            with told_to_end(lambda: None):
                while True:
                    for host in self.hosts:
                        if self._turn(host):
                            self.done(self._report(started), host.name)
                    self._start_some()
                    self._alive()
                    time.sleep(PAUSE)
        finally:
            self._end()

    def _turn(self, host: Watched) -> bool:
        """Hears what the host's run says; whether there is something to tell of it."""
        if host.run is None:
            return False
        now = time.monotonic()
        if heard := host.run.heard():
            host.heard_at = now
            if host.hear(heard):
                return True
        if host.run.ended():
            host.hear(host.run.heard())
            self._take(host, host.run)
            return True
        if now - host.heard_at > self.every + _SILENT:
            host.run.end()
        return False

    def _take(self, host: Watched, run: Running) -> None:
        """What came of a run; the next one starts at once, or later the more often it fails."""
        result = run.result()
        told = of_journal(host.entries, corrected=True)
        found = next((h for h in told if h.name == host.name), None)
        if found is None:
            found = HostReport(host.name, error="it could not be reached")
        if found.status is Status.ERROR and (said := result.said_of(host.name)):
            found = replace(found, error=f"{found.error}: {said}")
        failed = found.status is Status.ERROR
        host.failures = host.failures + 1 if failed else 0
        pause = min(LONGEST_PAUSE, 2.0 ** min(host.failures, 10)) if failed else 0
        host.begin = time.monotonic() + pause
        host.last, host.run, host.entries = found, None, []

    def _start_some(self) -> None:
        starting = sum(host.starts for host in self.hosts)
        for host in self.hosts:
            if starting >= STARTING:
                return
            if host.run is None and time.monotonic() >= host.begin:
                host.run = self._waiting(host)
                host.heard_at = time.monotonic()
                starting += 1

    def _waiting(self, host: Watched) -> Running:
        left = host.last.after.drift if host.last and host.last.after else ()
        waiting = Watching(self.every, tuple(finding.headline() for finding in left))
        arguments = self.job.arguments(*as_job(self.max_disruption), only=[host.name])
        arguments.insert(-1, str(STANDBY))
        return Running(arguments, waiting.to_environment())

    def _alive(self) -> None:
        waiting = sum(host.waits for host in self.hosts)
        self.systemd.alive(f"listening to {waiting} of {len(self.hosts)} hosts")

    def _report(self, started: float) -> Report:
        return Report(
            command="watch",
            inventory=self.job.inventory,
            runbook=self.job.runbook,
            started=round(started, 3),
            seconds=round(time.time() - started, 3),
            who=who(),
            version=our_version(),
            hosts=tuple(host.last for host in self.hosts if host.last),
        )

    def _end(self) -> None:
        for host in self.hosts:
            if host.run:
                host.run.end()
        for host in self.hosts:
            if host.run:
                host.run.result()
