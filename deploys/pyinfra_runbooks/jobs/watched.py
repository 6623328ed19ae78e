"""One host that is watched: the run that waits for it, and what that run has shown of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from .drift import AGAIN, explained
from .hosts import HostReport, Status, of_journal, unreached
from .running import Entry, Running

LONGEST_PAUSE = 60.0
"""Seconds between two runs for a host in trouble, at most."""
SILENT = 300.0
"""Seconds that a run may be silent beyond what it may wait."""
CHANGING = 7200.0
"""Seconds that one change may take: it has deadlines of its own, and must not be interrupted."""


@dataclass
class Watched:
    """
    A host, and the run that waits for it.

    + reply_file: the file in which the run reads whether it may repair
    + run: the run; None: none is at work
    + not_before: when the next run may start, by the monotonic clock
    + last_event: when the run last wrote an event, by the monotonic clock
    + failures: runs in a row after which the host was not healthy
    + entries: the run's events since it last noticed something
    + proposed: the host as the run sees it while it asks to repair it
    + last: the host after the last run, or as it was seen since
    + again: whether the last run left its work to the next one, since its plan had changed
    + removed: whether the inventory no longer names the host
    """

    name: str
    reply_file: Path
    run: Running | None = None
    not_before: float = 0.0
    last_event: float = 0.0
    failures: int = 0
    entries: list[Entry] = field(default_factory=list)
    proposed: HostReport | None = None
    last: HostReport | None = None
    again: bool = False
    removed: bool = False

    @property
    def starting(self) -> bool:
        """Whether the run has not looked at the host's stack yet."""
        return self.run is not None and self._state in ("", "unreachable", "ended")

    @property
    def listening(self) -> bool:
        """Whether the run waits for an event of the host."""
        return self._state == "listening"

    @property
    def wants_approval(self) -> bool:
        """Whether the run waits for leave to repair."""
        return self._state == "asking"

    @property
    def known_drift(self) -> tuple[str, ...]:
        """What the last run left unresolved, which is no reason for the next one to act at once;
        empty if that one is to repair it."""
        if self.again or not self.last or not self.last.after:
            return ()
        return tuple(finding.label for finding in self.last.after.drift)

    @property
    def _state(self) -> str:
        return str(self.entries[-1]["event"]) if self.run and self.entries else ""

    def start(self, run: Running) -> None:
        """Hands the host to another run."""
        self.run, self.last_event = run, time.monotonic()

    def poll(self) -> bool:
        """
        Reads the run's new events.

        Returns whether the host is now known to be healthy, and was not before. A run that goes on
        waiting shows that, too.
        """
        events = self.run.new_events() if self.run else []
        self.last_event = time.monotonic() if events else self.last_event
        return sum(self._record(event) for event in events) > 0

    def _record(self, entry: Entry) -> bool:
        if entry["event"] == "heard":
            self.entries = [e for e in self.entries if e["event"] == "run"]
            self.proposed = None
        self.entries.append(entry)
        if entry["event"] == "asking":
            self.proposed = self._seen()
        seen = self._seen() if entry["event"] == "look" else None
        if seen is None or seen.status is not Status.HEALTHY:
            return False
        news = self.last is None or not self.last.is_healthy
        self.last, self.failures = seen, 0
        return news

    def decide(self, approved: bool) -> None:
        """Answers the run that waits for leave to repair."""
        self.entries.append({"event": "answered"})
        self.reply_file.write_text("yes" if approved else "no", encoding="utf-8")

    def silent(self, every: float) -> bool:
        """Whether the run has been silent for longer than it may."""
        longest = CHANGING if self._state == "changing" else every + SILENT
        return time.monotonic() - self.last_event > longest

    def reap(self) -> None:
        """Records the result of a run that has ended; each failure in a row delays the next run
        further."""
        if self.run is None:
            return
        self.poll()
        result = self.run.result(self.entries)
        again = any(entry.get("again") for entry in result.entries)
        self.again = again and self.failures < AGAIN
        found = explained(self._seen() or unreached(self.name), result)
        self.last, self.run, self.entries, self.proposed = found, None, [], None
        if found.is_healthy:
            self.failures, self.not_before = 0, time.monotonic()
        else:
            self._pause()

    def _pause(self) -> None:
        self.failures += 1
        self.not_before = time.monotonic() + min(LONGEST_PAUSE, 2.0 ** min(self.failures, 10))

    def failed(self, reason: str) -> None:
        """Records that no run could be started; the next attempt waits as after a failed run."""
        self.last = HostReport(self.name, error=reason)
        self._pause()

    def mark_reported(self) -> None:
        """Keeps the next report from counting again what one has counted."""
        self.last = replace(self.last, fresh=False) if self.last else None

    def _seen(self) -> HostReport | None:
        hosts = of_journal(self.entries, corrected=True)
        return next((host for host in hosts if host.name == self.name), None)
