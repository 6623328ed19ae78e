"""Where it is to be told what came of a job: the options that every job has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from . import memory, metrics, reports
from .options import checked, together
from .pausing import lasting

Function = TypeVar("Function", bound=Callable[..., Any])

NOTIFY = "PYINFRA_RUNBOOKS_NOTIFY"
"""The environment variable that names the file which ``--notify`` names otherwise."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """
    + reports: files for reports
    + metrics: a file for Prometheus' textfile collector; None: none
    + notify: an Apprise configuration; None: nobody is told
    + remind: after which time the same is told again
    + state: the directory of what is known from job to job
    """

    reports: Sequence[Path] = ()
    metrics: Path | None = None
    notify: Path | None = None
    remind: timedelta = timedelta(hours=4)
    state: Path = field(default_factory=memory.directory)


_options = together(
    click.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        help="Directory of what is known from job to job. Default: $STATE_DIRECTORY, or"
        " pyinfra-runbooks in $XDG_STATE_HOME, which is ~/.local/state by default.",
    ),
    click.option(
        "--remind",
        default="4h",
        show_default=True,
        callback=checked(lasting),
        help="After which time what is still wrong is sent again.",
    ),
    click.option(
        "--notify",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar=NOTIFY,
        show_envvar=True,
        help="Tell the services that this Apprise configuration names. It holds secrets: only"
        " its owner, and its group, may read it.",
    ),
    click.option(
        "--metrics",
        "metrics_file",
        callback=checked(metrics.checked),
        help="Write metrics for Prometheus' textfile collector: a file that ends with .prom.",
    ),
    click.option(
        "--report",
        "report_files",
        multiple=True,
        callback=checked(reports.checked),
        help="Write a report: .json, .xml (JUnit), .md or .html. As often as wanted.",
    ),
)


def asked_for(function: Function) -> Function:
    """Gives a command the options that say where to tell; it gets them as ``outlets``."""

    @wraps(function)
    def gathered(
        *arguments: Any,
        report_files: Sequence[Path],
        metrics_file: Path | None,
        notify: Path | None,
        remind: timedelta,
        state: Path | None,
        **others: Any,
    ) -> Any:
        where = state or memory.directory()
        outlets = Outlets(report_files, metrics_file, notify, remind, where)
        return function(*arguments, outlets=outlets, **others)

    return _options(gathered)  # type: ignore[return-value]
