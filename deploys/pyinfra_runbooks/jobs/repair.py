"""The conversation of `runbooks repair`: what is wrong and planned, a question, and progress."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from .hosts import of_journal
from .reports.asking import plans, progress, question
from .running import Entry


class Conversation:
    """
    Shows a person what is planned, asks, and shows what is done.

    + whole: whether all symptoms and all evidence are shown; default: ``False``
    + err: whether all of it goes to stderr, since stdout gets the report; default: ``False``
    """

    def __init__(self, whole: bool = False, err: bool = False) -> None:
        self._whole, self._err = whole, err
        self._begun: float | None = None
        self._last = ""

    def __call__(self, entry: Entry) -> None:
        """An event of the run; what is done is shown once there was a yes."""
        if self._begun is None:
            return
        line = progress(entry, time.monotonic() - self._begun)
        said = line[9:]
        if line and said != self._last:
            self._last = said
            self._say(line)

    def approves(self, entries: Sequence[Entry]) -> bool:
        """
        Whether a person says yes to what is planned; there is no question where nothing is.

        + entries: the run's events up to the question
        """
        planned = plans(entries)
        if not any(plan.steps for plan in planned):
            return False
        width = shutil.get_terminal_size().columns
        hosts = of_journal(entries, corrected=False)
        for line in question(hosts, planned, width, self._whole):
            heading = not line.startswith(" ")
            self._say(click.style(line, bold=True) if heading else line)
        names = sorted({plan.host for plan in planned if plan.steps})
        yes = _yes(f"\nRepair {names[0] if len(names) == 1 else f'{len(names)} hosts'}?", self._err)
        if yes:
            self._begun = time.monotonic()
        else:
            self._say("Nothing was changed.")
        return yes

    def _say(self, line: str) -> None:
        """Bold on a terminal alone, and not where NO_COLOR is set (https://no-color.org)."""
        click.echo(line, err=self._err, color=False if os.environ.get("NO_COLOR") else None)


def _yes(text: str, err: bool) -> bool:
    """Only what is typed as yes is one: neither Enter, nor Ctrl-C, nor the end of stdin."""
    with _interruptible():
        try:
            yes = click.confirm(text, default=False, err=err)
            if not sys.stdin.isatty():
                click.echo(err=err)  # A terminal shows the line end that is typed.
            return yes
        except (click.Abort, KeyboardInterrupt):
            click.echo(err=err)
            return False


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends the question; while a run is at work, it is passed on to that."""
    before: Callable[..., object] | int | None = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
