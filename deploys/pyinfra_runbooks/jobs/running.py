"""One run of pyinfra, as a person would start it, and the journal that it keeps for us."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import IO, Any

from ..facts.journal import VARIABLE

Entry = Mapping[str, Any]
"""A line of the journal."""

PAUSE = 0.1
"""Seconds between two looks into the journal."""

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


def pyinfra(arguments: Sequence[str], heard: Callable[[Entry], None] = lambda _: None) -> Run:
    """
    Runs pyinfra to its end.

    + arguments: its command line
    + heard: called with each event as it comes; default: nothing

    When we are told to end, so is pyinfra, and its end is waited for: it gives back its locks.
    """
    with tempfile.TemporaryDirectory(prefix="pyinfra-runbooks-") as place:
        journal = Path(place) / "journal"
        journal.touch()
        with journal.open(encoding="utf-8") as lines, _started(arguments, journal) as process:
            entries: list[Entry] = []
            printed: list[str] = []
            assert process.stdout  # noqa: S101 - it is a pipe
            reader = Thread(target=_read, args=(process.stdout, printed), daemon=True)
            reader.start()
            while process.poll() is None:
                entries += _told(lines, heard)
                _wait(process)
            entries += _told(lines, heard)
            reader.join(timeout=5)
    return Run(process.returncode, tuple(entries), tuple(printed))


@contextmanager
def _started(arguments: Sequence[str], journal: Path) -> Iterator[subprocess.Popen[bytes]]:
    """pyinfra at work; SIGTERM and SIGINT are handed on to it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pyinfra", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, VARIABLE: str(journal), "PYINFRA_PROGRESS": "off"},
        start_new_session=True,
    )

    def end(number: int, _: FrameType | None) -> None:
        process.send_signal(number)
        raise KeyboardInterrupt

    before = {n: signal.signal(n, end) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield process
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait()


def _read(output: IO[bytes], printed: list[str]) -> None:
    for line in output:
        text = _COLOURS.sub("", line.decode(errors="replace"))
        printed.append(text.rstrip())


def _told(lines: IO[str], heard: Callable[[Entry], None]) -> list[Entry]:
    """What was added to the journal; a line that is not whole yet is read the next time."""
    told: list[Entry] = []
    while True:
        start = lines.tell()
        line = lines.readline()
        if not line.endswith("\n"):
            lines.seek(start)
            return told
        entry = json.loads(line)
        heard(entry)
        told.append(entry)


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=PAUSE)
    except subprocess.TimeoutExpired:
        return
