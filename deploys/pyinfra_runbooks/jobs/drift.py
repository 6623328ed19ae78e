"""Check, correct and repair: look at the hosts, and repair what may be repaired."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from ..core.finding import remedies
from ..core.shipped import SHARE, nearest_runbook, runbooks
from ..engine.rules.actors import STARTING
from ..facts.runs import our_version, who
from .hosts import ENDS, UNSEEN, HostReport, of_journal, unreached
from .limits import Limits, halt_reason
from .options import MisuseError, PyinfraOptions
from .report import Report, merged
from .running import Entry, Run, pyinfra, stop_requested_within

NOT_DECLARED = "no inventory has this host: it was looked at, and nothing was changed"
"""Why a job corrects nothing on a host that was named alone."""
AGAIN = 3
"""Times that a host is started over, because its plan has changed since it was shown."""
DEPLOYING = 5.0
"""Seconds between two looks at hosts that are being deployed."""


@dataclass(frozen=True)
class Job:
    """
    What a job is about.

    + inventory, runbook: as pyinfra takes them
    + pyinfra_options: the options that a person gave for pyinfra
    + on_event: called with each event of a run, and with ``correcting`` before the run that repairs
    + only: the hosts to keep of those that the options choose; default: all
    + connection: how the hosts are connected to, as pyinfra's options; default: as inventories say
    + declared: whether an inventory has them; default: ``True``
    """

    inventory: str
    runbook: str
    pyinfra_options: Sequence[str] = ()
    on_event: Callable[[Entry], None] = lambda _: None
    only: Sequence[str] | None = None
    connection: Sequence[str] = ()
    declared: bool = True

    def run(self, *arguments: str, only: Sequence[str] | None = None) -> Run:
        """Runs pyinfra on the job's hosts, or only on some of them."""
        options = PyinfraOptions(self.pyinfra_options, self.only if only is None else only)
        return pyinfra(self.arguments(*arguments), options, self.on_event)

    def ask(self, approves: Callable[[Sequence[Entry]], bool], *arguments: str) -> Run:
        """Runs pyinfra on the job's hosts; it asks before it changes anything."""
        options = PyinfraOptions(self.pyinfra_options, self.only)
        command = self.arguments(*arguments, asks=True)
        return pyinfra(command, options, self.on_event, approves)

    def arguments(
        self, *arguments: str, first: Sequence[str] = (), asks: bool = False
    ) -> list[str]:
        """
        pyinfra's command line. A person's options come last, so that none can swallow one of ours.

        + arguments: options of ours
        + first: files that are read before the runbook
        + asks: whether it asks before it changes anything
        """
        return [
            *([] if asks else ["-y"]),
            *self.connection,
            *arguments,
            self.inventory,
            *first,
            self.runbook,
            *self.pyinfra_options,
        ]


def check(job: Job) -> Report:
    """
    Looks at the hosts, and changes nothing.

    + job: which hosts

    A difference during a deployment is no drift: such hosts are looked at again until it is over.
    """
    started = time.time()
    return _report(job, "check", started, *_deployed(job, *_looked(job)))


def correct(job: Job, limits: Limits, max_disruption: str | None = None) -> Report:
    """
    Looks at the hosts, and repairs those that it may.

    + job: which hosts
    + limits: how many hosts may show the same finding before none is repaired
    + max_disruption: the most that users may notice; default: as the inventory says

    Waits for deployments, as `check` does, if there is nothing else to repair.
    """
    one_cap(job.pyinfra_options, max_disruption)
    started = time.time()
    looked, hosts = _looked(job, max_disruption)
    if not any(_repairable(host) and not host.deploying for host in hosts):
        looked, hosts = _deployed(job, looked, hosts, max_disruption)
    if not job.declared:
        hosts = tuple(replace(host, held=NOT_DECLARED) for host in hosts)
    before = _report(job, "correct", started, looked, hosts)
    if before.error or looked.interrupted:
        return before
    halted = halt_reason(hosts, limits)
    todo = [] if halted else [host.name for host in hosts if _repairable(host)]
    if not todo:
        held = tuple(replace(host, corrected=True, held=host.held or halted) for host in hosts)
        return replace(before, hosts=held, halted=halted)
    job.on_event({"event": "correcting", "hosts": todo})
    run = _corrected(job, todo, max_disruption)
    after = _report(job, "correct", started, run, _hosts(run, corrected=True))
    looked_at = tuple(replace(host, corrected=True) for host in hosts)
    return replace(after, hosts=merged(looked_at, after.hosts))


def repair(
    job: Job, approves: Callable[[Sequence[Entry]], bool], max_disruption: str | None = None
) -> Report:
    """
    Looks at the hosts, and repairs what a person says yes to: that, and nothing else.

    + job: which hosts
    + approves: whether what is planned may be done, by the events up to there
    + max_disruption: the most that users may notice; default: as the inventory says
    """
    one_cap(job.pyinfra_options, max_disruption)
    started, said = time.time(), []

    def approved(entries: Sequence[Entry]) -> bool:
        said.append(approves(entries))
        return said[-1]

    run = job.ask(approved, *capped(max_disruption))
    return _report(job, "repair", started, run, _hosts(run, corrected=any(said)))


