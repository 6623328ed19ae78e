"""What comes with the package besides its code: runbooks, an example of an inventory, alerts."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

SHARE = Path(__file__).resolve().parents[1] / "share"
"""Where it is; in a checkout, links to the directories of that name."""

RUNBOOKS = SHARE / "runbooks"


def runbooks() -> list[str]:
    """The names of the runbooks that come along."""
    return sorted(path.stem for path in RUNBOOKS.glob("*.py"))


def nearest_runbook(name: str) -> str:
    """The one that may be meant; empty: none is like it."""
    return next(iter(get_close_matches(name, runbooks(), n=1)), "")
