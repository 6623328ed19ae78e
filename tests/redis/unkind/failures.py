"""What goes wrong with one call: how, and on which side of what it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import Call

HOWS = ("fails", "hangs", "says nothing", "late", "too late", "killed")
SIDES = ("before", "after")

_WORDS = {"curl": "curl: (52) Empty reply from server"}

LONGEST = 8.0
"""Seconds after which a client that hangs is killed, where its caller does not do it sooner."""


@dataclass(frozen=True)
class Failure:
    """One call goes wrong.

    + call: which one: its number, counted from 1 over all clients, or its name and the number of
      that, as in ``docker exec:2``
    + how: one of `HOWS`
    + side: whether that is before it had its effect, or after
    """

    call: str
    how: str
    side: str

    def meet(self, call: Call, effect: Callable[[], int]) -> int:
        """Does it to a call; returns its exit code, or less than 0 where the client hears none."""
        called = time.monotonic()
        call.open = False
        code = effect() if self.side == "after" else None
        match self.how:
            case "fails":
                call.open = True
                call._kept.clear()
                call.err(
                    _WORDS.get(call.tool, "Error response from daemon: context deadline exceeded")
                )
                call.err("\n")
                return 1
            case "says nothing":
                call._kept.clear()
                return 0
            case "killed":
                return -1
            case "hangs":
                call.gone(min(call.deadline + 3, LONGEST) - (time.monotonic() - called))
                return -1
            case "late":
                time.sleep(min(call.deadline / 2, 2.0))
            case "too late":
                call.gone(min(call.deadline, LONGEST))
                time.sleep(1.0)
        call.open = True
        return effect() if code is None else code