def _corrected(job: Job, todo: Sequence[str], max_disruption: str | None) -> Run:
    """Repairs hosts, and starts over with those whose plan has changed since it was shown."""
    run = job.run(*as_job(max_disruption), only=todo)
    for _ in range(AGAIN):
        again = [entry["host"] for entry in run.entries if entry.get("again")]
        if not again or run.interrupted:
            break
        before = [entry for entry in run.entries if not entry.get("again")]
        died = run.code if _unended(before, again) else 0
        run = job.run(*as_job(max_disruption), only=again)
        more = [entry for entry in run.entries if entry["event"] != "run"]
        run = replace(run, code=run.code or died, entries=(*before, *more))
    return run


def _unended(entries: Iterable[Entry], again: Collection[str]) -> bool:
    """Whether a run ended early on any host but these."""
    reached = {name for entry in entries if entry["event"] == "run" for name in entry["reached"]}
    ended = {entry["host"] for entry in entries if entry["event"] in ENDS}
    return bool(reached - ended - {*again})


def as_job(max_disruption: str | None = None) -> tuple[str, ...]:
    """The options that tell a runbook that no person is there, and what users may notice."""
    return ("--data", "unattended=true", *capped(max_disruption))


def capped(max_disruption: str | None) -> tuple[str, ...]:
    """The options that tell a runbook the most that users may notice."""
    return ("--data", f"max_disruption={max_disruption}") if max_disruption else ()


def one_cap(pyinfra_options: Sequence[str], max_disruption: str | None) -> None:
    """
    Raises `MisuseError` where a person gives the most that users may notice twice.

    + pyinfra_options: the options that a person gave for pyinfra, of which the last one counts
    + max_disruption: what ``--max-disruption`` says
    """
    given = " ".join(pyinfra_options)
    if max_disruption and (twice := re.search(r"--data[ =](max_disruption=\S*)", given)):
        raise MisuseError(
            f"--max-disruption {max_disruption} and --data {twice[1]}: expected one of them"
        )


DEFAULT = "redis_recovery"
"""The runbook of a job that names none."""


def runbook(name: str, inventory: str) -> str:
    """
    The file of a runbook.

    + name: of one that is in runbooks/ here, or beside the inventory's directory, or comes with
      the package: ``network``. Anything else is as pyinfra takes it: a path, a deploy
    + inventory: as pyinfra takes it

    Raises `MisuseError` for a name that none has.
    """
    if not re.fullmatch(r"[a-z_]+", name):
        return name
    file = Path("runbooks") / f"{name}.py"
    places = (Path(), Path(inventory).resolve().parent.parent, SHARE)
    if found := next((place / file for place in places if (place / file).is_file()), None):
        return str(found)
    near = nearest_runbook(name)
    meant = f" (did you mean {near}?)" if near else ""
    known = ", ".join(runbooks())
    raise MisuseError(f"there is no runbook {name}{meant}: expected a path, or one of {known}")


Looked: TypeAlias = tuple[Run, tuple[HostReport, ...]]


def _looked(
    job: Job, max_disruption: str | None = None, only: Sequence[str] | None = None
) -> Looked:
    run = job.run("--dry", *as_job(max_disruption), only=only)
    return run, _hosts(run, corrected=False)


def _deployed(
    job: Job, run: Run, looked: Sequence[HostReport], max_disruption: str | None = None
) -> Looked:
    """The hosts once deployments are over; a host with a long one is left to a person."""
    hosts = {host.name: host for host in looked}
    until = time.monotonic() + STARTING
    while not run.interrupted and time.monotonic() < until:
        busy = [host.name for host in hosts.values() if host.deploying]
        if not busy:
            break
        if stop_requested_within(DEPLOYING):
            run = replace(run, interrupted=True)
            break
        again, seen = _looked(job, max_disruption, only=busy)
        # A host may fail to be looked at while it is being deployed: that is not the job's error.
        hosts |= {host.name: host for host in seen if not host.error}
        run = replace(run, interrupted=again.interrupted)
    return run, tuple(replace(host, held=host.deploying) for host in hosts.values())


def _repairable(host: HostReport) -> bool:
    seen = host.after.findings if host.after else ()
    return not (host.error or host.held) and any(remedies(seen))


def _hosts(run: Run, corrected: bool) -> tuple[HostReport, ...]:
    hosts = of_journal(run.entries, corrected)
    if not any(entry["event"] == "run" for entry in run.entries):
        hosts = [unreached(name) for name in run.unreachable]  # No runbook was begun.
    return tuple(explained(host, run) for host in hosts)


def explained(host: HostReport, run: Run) -> HostReport:
    """A host with the reason of a run that ended early."""
    if not host.reached and host.name in run.unreachable:
        return unreached(host.name, run.unreachable[host.name])
    if not host.reached:
        return HostReport(host.name, error=f"{UNSEEN}: {run.reason()}")
    if run.code and host.error == UNSEEN:
        return replace(host, error=f"{host.error}: {run.reason()}")
    if run.code and not host.error and host.corrected and not host.ended:
        return replace(host, error=f"the run ended before it was proved: {run.reason()}")
    return host


def _report(
    job: Job, command: str, started: float, run: Run, hosts: tuple[HostReport, ...]
) -> Report:
    """A run that ends with an error that no host explains is an error of the job."""
    explained = run.code > 0 and any(host.error or any(host.refusals) for host in hosts)
    error = run.reason() if (run.code or not hosts) and not explained else ""
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
