"""Check and correct: look at the hosts, and repair what is safe."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from ..facts.runs import our_version, who
from ..rules.actors import STARTING
from . import options, restraint
from .hosts import UNSEEN, HostReport, of_journal, unreached
from .inventory import exactly
from .report import Report, merged
from .running import Entry, Run, pyinfra, told_to_end_within

DEPLOYING = 5.0
"""Seconds between two looks at hosts that are being deployed."""


@dataclass(frozen=True)
class Job:
    """
    What a job is about.

    + inventory, runbook: as pyinfra takes them
    + passed: pyinfra's options, by their names
    + heard: called with each event of a run, for a watcher; and with ``correcting`` before
      the run that repairs
    """

    inventory: str
    runbook: str
    passed: Mapping[str, Any] = field(default_factory=dict)
    heard: Callable[[Entry], None] = lambda _: None

    def run(self, *arguments: str, only: Sequence[str] = ()) -> Run:
        """Runs pyinfra on the hosts that the options name, or only on some of them."""
        return pyinfra(self.arguments(*arguments, only=only), self.heard)

    def arguments(self, *arguments: str, only: Sequence[str] = ()) -> list[str]:
        """pyinfra's command line; what is to be run comes last."""
        if only:
            given = options.command_line(self.passed, "--limit", "--exclude")
            given += [word for name in only for word in ("--limit", exactly(name))]
        else:
            given = options.command_line(self.passed)
        return ["-y", *arguments, *given, self.inventory, self.runbook]


def check(job: Job) -> Report:
    """
    Looks at the hosts, and changes nothing.

    + job: which hosts

    What differs while a stack is being deployed is no drift: such hosts are looked at again until
    that is over.
    """
    started = time.time()
    return _report(job, "check", started, *_deployed(job, *_looked(job)))


def correct(job: Job, limits: restraint.Limits, max_disruption: str | None = None) -> Report:
    """
    Looks at the hosts, and repairs those that it may.

    + job: which hosts
    + limits: when something is wrong with more than the hosts
    + max_disruption: the most that users may notice; default: as the inventory says

    Where nothing else is to be repaired, deployments are waited for, as `check` does.
    """
    started = time.time()
    looked, hosts = _looked(job, max_disruption)
    if not any(_repairable(host) and not host.deploying for host in hosts):
        looked, hosts = _deployed(job, looked, hosts, max_disruption)
    before = _report(job, "correct", started, looked, hosts)
    if before.error or looked.interrupted:
        return before
    halted = restraint.common_mode(hosts, limits)
    todo = [] if halted else [host.name for host in hosts if _repairable(host)]
    if not todo:
        held = tuple(replace(host, corrected=True, held=host.held or halted) for host in hosts)
        return replace(before, hosts=held, halted=halted)
    job.heard({"event": "correcting", "hosts": todo})
    run = job.run(*as_job(max_disruption), only=todo)
    after = _report(job, "correct", started, run, _hosts(run, corrected=True))
    asked = tuple(replace(host, corrected=True) for host in hosts)
    return replace(after, hosts=merged(asked, after.hosts))


def as_job(max_disruption: str | None = None) -> tuple[str, ...]:
    """How pyinfra is told that no person is there, and what may be noticed."""
    capped = ("--data", f"max_disruption={max_disruption}") if max_disruption else ()
    return ("--data", "unattended=true", *capped)


def default_runbook(inventory: str) -> str | None:
    """The recovery that comes with this project, where the inventory has its place in it."""
    name = Path("runbooks") / "redis_recovery.py"
    places = (Path(), Path(inventory).resolve().parent.parent)
    return next((str(place / name) for place in places if (place / name).is_file()), None)


Looked: TypeAlias = tuple[Run, tuple[HostReport, ...]]


def _looked(job: Job, max_disruption: str | None = None, only: Sequence[str] = ()) -> Looked:
    run = job.run("--dry", *as_job(max_disruption), only=only)
    return run, _hosts(run, corrected=False)


def _deployed(
    job: Job, run: Run, looked: Sequence[HostReport], max_disruption: str | None = None
) -> Looked:
    """The same once nobody deploys any more; hosts where it takes long are left to a person."""
    hosts = {host.name: host for host in looked}
    until = time.monotonic() + STARTING
    while not run.interrupted and time.monotonic() < until:
        busy = [host.name for host in hosts.values() if host.deploying]
        if not busy:
            break
        if told_to_end_within(DEPLOYING):
            run = replace(run, interrupted=True)
            break
        again, seen = _looked(job, max_disruption, only=busy)
        # Now and then what is being deployed can't be looked at: that says nothing of the job.
        hosts |= {host.name: host for host in seen if not host.error}
        run = replace(run, interrupted=again.interrupted)
    return run, tuple(replace(host, held=host.deploying) for host in hosts.values())


def _repairable(host: HostReport) -> bool:
    seen = host.after.findings if host.after else ()
    return not (host.error or host.held) and any(finding.answer == "remedy" for finding in seen)


def _hosts(run: Run, corrected: bool) -> tuple[HostReport, ...]:
    hosts = of_journal(run.entries, corrected)
    if not run.entries:  # No runbook was begun: pyinfra has said of whom it knows.
        hosts = [unreached(name) for name in _unreached(run.printed)]
    return tuple(explained(host, run) for host in hosts)


def _unreached(printed: Iterable[str]) -> list[str]:
    """The hosts that pyinfra spoke of, and did not say that it is connected to."""
    said = [found.groups() for line in printed if (found := re.match(_OF_A_HOST, line))]
    connected = {name for name, what in said if what.startswith("Connected")}
    return [name for name in dict.fromkeys(name for name, _ in said) if name not in connected]


_OF_A_HOST = r"\s*\[([^\]]+)\]\s+(.*)"


def explained(host: HostReport, run: Run) -> HostReport:
    """A host with the reason that its run gives, which ended before it had told all of it."""
    if not host.reached:
        if run.connected(host.name):
            return HostReport(host.name, error=f"{UNSEEN}: {run.last_words()}")
        return unreached(host.name, run.said_of(host.name))
    if run.code and host.error == UNSEEN:
        return replace(host, error=f"{host.error}: {run.last_words()}")
    if run.code and not host.error and host.corrected and not host.ended:
        return replace(host, error=f"the run ended before it was proved: {run.last_words()}")
    return host


def _report(
    job: Job, command: str, started: float, run: Run, hosts: tuple[HostReport, ...]
) -> Report:
    """A run that ends with an error that no host explains is an error of the job."""
    explained = run.code > 0 and any(host.error or any(host.refusals) for host in hosts)
    error = run.last_words() if (run.code or not hosts) and not explained else ""
    if run.interrupted:
        error = "it was stopped"
    return Report(
        command=command,
        inventory=job.inventory,
        runbook=job.runbook,
        started=round(started, 3),
        seconds=round(time.time() - started, 3),
        who=who(),
        version=our_version(),
        hosts=hosts,
        error=error,
    )
