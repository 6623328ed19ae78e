"""Runs of pyinfra, as a person would start them, and the journals that they keep for us."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ..facts.journal import VARIABLE
from ..showing import harmless
from . import child
from .places import Place

Entry = Mapping[str, Any]
"""A line of the journal."""

PAUSE = 0.02
"""Seconds between two looks into a journal."""
PATIENCE = 30.0
"""Seconds that a run which was told to end has for it, before it is killed."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# What pyinfra says of itself, of no use to a person who wants to know why it ended.
_IDLE = re.compile(r"-->|unexpected please consider|pyinfra-debug\.log|^\s*$")
_REASON = re.compile(r"pyinfra error: |^\s*[\w.]*(Error|Exception)\b|No host matches found")


@dataclass(frozen=True, slots=True)
class Run:
    """
    What came of a run.

    + code: its exit code; negative: the signal that ended it
    + entries: its journal
    + printed: what it printed, a line each, without colours
    + interrupted: whether we were told to end while it was at work
    """

    code: int
    entries: tuple[Entry, ...]
    printed: tuple[str, ...]
    interrupted: bool = False

    def said_of(self, host: str) -> str:
        """The last thing that was said of a host."""
        return next((line for line in reversed(self._lines_of(host)) if line), "")

    def connected(self, host: str) -> bool:
        """Whether it says that a connection to a host came about."""
        return any(line.startswith("Connected") for line in self._lines_of(host))

    def _lines_of(self, host: str) -> list[str]:
        """What stands after a host's name, where a line begins with it."""
        name = f"[{host}]"
        lines = [line.strip() for line in self.printed]
        return [line.removeprefix(name).strip() for line in lines if line.startswith(name)]

    def last_words(self) -> str:
        """Why it gave up, as far as it said so."""
        said = [line.strip() for line in self.printed if not _IDLE.search(line)]
        reasons = [line.strip() for line in self.printed if _REASON.search(line)]
        said = reasons or said
        return said[-1].removeprefix("--> ") if said else f"pyinfra ended with {self.code}"


class Running:
    """
    A run of pyinfra that is at work.

    + arguments: pyinfra's command line
    + environment: what it gets besides ours
    + place: what it shares with us
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str] | None = None):
        self._place = Place()
        self.place = self._place.path
        self._told_to_end: float | None = None
        journal, self._output = self.place / "journal", self.place / "output"
        journal.touch()
        self._journal = journal.open(encoding="utf-8", errors="replace")
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                # -P: what lies in the working directory is no module of ours.
                [sys.executable, "-P", "-m", child.__name__, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    "PYINFRA_PROGRESS": "off",
                    VARIABLE: str(journal),
                    **(environment or {}),
                },
                # A terminal's Ctrl-C is for us, who hand it on.
                start_new_session=True,
            )

    def heard(self) -> list[Entry]:
        """The events that came since this was asked; a line that is not whole yet comes later."""
        told: list[Entry] = []
        while True:
            start = self._journal.tell()
            line = self._journal.readline()
            if not line.endswith("\n"):
                self._journal.seek(start)
                return told
            if (entry := _entry(line)) is not None:
                told.append(entry)

    def ended(self) -> bool:
        """Whether it is over."""
        return self._process.poll() is not None

    def end(self) -> None:
        """Tells it to end, as Ctrl-C does: it gives back its locks. Later, it is made to."""
        now = time.monotonic()
        if self.ended():
            return
        if self._told_to_end is None:
            self._told_to_end = now
            self._process.send_signal(signal.SIGINT)
        elif now - self._told_to_end > PATIENCE:
            self._process.kill()

    def result(self, entries: Sequence[Entry] = (), interrupted: bool = False) -> Run:
        """
        Waits for its end, and says what came of it.

        + entries: what was heard of it before
        """
        while not self.ended():
            if self._told_to_end is not None:
                self.end()
            time.sleep(PAUSE)
        entries = (*entries, *self.heard())
        try:
            text = self._output.read_text(encoding="utf-8", errors="replace")
        except OSError:  # Somebody tidied up the temporary directory.
            text = ""
        self._journal.close()
        self._place.close()
        printed = tuple(map(harmless, _COLOURS.sub("", text).split("\n")))
        return Run(self._process.returncode, entries, printed, interrupted)


def pyinfra(arguments: Sequence[str], heard: Callable[[Entry], None] = lambda _: None) -> Run:
    """
    Runs pyinfra to its end.

    + arguments: its command line
    + heard: called with each event as it comes; default: nothing

    When we are told to end, so is pyinfra, and its end is waited for.
    """
    entries: list[Entry] = []
    with told_to_end() as asked:
        run = Running(arguments)
        while not run.ended():
            if asked():
                run.end()
            for entry in run.heard():
                heard(entry)
                entries.append(entry)
            time.sleep(PAUSE)
        return run.result(entries, interrupted=asked())


@contextmanager
def told_to_end() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM, SIGINT or SIGHUP came; what is at work is brought to an end, not cut."""
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


def told_to_end_within(seconds: float) -> bool:
    """Waits so long, or until we are told to end; returns whether we are."""
    until = time.monotonic() + seconds
    with told_to_end() as asked:
        while not asked() and time.monotonic() < until:
            time.sleep(PAUSE)
        return asked()


def _entry(line: str) -> Entry | None:
    """A line of the journal; None where it is none: a disk was full."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "event" in entry else None
