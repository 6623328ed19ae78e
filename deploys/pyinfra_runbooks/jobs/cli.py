"""The command ``runbooks``."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from json import dumps
from typing import Any

import click

from ..core.disruption import Disruption
from ..core.kind import kinds, nearest
from ..core.page import explained
from ..core.shipped import SHARE
from ..facts.runs import our_version, who
from . import drift, options, pausing
from .completing import completion
from .destination import FORM
from .drift import Job
from .fleet import Fleet
from .history import history
from .init.command import init
from .inventory import Listing, read
from .limits import Limits
from .options import MisuseError
from .outputs import Outputs, output_options
from .progress import Progress
from .publishing import publish
from .repair import Conversation, needs_terminal
from .report import Report
from .reports import json
from .running import Run
from .shard import Shard
from .target import DIAGNOSE, target
from .validating import validate
from .watch import Watch


class _Runbooks(click.Group):
    """Exit code 2 means an unresolved finding, so a mistake in the command line is 1."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            named = {"prog_name": "runbooks", **kwargs}  # also as python -m pyinfra_runbooks
            return super().main(*args, **{**named, "standalone_mode": False})
        except click.ClickException as error:
            error.show()
            why = error.format_message()
        except (click.Abort, KeyboardInterrupt):
            why = "Stopped"
            click.echo(why, err=True)
        given = kwargs.get("args", args[0] if args else None)
        _refused_as_json(sys.argv[1:] if given is None else given, why)
        sys.exit(1)


def _refused_as_json(given: Sequence[str], why: str) -> None:
    """What reads JSON gets some, also where nothing was begun."""
    if "--json" not in given or given[0] not in main.commands:
        return
    name, *words = given
    if any(parameter.name == "report_files" for parameter in main.commands[name].params):
        # A later word may be an option's value, such as a password.
        inventory = words[0] if words and not words[0].startswith("-") else ""
        empty = Report(name, inventory, "", time.time(), 0, who(), our_version(), (), error=why)
        click.echo(json.render(empty), nl=False)
    else:
        click.echo(dumps({"error": why}))


_job_options = options.option_group(
    options.words(f"[INVENTORY|{FORM}] [RUNBOOK]", "runbook"),
    output_options,
    click.option(
        "--shard",
        callback=options.validated(Shard.parse),
        help="Only a part of the hosts, by a stable hash of their names: 3/16.",
    ),
    click.option(
        "--jitter",
        type=click.FloatRange(0, 86400),
        default=0,
        help="Wait up to so many seconds first, so that many timers don't fire together.",
    ),
)

_most = click.option(
    "--max-disruption",
    type=click.Choice([disruption.value for disruption in Disruption]),
    help="The most that users may notice. Default: the inventory's cap.",
)

# What a job that repairs may do.
_limits = options.option_group(
    _most,
    click.option(
        "--max-affected-percent",
        type=click.FloatRange(0, 100),
        default=Limits().percent,
        show_default=True,
        help="A finding on more than this percentage of the hosts stops all corrections.",
    ),
    click.option(
        "--max-affected-hosts",
        type=click.IntRange(0),
        default=Limits().hosts,
        show_default=True,
        help="The number of hosts that may show the same finding whatever the percentage.",
    ),
)


