"""Watch: for each host a run of pyinfra that waits, connected, until its stack needs it.

A supervisor: it starts the runs, restarts them when they end, with longer pauses the more often
they fail, and ends all of them when it is stopped itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from ..watching import Watching
from .drift import as_job
from .fleet import Fleet
from .inventory import Listing
from .options import MisuseError, PyinfraOptions
from .places import Place
from .running import PAUSE, Running, stop_requests
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
    All hosts of a job, watched until it is stopped.

    + fleet: the hosts, and the job that they belong to
    + listing: returns the hosts; called again whenever one of its source files changes
    + every: seconds after which a host is looked at though no event came
    + max_disruption: the most that users may notice; default: as the inventory says
    """

    fleet: Fleet
    listing: Callable[[], Listing]
    every: int
    max_disruption: str | None = None
    replies: Path = field(default_factory=Path)

    def run(self) -> None:
        """Watches until the process is asked to stop, and returns when all runs have ended."""
        hosts, systemd, beat = self.fleet.hosts, Systemd(), time.monotonic() + BEAT
        with stop_requests() as stopping, Place() as self.replies, self.fleet.reporter:
            sources = self._read()
            count = f"{len(hosts)} host{'' if len(hosts) == 1 else 's'}"
            print(f"watching {count}; Ctrl-C ends it", file=sys.stderr, flush=True)
            while not stopping():
                if sources.changed():
                    sources = self._read_again(sources)
                for host in [*hosts.values()]:
                    self._turn(host)
                self._start_some()
                waiting = sum(host.listening for host in hosts.values())
                systemd.alive(f"listening to {waiting} of {len(hosts)} hosts")
                if time.monotonic() >= beat:
                    beat = time.monotonic() + BEAT
                    self.fleet.report("")
                time.sleep(PAUSE)
            running = [host.run for host in hosts.values() if host.run]
            for run in running:
                run.end()
            for run in running:
                run.result()

    def _read(self) -> Sources:
        """Reads which hosts there are; returns the files that say so."""
        listing, hosts = self.listing(), self.fleet.hosts
        for name in listing.hosts:
            reply_file = self.replies / sha256(name.encode()).hexdigest()
            hosts.setdefault(name, Watched(name, reply_file))
        for name, host in hosts.items():
            host.removed = name not in listing.hosts
        return Sources(listing.sources)

    def _read_again(self, sources: Sources) -> Sources:
        """Ends the runs that wait, too: each knows the inventory as it was when the run started."""
        try:
            sources = self._read()
        except MisuseError as error:
            print(f"{error}: the former inventory stays in use", file=sys.stderr, flush=True)
            return sources
        for host in self.fleet.hosts.values():
            if host.listening and host.run:
                host.run.end()
        return sources

    def _turn(self, host: Watched) -> None:
        """Reads a host's new events, and reports what is new."""
        news = host.poll()
        if host.wants_approval:
            news = not self.fleet.approve(host) or news
        if host.run and host.run.ended():
            host.reap()
            news = True
        elif host.run and (host.removed or host.silent(self.every)):
            host.run.end()
        if host.removed and not host.run:
            del self.fleet.hosts[host.name]
        elif news and not host.removed:
            self.fleet.report(host.name)

    def _start_some(self) -> None:
        """Starts what is due, the longest due first; hosts in trouble leave room for the others."""
        hosts = self.fleet.hosts.values()
        starting = sum(host.starting for host in hosts)
        due = [host for host in hosts if not host.run and time.monotonic() >= host.not_before]
        for host in sorted(due, key=lambda h: (h.failures > 0, h.not_before)):
            if starting < (STARTING // 2 if host.failures else STARTING):
                starting += 1
                self._start(host)

    def _start(self, host: Watched) -> None:
        how = Watching(self.every, host.known_drift, str(host.reply_file)).to_environment()
        job = self.fleet.job
        arguments = job.arguments(*as_job(self.max_disruption), first=[str(STANDBY)])
        try:
            host.start(Running(arguments, PyinfraOptions(job.pyinfra_options, [host.name]), how))
        except OSError as error:
            host.failed(f"no run could be started: {error.strerror}")
            self.fleet.report(host.name)
