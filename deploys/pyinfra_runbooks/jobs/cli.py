"""The command ``runbooks``."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from ..disruption import Disruption
from . import drift, options, pausing
from .aftermath import finish
from .drift import Job
from .inventory import InventoryError, exactly, hosts
from .outlets import Outlets, asked_for
from .progress import Progress
from .restraint import Limits
from .running import Run
from .shard import Shard
from .watch import Watch


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


_job_options = options.together(
    click.argument("inventory"),
    click.argument("runbook", required=False),
    asked_for,
    click.option(
        "--shard",
        callback=options.checked(Shard.parse),
        help="Only a part of the hosts, by a stable hash of their names: 3/16.",
    ),
    click.option(
        "--jitter",
        type=click.FloatRange(0, 86400),
        default=0,
        help="Wait up to so many seconds first, so that many timers don't fire together.",
    ),
    options.passed_on,
)

# What holds back who repairs.
_restrained = options.together(
    click.option(
        "--max-disruption",
        type=click.Choice([disruption.value for disruption in Disruption]),
        help="The most that users may notice. Default: the inventory's cap.",
    ),
    click.option(
        "--common-share",
        type=click.FloatRange(0, 100),
        default=Limits().share,
        show_default=True,
        help="Percent of the hosts above which a common finding stops all corrections.",
    ),
    click.option(
        "--common-hosts",
        type=click.IntRange(0),
        default=Limits().hosts,
        show_default=True,
        help="Hosts up to which it does not.",
    ),
)


@click.group(cls=_Runbooks, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """
    Look at the hosts of an inventory, repair what is safe, and call a person for the rest.

    Exit code 0: all is well. 2: something is not, and was left. 1: an error.
    """


@main.command()
@_job_options
def check(outlets: Outlets, **given: Any) -> None:
    """Look, and change nothing. 0: no drift, 2: drift, 1: an error."""
    with Progress() as progress:
        report = drift.check(_job(given, progress))
    sys.exit(finish(report, outlets))


@main.command()
@_job_options
@_restrained
def correct(
    outlets: Outlets,
    max_disruption: str | None,
    common_share: float,
    common_hosts: int,
    **given: Any,
) -> None:
    """Repair what may be. 0: all is well, 2: something is left, 1: an error."""
    limits = Limits(common_share, common_hosts)
    with Progress() as progress:
        report = drift.correct(_job(given, progress), limits, max_disruption)
    sys.exit(finish(report, outlets))


@main.command()
@_job_options
@_restrained
@click.option(
    "--every",
    type=click.IntRange(5),
    default=180,
    show_default=True,
    help="Seconds after which a host is looked at though nothing was heard of it.",
)
def watch(
    outlets: Outlets,
    max_disruption: str | None,
    common_share: float,
    common_hosts: int,
    every: int,
    shard: Shard | None,
    **given: Any,
) -> None:
    """Listen to the hosts' Docker, and repair at once what may be. Ends on SIGTERM or Ctrl-C."""
    job = _job({**given, "shard": None})

    def names() -> list[str]:
        """Read each time: hosts come and go."""
        named = hosts(job.inventory, job.passed)
        if found := [name for name in named if shard is None or shard.owns(name)]:
            return found
        part = f" in shard {shard}" if shard else ""
        raise InventoryError(f"{job.inventory}: there is no host{part} to watch")

    Watch(
        job,
        names,
        every,
        limits=Limits(common_share, common_hosts),
        max_disruption=max_disruption,
        done=lambda report, of: finish(report, outlets, of),
    ).run()


def _job(given: dict[str, Any], heard: Callable[[Any], None] = lambda _: None) -> Job:
    """What a command is about; returned after the time that it is to wait."""
    inventory, runbook, shard, jitter = (
        given.pop(name) for name in ("inventory", "runbook", "shard", "jitter")
    )
    runbook = runbook or drift.default_runbook(inventory)
    if runbook is None:
        raise click.UsageError(
            "there is no runbooks/redis_recovery.py here or beside the inventory: name a runbook"
        )
    for path in (inventory, runbook):
        if path.endswith(".py") and not Path(given["chdir"] or ".", path).is_file():
            raise click.UsageError(f"there is no {path}")
    if shard:
        names = [name for name in hosts(inventory, given) if shard.owns(name)]
        if not names:
            click.echo(f"no host of {inventory} belongs to shard {shard}")
            sys.exit(0)
        given |= {"limit": tuple(map(exactly, names)), "exclude": ()}
    time.sleep(random.uniform(0, jitter))  # noqa: S311 - nothing depends on it but the load
    return Job(inventory, runbook, given, heard)


@main.command()
@click.argument("inventory")
@click.argument("hosts", nargs=-1, required=True)
@click.option(
    "--until",
    callback=options.checked(pausing.until),
    help="When it ends: '2027-01-31 18:00', in UTC.",
)
@click.option(
    "--for", "lasting", callback=options.checked(pausing.after), help="How long: 30m, 2h, 1d, 1w."
)
@click.option("--reason", required=True, help="Why; every run shows it.")
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
    end = until or lasting
    if end is None or (until and lasting):
        raise click.UsageError("expected either --until or --for")
    if not reason.isprintable() or not reason.strip():
        raise click.UsageError("--reason: expected words, on one line")
    names = pausing.named(inventory, hosts, passed)
    _said(pausing.pause(inventory, names, end, reason, passed), names, "paused")


@main.command()
@click.argument("inventory")
@click.argument("hosts", nargs=-1, required=True)
@options.passed_on
def resume(inventory: str, hosts: tuple[str, ...], **passed: Any) -> None:
    """End hosts' pauses."""
    names = pausing.named(inventory, hosts, passed)
    _said(pausing.resume(inventory, names, passed), names, "resumed")


def _said(run: Run, names: Sequence[str], done: str) -> None:
    """Whom it was done to; or what pyinfra said, where it was not."""
    if run.code or run.interrupted:
        click.echo("\n".join(run.printed), err=True)
        sys.exit(1)
    click.echo(f"{done}: {', '.join(names)}")
