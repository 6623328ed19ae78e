"""The command ``runbooks``."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from ..disruption import Disruption
from . import drift, options, pausing, reports
from .drift import Job
from .inventory import InventoryError, exactly, hosts
from .progress import Progress
from .report import Report
from .reports import terminal
from .restraint import Limits
from .running import Run
from .shard import Shard
from .watch import Watch, names

Function = TypeVar("Function", bound=Callable[..., Any])


def _report_file(_: click.Context, __: click.Parameter, paths: Sequence[str]) -> list[Path]:
    try:
        return [reports.checked(path) for path in paths]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _shard(_: click.Context, __: click.Parameter, text: str | None) -> Shard | None:
    try:
        return Shard.parse(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _job_options(function: Function) -> Function:
    """What check, correct and watch have in common."""
    for option in (
        click.option(
            "--report",
            "report_files",
            multiple=True,
            callback=_report_file,
            help="Write a report: .json, .xml (JUnit), .md or .html. As often as wanted.",
        ),
        click.option(
            "--shard",
            callback=_shard,
            help="Only a part of the hosts, by a stable hash of their names: 3/16.",
        ),
        click.option(
            "--jitter",
            type=click.FloatRange(0, 86400),
            default=0,
            help="Wait up to so many seconds first, so that many timers don't fire together.",
        ),
        click.argument("runbook", required=False),
        click.argument("inventory"),
    ):
        function = option(function)
    return options.passed_on(function)


class _Runbooks(click.Group):
    """Exit code 2 means that something is not well: a mistake in the command line is a 1."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            error.show()
        except InventoryError as error:
            click.echo(f"Error: {error}", err=True)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Ended upon request", err=True)
        sys.exit(1)


@click.group(cls=_Runbooks, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """
    Look at the hosts of an inventory, repair what is safe, and call a person for the rest.

    Exit code 0: all is well. 2: something is not, and was left. 1: an error.
    """


@main.command()
@_job_options
def check(inventory: str, runbook: str | None, report_files: list[Path], **passed: Any) -> None:
    """Look, and change nothing. 0: no drift, 2: drift, 1: an error."""
    with Progress("looked at") as progress:
        report = drift.check(_job(inventory, runbook, passed, progress))
    _end(report, report_files)


@main.command()
@_job_options
@click.option(
    "--max-disruption",
    type=click.Choice([disruption.value for disruption in Disruption]),
    help="The most that users may notice. Default: the inventory's cap.",
)
@click.option(
    "--common-share",
    type=click.FloatRange(0, 100),
    default=Limits().share,
    show_default=True,
    help="Percent of the hosts above which a common finding stops all corrections.",
)
@click.option(
    "--common-hosts",
    type=click.IntRange(0),
    default=Limits().hosts,
    show_default=True,
    help="Hosts up to which it does not.",
)
def correct(
    inventory: str,
    runbook: str | None,
    report_files: list[Path],
    max_disruption: str | None,
    common_share: float,
    common_hosts: int,
    **passed: Any,
) -> None:
    """Repair what may be. 0: all is well, 2: something is left, 1: an error."""
    limits = Limits(common_share, common_hosts)
    with Progress("looked at") as progress:
        job = _job(inventory, runbook, passed, progress)
        report = drift.correct(job, limits, max_disruption)
    _end(report, report_files)


def _job(
    inventory: str,
    runbook: str | None,
    passed: dict[str, Any],
    heard: Progress,
) -> Job:
    """What a command is about; it waits as long as it was told to before it is returned."""
    shard: Shard | None = passed.pop("shard")
    jitter: float = passed.pop("jitter")
    runbook = runbook or drift.default_runbook(inventory)
    if runbook is None:
        raise click.UsageError(
            "there is no runbooks/redis_recovery.py here or beside the inventory: name a runbook"
        )
    for path in (inventory, runbook):
        if path.endswith(".py") and not Path(passed["chdir"] or ".", path).is_file():
            raise click.UsageError(f"there is no {path}")
    if shard:
        names = [name for name in hosts(inventory, passed) if shard.owns(name)]
        if not names:
            click.echo(f"no host of {inventory} belongs to shard {shard}")
            sys.exit(0)
        passed |= {"limit": tuple(map(exactly, names)), "exclude": ()}
    time.sleep(random.uniform(0, jitter))  # noqa: S311 - nothing depends on it but the load
    return Job(inventory, runbook, passed, heard)


def _end(report: Report, report_files: Sequence[Path]) -> None:
    """Says what came of it, in every form that was asked for; the exit code says it, too."""
    click.echo(terminal.render(report), nl=False)
    code = report.exit_code
    for file in report_files:
        try:
            reports.write(report, file)
        except OSError as error:
            click.echo(f"{file}: the report could not be written: {error.strerror}", err=True)
            code = 1
    sys.exit(code)


@main.command()
@_job_options
@click.option(
    "--max-disruption",
    type=click.Choice([disruption.value for disruption in Disruption]),
    help="The most that users may notice. Default: the inventory's cap.",
)
@click.option(
    "--every",
    type=click.IntRange(5),
    default=180,
    show_default=True,
    help="Seconds after which a host is looked at though nothing was heard of it.",
)
def watch(
    inventory: str,
    runbook: str | None,
    report_files: list[Path],
    max_disruption: str | None,
    every: int,
    **passed: Any,
) -> None:
    """Listen to the hosts' Docker, and repair at once what may be. Ends when it is told to."""

    def done(report: Report, name: str) -> None:
        hosts = tuple(host for host in report.hosts if host.name == name)
        click.echo(terminal.render(replace(report, hosts=hosts)), nl=False)

    job = _job(inventory, runbook, passed, Progress(""))
    capped = ("--data", f"max_disruption={max_disruption}") if max_disruption else ()
    try:
        Watch(job, every, capped, done).run(names(job))
    except KeyboardInterrupt:
        sys.exit(0)


def _until(_: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """The end of a pause, in seconds since 1970."""
    try:
        if value is None:
            return None
        if parameter.name == "until":
            return pausing.checked(pausing.until(value))
        return pausing.checked(round(time.time() + pausing.lasting(value).total_seconds()))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@main.command()
@click.argument("inventory")
@click.argument("hosts", nargs=-1, required=True)
@click.option(
    "--until", callback=_until, help="When it ends by itself: '2027-01-31 18:00', in UTC."
)
@click.option("--for", "lasting", callback=_until, help="How long it lasts: 30m, 2h, 1d, 1w.")
@click.option("--reason", required=True, help="Why, for whoever meets it.")
@options.passed_on
def pause(
    inventory: str,
    hosts: tuple[str, ...],
    until: int | None,
    lasting: int | None,
    reason: str,
    **passed: Any,
) -> None:
    """Have hosts keep that nothing is changed there, by no run and no job, for a time."""
    if (until is None) == (lasting is None):
        raise click.UsageError("expected either --until or --for")
    if not reason.isprintable() or not reason.strip():
        raise click.UsageError("--reason: expected words, on one line")
    end = until or lasting or 0
    _said(pausing.pause(inventory, hosts, end, reason, passed))


@main.command()
@click.argument("inventory")
@click.argument("hosts", nargs=-1, required=True)
@options.passed_on
def resume(inventory: str, hosts: tuple[str, ...], **passed: Any) -> None:
    """End hosts' pauses."""
    _said(pausing.resume(inventory, hosts, passed))


def _said(run: Run) -> None:
    """What pyinfra said is what there is to say; so is its exit code."""
    for line in run.printed:
        click.echo(line)
    sys.exit(run.code and 1)
