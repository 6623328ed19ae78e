"""What comes after a job: it is said, written and told what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from . import intent, memory, metrics, reports, telling
from .outlets import Outlets
from .report import Report
from .reports import terminal


def finish(report: Report, outlets: Outlets, of: str | None = None) -> int:
    """
    Says what came of a job in every form that was asked for, and returns the exit code.

    + outlets: where
    + of: the host that is spoken of on the terminal, or nobody's name; default: all

    A report or metrics that can't be written are an error. That nobody could be told is none: it is
    said on stderr, and tried again with the next job.
    """
    file = memory.place(outlets.state, report.inventory)
    known, problem = memory.load(file)
    _complain(problem)
    report = intent.marked(report, known.declared)
    spoken = tuple(host for host in report.hosts if of in (None, host.name))
    if spoken or of is None:
        click.echo(terminal.render(replace(report, hosts=spoken)), nl=False)
    written = [_written(path, partial(reports.write, report, path)) for path in outlets.reports]
    told = _told(report, known, outlets)
    if path := outlets.metrics:
        written.append(_written(path, partial(metrics.write, report, path, told.failed)))
    now = replace(told.memory, declared=intent.learned(report, known.declared))
    if now != known:
        _complain(memory.save(now, file))
    return report.exit_code if all(written) else 1


def _told(report: Report, known: memory.Memory, outlets: Outlets) -> telling.Outcome:
    if not outlets.notify:
        return telling.Outcome(known, 0, ())
    outcome = telling.tell(report, known, outlets.notify, outlets.remind.total_seconds())
    for problem in outcome.problems:
        _complain(problem)
    return outcome


def _written(file: Path, write: Callable[[], str | None]) -> bool:
    try:
        _complain(write() or "")
    except OSError as error:
        _complain(f"{file}: it could not be written: {error.strerror}")
        return False
    return True


def _complain(problem: str) -> None:
    if problem:
        click.echo(problem, err=True)
