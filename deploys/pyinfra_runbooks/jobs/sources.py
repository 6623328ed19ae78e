"""The files that say what a job is about, and whether they are still the same."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from .drift import Job

EVERY = 2.0
"""Seconds between two looks at them."""


class Sources:
    """
    An inventory, what lies beside it, and the runbook.

    + job: whose
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._known = self._print()
        self._at = time.monotonic()

    def changed(self) -> bool:
        """Whether one of them changed since this was asked last; true once."""
        if time.monotonic() - self._at < EVERY:
            return False
        self._at = time.monotonic()
        before, self._known = self._known, self._print()
        return before != self._known

    def _print(self) -> frozenset[tuple[str, int, int]]:
        return frozenset(
            (str(file), stat.st_mtime_ns, stat.st_size)
            for file in self._files()
            if (stat := _stat(file)) is not None
        )

    def _files(self) -> Iterator[Path]:
        start = Path(self._job.passed.get("chdir") or ".")
        inventory = start / self._job.inventory
        yield from (start / self._job.runbook, start / "config.py")
        places = [start / place for place in self._job.passed.get("group_data") or ()]
        if inventory.suffix == ".py":
            yield inventory
            places.append(inventory.parent / "group_data")
        for place in places:
            yield from place.glob("*.py")


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None
