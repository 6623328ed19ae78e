"""Temporary directories of jobs. The next job removes those of a job that was killed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import TracebackType

_PREFIX = "pyinfra-runbooks-job-"
_NAME = re.compile(re.escape(_PREFIX) + r"\w{8}")
_HELD = "held"
YOUNG = 60.0
"""Seconds in which a directory is left alone: its job may not have locked it yet."""


class Place:
    """A directory that is removed with its job; a lock in it shows that the job is at work."""

    def __init__(self) -> None:
        _tidied_up()
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._held = (self.path / _HELD).open("wb")
        fcntl.flock(self._held, fcntl.LOCK_EX)

    def close(self) -> None:
        """Removes the directory with all that is in it; another job may have done so."""
        self._held.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@cache
def _tidied_up() -> None:
    tidy_up(Path(tempfile.gettempdir()))


def tidy_up(temporary: Path) -> None:
    """
    Removes the directories of this user's jobs that are no longer at work.

    + temporary: the directory that holds them
    """
    for path in _ours(temporary):
        try:
            if not any(path.iterdir()):
                path.rmdir()  # Its job was killed at once.
                continue
            with (path / _HELD).open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue  # Its job is at work; or it is not ours.


def _ours(temporary: Path) -> Iterator[Path]:
    for entry in os.scandir(temporary):
        if not _NAME.fullmatch(entry.name):
            continue
        about = entry.stat(follow_symlinks=False)
        mine = about.st_uid == os.geteuid() and stat.S_IMODE(about.st_mode) == 0o700
        if stat.S_ISDIR(about.st_mode) and mine and time.time() - about.st_mtime > YOUNG:
            yield Path(entry.path)
