"""Whole texts, as people read them, each in a file of its own; ``make snapshots`` writes them."""

from __future__ import annotations

import os
from pathlib import Path

DIRECTORY = Path(__file__).parent / "snapshots"


def snapshot(name: str, text: str) -> None:
    """A text is the one in the file of that name; where RENEW is set, it is from then on."""
    path = DIRECTORY / name
    if os.environ.get("RENEW"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "if that is meant: make snapshots"


def snapshot_on(page: Path, name: str, text: str) -> None:
    """The same for a block of a page, after a comment with its name."""
    there = page.read_text(encoding="utf-8")
    begin = there.index("\n", there.index("```", there.index(f"<!-- {name} -->"))) + 1
    end = there.index("```", begin)
    if os.environ.get("RENEW"):
        page.write_text(there[:begin] + text + there[end:], encoding="utf-8")
        return
    assert text == there[begin:end], "if that is meant: make snapshots"
