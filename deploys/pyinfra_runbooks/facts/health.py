"""Waiting for health: the checks, again and again, up to a deadline."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pyinfra.api import Host

from ..rules.checks import failed_checks
from ..settings import HttpCheck, Stack
from .asking import ask, gone
from .stack import StackHealth

PAUSE = 0.1
"""Seconds between two rounds of checks."""


def await_health(
    host: Host,
    stack: Stack,
    seconds: float,
    checks: Sequence[HttpCheck] | None = None,
    successes: int = 1,
) -> list[str]:
    """
    Asks until the checks succeed; returns what the last failures said, or nothing.

    + host: where to ask from
    + stack: the stack
    + seconds: how long to go on asking
    + checks: which of the stack's checks; default: all
    + successes: how often in a row they have to succeed; default: 1
    """
    deadline = time.monotonic() + seconds
    in_a_row = 0
    while True:
        answers = ask(host, StackHealth, stack=stack)
        if gone(host):
            return ["the host is gone"]
        failed = failed_checks(answers, stack, checks)
        in_a_row = 0 if failed else in_a_row + 1
        if in_a_row >= successes:
            return []
        if time.monotonic() >= deadline:
            return failed or ["the checks did not succeed often enough in a row"]
        time.sleep(PAUSE)
