"""Publishes the report of a job: on the terminal, in files, as metrics and as notifications."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from . import intent, memory, metrics, reports
from .notify.notifying import Outcome, notify
from .outputs import Outputs
from .report import Report
from .reports import json, terminal
from .screen import echo


def publish(report: Report, outputs: Outputs, only: str | None = None) -> int:
    """
    Publishes a report to every output, and returns the job's exit code.

    + outputs: where to
    + only: the one host that the terminal shows; empty: no host; default: all

    A report or metrics file that can't be written makes the exit code 1. A notification that can't
    be sent does not: stderr says so, and the next job sends it.
    """
    file = memory.place(outputs.state, report.inventory)
    known, problem = memory.load(file)
    _warn(problem)
    report = intent.with_intent(report, known.declared)
    shown = tuple(host for host in report.hosts if only in (None, host.name))
    well = report.exit_code == 0 and not any(host.changes for host in report.hosts)
    silent = well and outputs.quiet and not outputs.json
    if (shown or only is None) and not silent:
        printed = replace(report, hosts=shown)
        click.echo(json.render(printed), nl=False) if outputs.json else _shown(printed, outputs)
    written = [_written(path, partial(reports.write, report, path)) for path in outputs.reports]
    sent = _notified(report, known, outputs)
    if path := outputs.metrics:
        written.append(_written(path, partial(metrics.write, report, path, sent.failed)))
    declared = intent.declared_when_healthy(report, known.declared)
    now = replace(known, declared=declared, alerts=sent.known)
    if now != known:
        _warn(memory.save(now, file))
    return report.exit_code if all(written) else 1


def _shown(report: Report, outputs: Outputs) -> None:
    """On a terminal in colour and at its width; else as it is searched in a log."""
    if not sys.stdout.isatty():
        click.echo(terminal.render(report, outputs.verbose), nl=False)
        return
    width = shutil.get_terminal_size().columns
    text = terminal.render(report, outputs.verbose, width)
    echo(terminal.coloured(text), nl=False)


def _notified(report: Report, known: memory.Memory, outputs: Outputs) -> Outcome:
    if not outputs.notify:
        return Outcome(known.alerts)
    outcome = notify(report, known.alerts, outputs.notify)
    for problem in outcome.problems:
        _warn(problem)
    return outcome


def _written(file: Path, write: Callable[[], str | None]) -> bool:
    try:
        _warn(write() or "")
    except OSError as error:
        _warn(f"{file}: it could not be written: {error.strerror}")
        return False
    return True


def _warn(problem: str) -> None:
    if problem:
        click.echo(problem, err=True)
