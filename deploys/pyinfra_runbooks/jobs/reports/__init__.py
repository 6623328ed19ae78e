"""Writes a report in the format that the file's ending names."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ..report import Report
from . import html, json, junit, markdown

FORMATS: Mapping[str, Callable[[Report], str]] = {
    ".json": json.render,
    ".xml": junit.render,
    ".md": markdown.render,
    ".html": html.render,
}


def output_file(path: str) -> Path:
    """A file that a report can be written to; raises ValueError with the reason."""
    file = Path(path)
    if file.suffix not in FORMATS:
        raise ValueError(f"{path}: expected a name that ends with {', '.join(FORMATS)}")
    if not file.absolute().parent.is_dir():
        raise ValueError(f"{path}: there is no directory {file.absolute().parent}")
    return file


def write(report: Report, file: Path) -> None:
    """Writes a report in the format of the file's ending, whole or not at all."""
    replaced(file, FORMATS[file.suffix](report))


ABANDONED = 3600.0
"""Seconds after which no job can still be writing to a temporary file."""


def _tidied_up(file: Path) -> None:
    """Removes the temporary files of jobs that were killed while they wrote."""
    name = re.compile(re.escape(f".{file.name}.") + r"\w{8}")
    for entry in os.scandir(file.absolute().parent):
        if name.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
            with suppress(OSError):  # It belongs to another user, or is gone.
                about = entry.stat(follow_symlinks=False)
                if about.st_uid == os.geteuid() and time.time() - about.st_mtime > ABANDONED:
                    os.unlink(entry.path)


def replaced(file: Path, text: str, mode: int = 0o644) -> None:
    """Replaces a file at once: a reader sees the former text or the new one, and never a part."""
    _tidied_up(file)
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as beside:
            beside.write(text)
        os.chmod(name, mode)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
