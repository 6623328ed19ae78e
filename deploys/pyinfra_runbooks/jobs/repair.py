"""The conversation of `runbooks repair`: what is wrong and planned, a question, and progress."""

from __future__ import annotations

import shutil
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import click

from ..core.deeds import Planned
from .hosts import of_journal
from .options import MisuseError
from .proposal import clock, others, plans, progress, question
from .reports.terminal import coloured
from .running import Entry
from .screen import echo


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
        now = clock(time.monotonic() - self._begun)
        said = progress(entry, None if self._whole else _width() - len(now))
        if said and said != self._last:
            self._last = said
            self._say(_of_stage(entry, f"{now}{said}"))

    def approves(self, entries: Sequence[Entry]) -> bool:
        """
        Whether a person says yes to what is planned; there is no question where nothing is.

        + entries: the run's events up to the question
        """
        planned, besides = plans(entries), others(entries)
        if not besides and not any(plan.steps for plan in planned):
            return False
        hosts = of_journal(entries, corrected=False)
        for line in question(hosts, planned, besides, _width(), self._whole):
            self._say(coloured(line))
        yes = _yes(f"\n{_asked(planned, besides)}?", self._err)
        if yes:
            self._begun = time.monotonic()
        else:
            self._say("Nothing was changed.")
        return yes

    def _say(self, line: str) -> None:
        echo(line, self._err)


def needs_terminal() -> None:
    """Raises `MisuseError` where no person can be asked: then nobody reads the plan."""
    if not sys.stdin.isatty():
        raise MisuseError("repair asks a person, at a terminal; for jobs: runbooks correct")


def _of_stage(entry: Entry, line: str) -> str:
    """What failed in red, and the proof in green; each says so in words, too."""
    if entry["event"] == "proof" or entry.get("done") is False:
        well = entry["event"] == "proof" and not entry["findings"]
        return click.style(line, fg="green" if well else "red")
    return line


def _width() -> int:
    return shutil.get_terminal_size().columns


def _asked(planned: Sequence[Planned], besides: Sequence[str]) -> str:
    names = sorted({plan.host for plan in planned if plan.steps})
    if besides or not names:
        return "Run it"
    return f"Repair {names[0] if len(names) == 1 else f'{len(names)} hosts'}"


def _yes(text: str, err: bool) -> bool:
    """Only what is typed as yes after the plan is one: neither what was typed before it, nor Enter,
    nor Ctrl-C, nor the end of stdin."""
    with _interruptible():
        try:
            with suppress(termios.error, OSError):
                termios.tcflush(sys.stdin, termios.TCIFLUSH)
            return click.confirm(text, default=False, err=err)
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
