"""What a host itself keeps: a pause, and what was corrected lately. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from . import audit
from .policy import Correction as Correction
from .unknown import Unknown


@dataclass(frozen=True, slots=True)
class Pause:
    """Until it ends, nothing is changed on the host.

    + until: seconds since 1970
    + who: the person, and the machine that it was set from
    + reason: why
    """

    until: int
    who: str
    reason: str

    def words(self) -> str:
        """Who wants it, until when and why, in one line."""
        until = datetime.fromtimestamp(self.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return f"paused by {self.who} until {until}: {self.reason}"

    def lines(self) -> str:
        """The pause as it is kept on the host: the end alone, for scripts; then all of it."""
        return f"{self.until}\n{json.dumps({'who': self.who, 'reason': self.reason})}\n"


def pause(lines: Iterable[str], at: float) -> Pause | None:
    """
    The pause that a host keeps; None where there is none, or where it is over.

    + lines: as `Pause.lines` has them
    + at: what time it is there

    A file that can't be read counts as a pause: one was meant.
    """
    kept = [line for line in lines if line]
    if not kept:
        return None
    try:
        until, said = int(kept[0]), json.loads(kept[1])
        found = Pause(min(until, _END_OF_TIME), str(said["who"]), str(said["reason"]))
    except (ValueError, IndexError, TypeError, KeyError):
        return Pause(_END_OF_TIME, "an unknown person", "its file on the host can't be read")
    return found if at < until else None


_END_OF_TIME = 253402300799


UNREADABLE = "?"
"""What stands in the place of lines where a host's audit could not be read, or not to its end."""


def corrections(lines: Iterable[str], directory: str) -> tuple[Correction, ...] | Unknown:
    """
    What was corrected on a stack, by lines of its host's audit; none where there is no audit yet.

    + lines: of the audit
    + directory: the stack's

    The begin of a change and its result are two lines, and one correction. It was in vain if the
    same run notes later that the finding is still there.
    """
    lines = list(lines)
    if UNREADABLE in lines:
        return Unknown("the audit on the host can't be read")
    found: dict[str, Correction] = {}
    once: dict[object, str] = {}
    for number, text in enumerate(lines):
        entry = audit.line(text)
        if not entry or entry.get("stack") != directory or not entry.get("remedy"):
            continue
        run, circumstances = entry.get("run") or number, entry.get("circumstances")
        if entry["result"] in ("begun", "ok", "failed"):
            headlines = tuple(map(str, entry.get("findings") or ()))
            key = str((run, entry["remedy"], headlines))
            made = Correction(_seconds(entry["time"]), headlines, str(entry.get("who") or ""))
            found.setdefault(key, made)
            if circumstances:
                once[run] = key
        elif circumstances and run in once:
            found[once[run]] = replace(found[once[run]], in_vain=str(circumstances))
    return tuple(found.values())


def _seconds(time: object) -> float:
    try:
        return datetime.fromisoformat(str(time).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0
