"""Counts and times in findings about clients. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ....engine.look import Refused


def times(entries: Iterable[Refused]) -> str:
    """How often they were refused."""
    count = sum(entry.count for entry in entries)
    return "1 refusal" if count == 1 else f"{count} refusals"


def ago(seconds: float) -> str:
    """A time as a person says it.

    >>> ago(61), ago(7300)
    ('61 s', '2 h')
    """
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
