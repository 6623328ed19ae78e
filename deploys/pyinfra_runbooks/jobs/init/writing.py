"""Puts files into a directory, and keeps what a person edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Written:
    """
    What became of the files.

    + new: those that were written
    + kept: those that were there with another text, and how it differs
    """

    new: tuple[str, ...]
    kept: Mapping[str, str]


def write(directory: Path, files: Mapping[str, str]) -> Written:
    """
    Writes the files that are not there.

    + directory: where to; it is made
    + files: the text of each, by its path
    """
    new, kept = [], {}
    for name, text in files.items():
        path = directory / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            new.append(name)
        elif (there := path.read_text(encoding="utf-8", errors="replace")) != text:
            kept[name] = _difference(name, there, text)
    return Written(tuple(new), kept)


def _difference(name: str, there: str, text: str) -> str:
    lines = unified_diff(
        there.splitlines(), text.splitlines(), name, f"{name} as found now", lineterm="", n=1
    )
    return "\n".join(lines)
