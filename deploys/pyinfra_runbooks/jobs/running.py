"""Runs of pyinfra, as a person would start them, and the journals that they keep for us."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from ..facts.journal import VARIABLE

Entry = Mapping[str, Any]
"""A line of the journal."""

PAUSE = 0.1
"""Seconds between two looks into a journal."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Run:
    """
    What came of a run.

    + code: its exit code; negative: the signal that ended it
    + entries: its journal
    + printed: what it printed, a line each, without colours
    """

    code: int
    entries: tuple[Entry, ...]
    printed: tuple[str, ...]

    def said_of(self, host: str) -> str:
        """The last thing that was said of a host."""
        said = [line.partition(f"[{host}]")[2].strip() for line in self.printed]
        return next((line for line in reversed(said) if line), "")

    def last_words(self) -> str:
        """What it said last: where it gave up, that is the reason."""
        errors = [line for line in self.printed if re.search("error", line, re.IGNORECASE)]
        said = [line.strip() for line in (errors or self.printed) if line.strip()]
        return said[-1] if said else f"pyinfra ended with {self.code}, and said nothing"


class Running:
    """
    A run of pyinfra that is at work.

    + arguments: pyinfra's command line
    + environment: what it gets besides ours
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str] | None = None):
        self._place = tempfile.TemporaryDirectory(prefix="pyinfra-runbooks-")
        self._entries: list[Entry] = []
        journal, self._output = (Path(self._place.name) / name for name in ("journal", "output"))
        journal.touch()
        self._journal = journal.open(encoding="utf-8")
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pyinfra", *arguments],
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
                self._entries += told
                return told
            told.append(json.loads(line))

    def ended(self) -> bool:
        """Whether it is over."""
        return self._process.poll() is not None

    def end(self, number: int = signal.SIGINT) -> None:
        """Tells it to end, as Ctrl-C does: it gives back its locks."""
        if not self.ended():
            self._process.send_signal(number)

    def result(self) -> Run:
        """Waits for its end, and says what came of it."""
        code = self._process.wait()
        self.heard()
        text = self._output.read_text(encoding="utf-8", errors="replace")
        self._journal.close()
        self._place.cleanup()
        return Run(code, tuple(self._entries), tuple(_COLOURS.sub("", text).splitlines()))


def pyinfra(arguments: Sequence[str], heard: Callable[[Entry], None] = lambda _: None) -> Run:
    """
    Runs pyinfra to its end.

    + arguments: its command line
    + heard: called with each event as it comes; default: nothing

    When we are told to end, so is pyinfra, and its end is waited for.
    """
    run = Running(arguments)
    try:
        with told_to_end(run.end):
            while not run.ended():
                for entry in run.heard():
                    heard(entry)
                time.sleep(PAUSE)
    finally:
        run.end()
        result = run.result()
    return result


@contextmanager
def told_to_end(end: Callable[[], None]) -> Iterator[None]:
    """Calls `end` on SIGTERM and SIGINT, which then go on as an interrupt."""

    def handle(_: int, __: FrameType | None) -> None:
        end()
        raise KeyboardInterrupt

    before = {n: signal.signal(n, handle) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
