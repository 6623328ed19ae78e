"""An answer of several sections, as the host prints it (`engine/shell/sections.sh`). Pure.

Each stands between two lines that start with a mark, which the host makes for this answer and no
container knows: nothing that one of them prints can pass for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARK = re.compile(r"look ([0-9a-f-]{36})")


def parse_sections(lines: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Each section's lines and status, by its name; one that did not come to an end has no status.

    >>> mark = "7d0c2a52-4c0b-4d6e-9a31-0f7f3a2b9c55"
    >>> parse_sections([f"look {mark}", f"{mark} engine", "up", f"{mark} =0"])
    ({'engine': ['up']}, {'engine': 0})
    """
    sections: dict[str, list[str]] = {}
    status: dict[str, int] = {}
    mark = next((found[1] for line in lines if (found := _MARK.fullmatch(line))), None)
    name = None
    for line in lines if mark else ():
        start, _, rest = line.partition(" ")
        if start != mark:
            if name:
                sections[name].append(line)
        elif not rest.startswith("="):
            name = rest
            sections[name] = []
        elif name:
            status[name], name = int(rest[1:]), None
    return sections, status


def cut_off(needed: Iterable[str], status: Iterable[str]) -> str:
    """What is missing of an answer, in words; empty: it is whole."""
    missing = sorted({*needed} - {*status})
    return f"the answer is cut off: {', '.join(missing)} did not come to an end" if missing else ""


def after(word: str, lines: Iterable[str]) -> list[str]:
    """What comes after a word, of the lines that start with it.

    >>> after("unset ", ["unset TAG", "{"])
    ['TAG']
    """
    return [line.removeprefix(word) for line in lines if line.startswith(word)]
