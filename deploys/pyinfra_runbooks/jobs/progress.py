"""The progress of a job: one line on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from types import TracebackType

from .hosts import ENDS
from .running import Entry


class Progress:
    """
    Takes the events of a job's runs, and shows how many hosts were looked at; and then, if the job
    repairs some of them, how many of these are done.
    """

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._did, self._ends = "looked at", {"look"}
        self._all = 0
        self._hosts: set[str] = set()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, entry: Entry) -> None:
        if entry["event"] == "run":
            self._all = self._all or len(entry["reached"])
        elif entry["event"] == "correcting":
            self._did, self._ends = "finished", {*ENDS}
            self._all, self._hosts = len(entry["hosts"]), set()
        elif entry["event"] in self._ends:
            self._hosts.add(entry["host"])
        self._show(f"{self._did} {len(self._hosts)} of {self._all} hosts")

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        self._show("")

    def _show(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