@click.group(cls=_Runbooks, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pyinfra-runbooks", message="runbooks %(version)s")
def main() -> None:
    """
    Look at the hosts of an inventory, repair what is safe, and report the rest to a person.

    \b
    runbooks init deploy@10.0.0.7 ops        write a repository for a host
    runbooks validate                        judge the inventory; no host is contacted
    runbooks check                           look, and change nothing
    runbooks repair --limit web-1            show what will be done there, ask, and do it
    runbooks explain wrong-network           what a finding means

    INVENTORY is a file such as inventories/prod.py; without it, RUNBOOKS_INVENTORY, or inventory in
    [tool.pyinfra-runbooks] of pyproject.toml. RUNBOOK is a name (network) or a path; without it,
    redis_recovery. Options that are not listed are passed to pyinfra, and come after these:
    --limit web --sudo.

    Exit code 0: every host is healthy. 2: a finding is unresolved. 1: an error.
    """


main.add_command(completion)
main.add_command(history)
main.add_command(init)
main.add_command(validate)


@main.command(context_settings=options.PASSING)
@_job_options
def check(outputs: Outputs, **given: Any) -> None:
    """
    Look, and change nothing. 0: no drift, 2: drift, 1: an error.

    A host that is named alone is looked at as a whole, with all its Compose projects: by what its
    inventory says, if one in inventories/ has it.

    \b
    runbooks check inventories/prod.py
    runbooks check inventories/prod.py network --limit web-1
    runbooks check deploy@10.0.0.7 --report host.html
    """
    with Progress() as progress:
        report = drift.check(_job(given, progress, looks=True))
    sys.exit(publish(report, outputs))


@main.command(context_settings=options.PASSING)
@_job_options
@_limits
def correct(
    outputs: Outputs,
    max_disruption: str | None,
    max_affected_percent: float,
    max_affected_hosts: int,
    **given: Any,
) -> None:
    """
    Repair what may be repaired. 0: healthy, 2: a finding is unresolved, 1: an error.

    A host that no inventory has is looked at, and nothing is changed there.

    \b
    runbooks correct inventories/prod.py --max-disruption reconnect
    runbooks correct inventories/prod.py --limit web-1 --report incident.html
    """
    limits = Limits(max_affected_percent, max_affected_hosts)
    with Progress() as progress:
        job = _job(given, progress)
        report = drift.correct(job, limits, max_disruption)
    if not job.declared:
        click.echo(f"{job.inventory}: {drift.NOT_DECLARED}", err=True)
    sys.exit(publish(report, outputs))


@main.command(context_settings=options.PASSING)
@_job_options
@_most
def repair(outputs: Outputs, max_disruption: str | None, **given: Any) -> None:
    """
    Show what is wrong and what will be done, ask, and do that. 0: healthy, 2: a finding is
    unresolved, 1: an error.

    Nothing is changed unless y is typed. For jobs, which can't be asked: correct.

    \b
    runbooks repair inventories/prod.py
    runbooks repair inventories/prod.py --limit web-1 --max-disruption restart
    """
    needs_terminal()
    talk = Conversation(outputs.verbose, err=outputs.json)
    job = _job(given, talk, repairs=True)
    report = drift.repair(job, talk.approves, max_disruption)
    sys.exit(publish(report, outputs))


@main.command(context_settings=options.PASSING)
@_job_options
@_limits
@click.option(
    "--every",
    type=click.IntRange(5),
    default=180,
    show_default=True,
    help="Seconds after which a host is looked at though no event came.",
)
def watch(
    outputs: Outputs,
    max_disruption: str | None,
    max_affected_percent: float,
    max_affected_hosts: int,
    every: int,
    shard: Shard | None,
    **given: Any,
) -> None:
    """
    Listen to the hosts' Docker events, and repair at once. Ends on SIGTERM or Ctrl-C.

    \b
    runbooks watch inventories/prod.py --max-disruption none
    """
    job = _job({**given, "shard": None})
    if not job.declared:
        raise MisuseError(f"{job.inventory} is in no inventory: expected one with hosts to watch")
    drift.one_cap(job.pyinfra_options, max_disruption)

    def listing() -> Listing:
        """Reads the inventory, which may have changed."""
        found = read(job.inventory, job.pyinfra_options, job.runbook)
        wanted = [name for name in found.hosts if job.only is None or name in job.only]
        names = [name for name in wanted if shard is None or shard.owns(name)]
        if names:
            return replace(found, hosts=tuple(names))
        part = f" in shard {shard}" if shard else ""
        raise MisuseError(f"{job.inventory}: there is no host{part} to watch")

    limits = Limits(max_affected_percent, max_affected_hosts)
    fleet = Fleet(job, limits, lambda report, news_of: publish(report, outputs, news_of))
    Watch(fleet, listing, every, max_disruption).run()


def _job(
    given: dict[str, Any],
    on_event: Callable[[Any], None] = lambda _: None,
    looks: bool = False,
    repairs: bool = False,
) -> Job:
    """
    The job that a command line describes; returns after the time of --jitter.

    + looks: whether it changes nothing: then a host that is named alone is looked at as a whole
    + repairs: whether a person is asked: then a host that no inventory has is repaired, too
    """
    (word, *others), pyinfra_options = options.split(given["words"], "INVENTORY")
    if others[1:]:
        raise MisuseError(f"unexpected {others[1]}: expected an inventory, and a runbook")
    about = target(word)
    inventory = about.inventory
    whole = not about.declared or (looks and about.only)
    default = DIAGNOSE if whole and not repairs else drift.DEFAULT
    runbook = drift.runbook(others[0] if others else default, inventory)
    only: Sequence[str] | None = about.only or None
    if given["shard"] and (only or not about.declared):
        raise MisuseError("--shard: expected an inventory; a host was named")
    if shard := given["shard"]:
        only = [name for name in read(inventory, pyinfra_options).hosts if shard.owns(name)]
        if not only:
            click.echo(f"no host of {inventory} belongs to shard {shard}")
            sys.exit(0)
    time.sleep(random.uniform(0, given["jitter"]))  # noqa: S311 - it only spreads the load
    return Job(inventory, runbook, pyinfra_options, on_event, only, about.options, about.declared)


@main.command(context_settings=options.PASSING)
@options.words("[INVENTORY] HOSTS...", "hosts")
@click.option(
    "--until",
    callback=options.validated(pausing.until),
    help="When it ends: '2027-01-31 18:00', in UTC.",
)
@click.option(
    "--for", "after", callback=options.validated(pausing.after), help="How long: 30m, 2h, 1d, 1w."
)
@click.option("--reason", required=True, help="The reason, which every run shows.")
def pause(words: tuple[str, ...], until: int | None, after: int | None, reason: str) -> None:
    """
    Keep all runs and jobs from changing hosts for a time.

    \b
    runbooks pause inventories/prod.py web-1 --for 2h --reason "moving the volumes"
    """
    end = until or after
    if end is None or (until and after):
        raise click.UsageError("expected either --until or --for")
    if not reason.isprintable() or not reason.strip():
        raise click.UsageError("--reason: expected words, on one line")
    (inventory, *hosts), pyinfra_options = options.split(words, "INVENTORY", "HOSTS")
    names = pausing.named(inventory, hosts, pyinfra_options)
    run = pausing.pause(inventory, names, end, reason, pyinfra_options)
    _print_result(run, names, "paused")


@main.command(context_settings=options.PASSING)
@options.words("[INVENTORY] HOSTS...", "hosts")
def resume(words: tuple[str, ...]) -> None:
    """
    End hosts' pauses.

    \b
    runbooks resume inventories/prod.py web-1
    """
    (inventory, *hosts), pyinfra_options = options.split(words, "INVENTORY", "HOSTS")
    names = pausing.named(inventory, hosts, pyinfra_options)
    run = pausing.resume(inventory, names, pyinfra_options)
    paused = {entry["host"] for entry in run.entries if entry["event"] == "changing"}
    _print_result(run, [name for name in names if name in paused], "resumed")
    if none := [name for name in names if name not in paused]:
        click.echo(f"not paused: {', '.join(none)}")


@main.command()
def share() -> None:
    """
    Print the directory of what comes along.

    It has the runbooks, an example of an inventory, and in monitoring/ alerts for Prometheus, a
    dashboard for Grafana and a snippet for logrotate.

    \b
    cp "$(runbooks share)/monitoring/alerts.yml" /etc/prometheus/
    """
    click.echo(SHARE)


@main.command()
@click.argument("kind", required=False, shell_complete=lambda *given: _kinds(given[-1]))
def explain(kind: str | None) -> None:
    """
    Say what a kind of finding means.

    And how it is known, what repairs it, and how to undo that. A kind stands in brackets after each
    finding. Without one, all of them are listed.

    \b
    runbooks explain wrong-network
    """
    if kind is None:
        click.echo("\n".join(f"{each:<24} {kinds()[each].title}" for each in sorted(kinds())))
        return
    if known := kinds().get(kind.strip("[]")):
        click.echo(explained(known))
        return
    near = nearest(kind)
    meant = f"did you mean {near}?" if near else "`runbooks explain` lists all"
    raise MisuseError(f"there is no kind of finding {kind!r}: {meant}")


def _kinds(begun: str) -> list[str]:
    """The kinds that begin with what was typed."""
    return [kind for kind in sorted(kinds()) if kind.startswith(begun)]


def _print_result(run: Run, names: Sequence[str], done: str) -> None:
    """The hosts, or pyinfra's output if it failed."""
    if run.code or run.interrupted:
        click.echo("\n".join(run.printed), err=True)
        sys.exit(1)
    if names:
        click.echo(f"{done}: {', '.join(names)}")
