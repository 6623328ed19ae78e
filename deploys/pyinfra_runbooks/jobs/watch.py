"""Watch: for each host a run of pyinfra that waits, connected, until its stack needs it."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from ..facts.runs import our_version, who
from ..watching import Watching
from .drift import Job, as_job
from .hosts import HostReport
from .inventory import InventoryError
from .places import Place
from .report import Report
from .restraint import Limits, common_mode
from .running import PAUSE, Running, told_to_end
from .sources import Sources
from .systemd import Systemd
from .watched import Watched

STANDBY = Path(__file__).with_name("standby.py")
STARTING = 4
"""Runs that may start at once: each takes half a second of CPU until it waits."""
BEAT = 60.0
"""Seconds after which metrics are written again though nothing is new: they have an age."""


@dataclass
class Watch:
    """
    All hosts of a job, watched until it is ended.

    + job: which hosts
    + names: gives the hosts' names, whenever the inventory is another one
    + every: seconds after which a host is looked at though nothing was heard
    + limits: when something is wrong with more than the hosts
    + max_disruption: the most that users may notice; default: as the inventory says
    + done: called when something came of a run, with all hosts as they are known, and whose it
      was; and now and then, with nobody's name
    """

    job: Job
    names: Callable[[], Sequence[str]]
    every: int
    limits: Limits = field(default_factory=Limits)
    max_disruption: str | None = None
    done: Callable[[Report, str], object] = lambda _, __: None
    hosts: dict[str, Watched] = field(default_factory=dict)
    halted: str = ""
    ears: Path = Path()
    leaving: list[Running] = field(default_factory=list)
    teller: Executor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))

    def run(self) -> None:
        """Watches until we are told to end, and returns when all runs have ended."""
        sources, systemd = Sources(self.job), Systemd()
        beat = time.monotonic() + BEAT
        with (
            told_to_end() as asked,
            Place() as self.ears,
            # Whoever is told may take his time, and no host waits for him.
            ThreadPoolExecutor(max_workers=1) as self.teller,
        ):
            self._know(self.names())
            while not asked():
                if sources.changed():
                    self._start_again()
                for host in [*self.hosts.values()]:
                    if self._turn(host):
                        self._tell(host.name)
                self._start_some()
                self._let_go()
                waiting = sum(host.waits for host in self.hosts.values())
                systemd.alive(f"listening to {waiting} of {len(self.hosts)} hosts")
                if time.monotonic() >= beat:
                    beat = time.monotonic() + BEAT
                    self._tell("")
                time.sleep(PAUSE)
            self._end()

    def _know(self, names: Sequence[str]) -> None:
        """These are the hosts from now on; those that are gone are let go."""
        gone = [self.hosts.pop(name) for name in set(self.hosts) - set(names)]
        self.leaving += [host.run for host in gone if host.run]
        for name in names:
            ear = self.ears / sha256(name.encode()).hexdigest()
            self.hosts.setdefault(name, Watched(name, ear))

    def _start_again(self) -> None:
        """A run that waits knows what the inventory said when it was started: it has to end."""
        try:
            self._know(self.names())
        except InventoryError as error:
            print(f"{error}: the former inventory stays in use", file=sys.stderr, flush=True)
            return
        for host in self.hosts.values():
            if host.run and host.waits:
                host.run.end()

    def _turn(self, host: Watched) -> bool:
        """Hears what the host's run says; whether there is something to tell of it."""
        if host.run is None:
            return False
        news = host.hear()
        if host.asks:
            self._answer(host)
        if host.run is not None and host.run.ended():
            return host.take() or news
        if host.silent(self.every):
            host.run.end()
        return news

    def _answer(self, host: Watched) -> None:
        """Whether a host may be repaired: not where many show the same."""
        every = [h.asked or h.last for h in self.hosts.values()]
        self.halted = common_mode([h for h in every if h], self.limits)
        host.answer("no" if self.halted else "yes")
        if self.halted and host.asked:
            host.last = replace(host.asked, held=self.halted)
            self._tell(host.name)

    def _start_some(self) -> None:
        """Starts what is due, the longest due first; hosts in trouble leave room for the others."""
        starting = [host for host in self.hosts.values() if host.starts]
        due = [h for h in self.hosts.values() if h.run is None and time.monotonic() >= h.begin]
        for host in sorted(due, key=lambda h: (h.failures > 0, h.begin)):
            troubled = sum(h.failures > 0 for h in starting)
            if len(starting) >= STARTING or (host.failures and troubled >= STARTING / 2):
                return
            try:
                host.start(self._waiting(host))
            except OSError as error:
                host.failed(f"no run could be started: {error.strerror}")
                self._tell(host.name)
            starting.append(host)

    def _let_go(self) -> None:
        """Ends the runs of hosts that are none of ours any more."""
        for run in self.leaving:
            run.end()
        over = [run for run in self.leaving if run.ended()]
        self.leaving = [run for run in self.leaving if not run.ended()]
        for run in over:
            run.result()

    def _waiting(self, host: Watched) -> Running:
        left = host.last.after.drift if host.last and host.last.after else ()
        waiting = Watching(
            self.every,
            tuple(f"{finding.kind} {finding.subject}" for finding in left),
            str(host.ear),
        )
        arguments = self.job.arguments(*as_job(self.max_disruption), only=[host.name])
        arguments.insert(-1, str(STANDBY))
        return Running(arguments, waiting.to_environment())

    def _tell(self, of: str) -> None:
        self.teller.submit(self._done, self._report(), of)
        for host in self.hosts.values():
            host.told()

    def _done(self, report: Report, of: str) -> None:
        try:
            self.done(report, of)
        except Exception:  # noqa: BLE001 - it is said, and the watch goes on
            traceback.print_exc()

    def _report(self) -> Report:
        known: list[HostReport] = [host.last for host in self.hosts.values() if host.last]
        return Report(
            command="watch",
            inventory=self.job.inventory,
            runbook=self.job.runbook,
            started=round(time.time(), 3),
            seconds=0,
            who=who(),
            version=our_version(),
            hosts=tuple(known),
            halted=self.halted,
        )

    def _end(self) -> None:
        running = [host.run for host in self.hosts.values() if host.run] + self.leaving
        for run in running:
            run.end()
        for run in running:
            run.result()
