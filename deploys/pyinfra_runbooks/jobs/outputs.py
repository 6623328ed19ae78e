"""Where the report of a job goes: the options that every job has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from . import memory, metrics, reports
from .notify.notifying import unusable_for
from .options import MisuseError, option_group, validated

Function = TypeVar("Function", bound=Callable[..., Any])

NOTIFY = "PYINFRA_RUNBOOKS_NOTIFY"
"""The environment variable that stands in for ``--notify``."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """
    + json: whether to print the report as JSON instead of text
    + reports: files for reports
    + metrics: a file for Prometheus' textfile collector; None: none
    + notify: an Apprise configuration; None: nothing is sent
    + state: the directory of what jobs remember
    + quiet: whether the text is printed only where something is wrong
    + verbose: whether it says of each healthy host what was asked
    """

    json: bool = False
    reports: Sequence[Path] = ()
    metrics: Path | None = None
    notify: Path | None = None
    state: Path = field(default_factory=memory.directory)
    quiet: bool = False
    verbose: bool = False


def _no_reminders(_: click.Context, __: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise click.BadParameter(
            "what is still open is not sent again; Alertmanager repeats it (repeat_interval): name"
            " alertmanager://HOST:9093 in the file of --notify"
        )


_options = option_group(
    click.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        help="Directory of what jobs remember. Default: $STATE_DIRECTORY, or"
        " pyinfra-runbooks in $XDG_STATE_HOME, which is ~/.local/state by default.",
    ),
    click.option("--remind", hidden=True, expose_value=False, callback=_no_reminders),
    click.option(
        "--notify",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar=NOTIFY,
        show_envvar=True,
        help="Notify the services that this Apprise configuration names. It holds secrets: only"
        " its owner and its group may read it.",
    ),
    click.option(
        "--metrics",
        "metrics_file",
        callback=validated(metrics.output_file),
        help="Write metrics for Prometheus' textfile collector: a file that ends with .prom.",
    ),
    click.option(
        "--report",
        "report_files",
        multiple=True,
        callback=validated(reports.output_file),
        help="Write a report: .json, .xml (JUnit), .md or .html. May be repeated.",
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print the report as JSON: hosts[].stacks[].causes[] and .symptoms[], and more.",
    ),
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        help="Print nothing where nothing is wrong and nothing was changed, but for JSON.",
    ),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Show all symptoms and evidence, and of every healthy host what was asked there.",
    ),
)


def output_options(function: Function) -> Function:
    """Adds these options to a command, which gets them as ``outputs``."""

    @wraps(function)
    def gathered(
        *arguments: Any,
        as_json: bool,
        quiet: bool,
        verbose: bool,
        report_files: Sequence[Path],
        metrics_file: Path | None,
        notify: Path | None,
        state: Path | None,
        **others: Any,
    ) -> Any:
        if quiet and verbose:
            raise click.UsageError("expected either --quiet or --verbose")
        # Found out at the end, it would be an alarm that nobody hears.
        if notify and (why := unusable_for(notify)):
            raise MisuseError(f"--notify {notify}: {why}")
        where = state or memory.directory()
        outputs = Outputs(as_json, report_files, metrics_file, notify, where, quiet, verbose)
        return function(*arguments, outputs=outputs, **others)

    return _options(gathered)  # type: ignore[return-value]
