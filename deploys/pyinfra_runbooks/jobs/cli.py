"""The command ``runbooks``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..disruption import Disruption
from . import drift, options
from .aftermath import finish
from .drift import Job
from .outlets import Outlets, asked_for
from .progress import Progress
from .restraint import Limits

Function = TypeVar("Function", bound=Callable[..., Any])


def _job_options(function: Function) -> Function:
    """What check and correct have in common."""
    for option in (
        asked_for,
        click.argument("runbook", required=False),
        click.argument("inventory"),
    ):
        function = option(function)
    return options.passed_on(function)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """
    Look at the hosts of an inventory, repair what is safe, and call a person for the rest.

    Exit code 0: all is well. 2: something is not, and was left. 1: an error.
    """


@main.command()
@_job_options
def check(inventory: str, runbook: str | None, outlets: Outlets, **passed: Any) -> None:
    """Look, and change nothing. 0: no drift, 2: drift, 1: an error."""
    with Progress("looked at") as progress:
        report = drift.check(_job(inventory, runbook, passed, progress))
    sys.exit(finish(report, outlets))


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
    outlets: Outlets,
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
    sys.exit(finish(report, outlets))


def _job(inventory: str, runbook: str | None, passed: dict[str, Any], heard: Progress) -> Job:
    runbook = runbook or drift.default_runbook(inventory)
    if runbook is None:
        raise click.UsageError(
            "there is no runbooks/redis_recovery.py here or beside the inventory: name a runbook"
        )
    for path in (inventory, runbook):
        if path.endswith(".py") and not Path(passed["chdir"] or ".", path).is_file():
            raise click.UsageError(f"there is no {path}")
    return Job(inventory, runbook, passed, heard)
