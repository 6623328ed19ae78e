"""One host that is watched: the run that waits for it, and what is known by that."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from .drift import explained
from .hosts import HostReport, Status, of_journal, unreached
from .running import Entry, Running

LONGEST_PAUSE = 60.0
"""Seconds between two runs for a host in trouble, at most."""
SILENT = 300.0
"""Seconds that a run may be silent beyond what it may wait."""
CHANGING = 7200.0
"""Seconds that one change may take: it has deadlines of its own, and is not to be cut."""


@dataclass
class Watched:
    """
    A host, and the run that waits for it.

    + ear: the file in which the run hears whether it may repair
    + begin: from when on the next run may start, by the monotonic clock
    + failures: runs in a row after which the host was not well
    + entries: what its run told of since it last heard something
    + asked: what its run wants to repair, until that is over
    + answered: whether it knows if it may
    + last: what came of the last run, or what was seen since
    """

    name: str
    ear: Path
    run: Running | None = None
    begin: float = 0.0
    heard_at: float = 0.0
    failures: int = 0
    entries: list[Entry] = field(default_factory=list)
    asked: HostReport | None = None
    answered: bool = False
    last: HostReport | None = None

    @property
    def starts(self) -> bool:
        """Whether its run has not told of anything yet."""
        return self.run is not None and not self.entries

    @property
    def waits(self) -> bool:
        """Whether its run listens to it."""
        return self.run is not None and self._lately == "listening"

    @property
    def asks(self) -> bool:
        """Whether its run waits for leave to repair."""
        return self._lately == "asking" and not self.answered

    @property
    def _lately(self) -> str:
        return str(self.entries[-1]["event"]) if self.entries else ""

    def start(self, run: Running) -> None:
        """Another run waits for it."""
        self.run, self.heard_at = run, time.monotonic()

    def hear(self) -> bool:
        """Takes in what its run says; whether it turns out to be well that was not, or was unknown.

        It needs no run to end to be known as that.
        """
        heard = self.run.heard() if self.run else []
        self.heard_at = time.monotonic() if heard else self.heard_at
        return sum(self._take_in(entry) for entry in heard) > 0

    def _take_in(self, entry: Entry) -> bool:
        if entry["event"] == "heard":
            self.entries = [e for e in self.entries if e["event"] == "run"]
            self.asked = None
        self.entries.append(entry)
        if entry["event"] == "asking":
            self.asked, self.answered = self._seen(), False
        seen = self._seen() if entry["event"] == "look" else None
        if seen is None or seen.status is not Status.WELL:
            return False
        news = self.last is None or not self.last.is_well
        self.last, self.failures = seen, 0
        return news

    def answer(self, word: str) -> None:
        """Says whether the run may repair what it asked about."""
        self.answered = True
        self.ear.write_text(word, encoding="utf-8")

    def silent(self, every: float) -> bool:
        """Whether its run has been silent for longer than it may."""
        longest = CHANGING if self._lately == "changing" else every + SILENT
        return time.monotonic() - self.heard_at > longest

    def take(self) -> bool:
        """What came of a run that is over; the next one starts later the more often it fails."""
        if self.run is None:
            return False
        self.hear()
        result = self.run.result()
        found = explained(self._seen() or unreached(self.name), result)
        self.last, self.run, self.entries, self.asked = found, None, [], None
        if found.is_well:
            self.failures, self.begin = 0, time.monotonic()
        else:
            self._pause()
        return True

    def _pause(self) -> None:
        self.failures += 1
        self.begin = time.monotonic() + min(LONGEST_PAUSE, 2.0 ** min(self.failures, 10))

    def failed(self, reason: str) -> None:
        """No run could be started for it; later, perhaps."""
        self.last = HostReport(self.name, error=reason)
        self._pause()

    def told(self) -> None:
        """A report has told of what came of it: the next one does not count it again."""
        self.last = replace(self.last, fresh=False) if self.last else None

    def _seen(self) -> HostReport | None:
        told = of_journal(self.entries, corrected=True)
        return next((host for host in told if host.name == self.name), None)
