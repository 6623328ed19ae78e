"""The files that a job is read from, and whether they have changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

EVERY = 2.0
"""Seconds between two looks at them."""


class Sources:
    """
    An inventory, its group data, and the runbook.

    + paths: files, and directories of Python files
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._known = self._print()
        self._at = time.monotonic()

    def changed(self) -> bool:
        """Whether one of them changed since the last call; true once for a change."""
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
        for path in self._paths:
            yield from path.glob("*.py") if path.is_dir() else (path,)


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None
