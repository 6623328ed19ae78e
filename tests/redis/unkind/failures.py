"""What goes wrong with one call: how, and on which side of what it does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import Call

HOWS = ("fails", "hangs", "says nothing", "late", "too late", "killed", "gone")
SIDES = ("before", "after")

LONGEST = 8.0
"""Seconds after which a client that hangs is killed, where its caller does not do it sooner."""
GONE_FOR = 3.0
"""Seconds for which an engine that is gone answers nobody: longer than any one deadline."""


def refused(call: Call, docker: str, curl: str) -> int:
    """What a call that failed gets to read, in its client's words; returns its exit code."""
    call.open = True
    call._kept.clear()
    call.err(f"{curl if call.tool == 'curl' else docker}\n")
    return 1


def unreachable(call: Call) -> int:
    """What a call gets to read where there is no engine."""
    return refused(
        call,
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
        " Is the docker daemon running?",
        "curl: (7) Couldn't connect to server",
    )


@dataclass(frozen=True)
class Failure:
    """One call goes wrong.

    + call: which one: its number, counted from 1 over all clients, or its name and the number of
      that, as in ``docker exec:2``
    + how: one of `HOWS`; or ``dies``: who called, and all that it has started, is killed
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
                return refused(
                    call,
                    "Error response from daemon: context deadline exceeded",
                    "curl: (52) Empty reply from server",
                )
            case "gone":
                call.engine.gone_until = time.monotonic() + GONE_FOR
                return unreachable(call)
            case "says nothing":
                call._kept.clear()
                return 0
            case "killed":
                return -1
            case "dies":
                os.killpg(call.engine.script, 9)
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
