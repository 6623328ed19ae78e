"""Runs of pyinfra, started as a person would, and the journals that they keep for the job."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ..core.showing import printable
from ..facts.journal import VARIABLE
from . import child
from .options import YES, MisuseError, PyinfraOptions
from .places import Place

Entry = Mapping[str, Any]
"""A line of the journal."""

PAUSE = 0.02
"""Seconds between two looks into a journal."""
PATIENCE = 30.0
"""Seconds that a run has to end once it was asked to; then it is killed."""
AGAIN = 10.0
"""Seconds after which it is asked once more: a signal is lost where Python can't raise anything."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Run:
    """
    The result of a run.

    + code: its exit code; negative: the signal that ended it
    + entries: its journal
    + printed: what it printed, line by line, without colours: for people, and never parsed
    + interrupted: whether the job was asked to stop while the run was at work
    """

    code: int
    entries: tuple[Entry, ...]
    printed: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def unreachable(self) -> Mapping[str, str]:
        """The hosts that could not be connected to, and why."""
        return {e["host"]: e["reason"] for e in self.entries if e["event"] == "unreachable"}

    def reason(self) -> str:
        """Why it ended early, as far as it said so."""
        ended = (entry["reason"] for entry in self.entries if entry["event"] == "ended")
        return next(ended, f"pyinfra ended with {self.code}")

    @property
    def misused(self) -> bool:
        """Whether a mistake in the command line ended it."""
        return any(entry["event"] == "ended" and entry["misused"] for entry in self.entries)


class Running:
    """
    A run of pyinfra that is at work.

    + arguments: pyinfra's command line
    + pyinfra_options: the options that a person gave for pyinfra, and the chosen hosts
    + environment: variables to add to those of this process
    + asks: whether it asks before it changes anything; default: ``False``
    + place: the directory that it shares with this process
    """

    def __init__(
        self,
        arguments: Sequence[str],
        pyinfra_options: PyinfraOptions,
        environment: Mapping[str, str] | None = None,
        asks: bool = False,
    ):
        self._place = Place()
        self.place = self._place.path
        self._asked_to_end: float | None = None
        self._asked_again = False
        journal, self._output = self.place / "journal", self.place / "output"
        journal.touch()
        self._journal = journal.open(encoding="utf-8", errors="replace")
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                # -P: a file in the working directory must not be imported as a module.
                [sys.executable, "-P", "-m", child.__name__, *arguments],
                stdin=subprocess.PIPE if asks else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    # A yes there would be one that nobody gave.
                    **{name: of for name, of in os.environ.items() if name != "PYINFRA_YES"},
                    "PYINFRA_PROGRESS": "off",
                    VARIABLE: str(journal),
                    **pyinfra_options.to_environment(self.place / "options"),
                    **(environment or {}),
                },
                # Ctrl-C in the terminal is for this process, which passes it on.
                start_new_session=True,
            )

    def new_events(self) -> list[Entry]:
        """The events since the last call; a line that is incomplete is left for the next one."""
        events: list[Entry] = []
        while True:
            start = self._journal.tell()
            line = self._journal.readline()
            if not line.endswith("\n"):
                self._journal.seek(start)
                return events
            if (entry := _entry(line)) is not None:
                events.append(entry)

    def answer(self, yes: bool) -> None:
        """Answers its question whether to execute what it has planned."""
        stdin = self._process.stdin
        assert stdin  # noqa: S101 - it asks
        with suppress(BrokenPipeError), stdin:
            stdin.write(f"{YES if yes else 'no'}\n".encode())

    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def end(self) -> None:
        """Asks it to end, as Ctrl-C does, so that it releases its locks; much later, kills it."""
        now = time.monotonic()
        if self.ended():
            return
        if self._asked_to_end is None:
            self._asked_to_end = now
            self._process.send_signal(signal.SIGINT)
        elif now - self._asked_to_end > PATIENCE:
            self._process.kill()
        elif now - self._asked_to_end > AGAIN and not self._asked_again:
            self._asked_again = True
            self._process.send_signal(signal.SIGINT)

    def result(self, entries: Sequence[Entry] = (), interrupted: bool = False) -> Run:
        """
        Waits for its end, and returns the result.

        + entries: its events that were read before
        """
        while not self.ended():
            if self._asked_to_end is not None:
                self.end()
            time.sleep(PAUSE)
        entries = (*entries, *self.new_events())
        try:
            text = self._output.read_text(encoding="utf-8", errors="replace")
        except OSError:  # The temporary directory was cleaned up.
            text = ""
        self._journal.close()
        if self._process.stdin:
            self._process.stdin.close()
        self._place.close()
        printed = tuple(map(printable, _COLOURS.sub("", text).split("\n")))
        return Run(self._process.returncode, entries, printed, interrupted)


def pyinfra(
    arguments: Sequence[str],
    pyinfra_options: PyinfraOptions,
    on_event: Callable[[Entry], None] = lambda _: None,
    approves: Callable[[Sequence[Entry]], bool] | None = None,
) -> Run:
    """
    Runs pyinfra to its end.

    + arguments: its command line
    + pyinfra_options: as for `Running`
    + on_event: called with each event as it comes; default: nothing
    + approves: whether what was planned may be executed, by all events so far, where the command
      line has no -y; default: nothing is asked

    If the job is asked to stop, pyinfra is ended first. Raises `MisuseError` for a mistake in the
    command line: no host was connected to.
    """
    entries: list[Entry] = []
    with stop_requests() as stopping:
        run = Running(arguments, pyinfra_options, asks=approves is not None)
        while not run.ended():
            if stopping():
                run.end()
            for entry in run.new_events():
                on_event(entry)
                entries.append(entry)
                if approves and entry["event"] == "asks":
                    run.answer(approves(entries) and not stopping())
            time.sleep(PAUSE)
        result = run.result(entries, interrupted=stopping())
    if result.misused:
        raise MisuseError(result.reason())
    return result


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM, SIGINT or SIGHUP came; none of them interrupts what is at work."""
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_requested_within(seconds: float) -> bool:
    """Waits so long, or until the job is asked to stop; returns whether it was."""
    until = time.monotonic() + seconds
    with stop_requests() as stopping:
        while not stopping() and time.monotonic() < until:
            time.sleep(PAUSE)
        return stopping()


def _entry(line: str) -> Entry | None:
    """A line of the journal; None for a damaged one: a disk was full."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "event" in entry else None
