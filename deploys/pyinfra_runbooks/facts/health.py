"""Waiting for health: the checks, again and again, up to a deadline."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pyinfra.api import Host

from ..core.unknown import Unknown
from ..engine.found import Found
from ..engine.rules.checks import failed_checks
from ..packs.checks.asking import of_services
from ..settings import HttpCheck, Stack
from .asking import ask, gone
from .looks import last_found
from .stack import HostFound, StackHealth

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
    in_a_row, found = 0, last_found(host, stack)
    while True:
        found = found if found.containers else _find(host, stack)
        answers = ask(host, StackHealth, stack=stack, found=found)
        if gone(host):
            return ["the host is gone"]
        failed = failed_checks(answers, stack, checks)
        in_a_row = 0 if failed else in_a_row + 1
        if failed:
            found = Found()  # Its containers may be others now.
        if in_a_row >= successes:
            return []
        if time.monotonic() >= deadline:
            return failed or ["the checks did not succeed often enough in a row"]
        time.sleep(PAUSE)


def _find(host: Host, stack: Stack) -> Found:
    """Where the stack's services are, if it is asked there."""
    found = ask(host, HostFound, stack=stack) if of_services(stack) else Found()
    return Found() if isinstance(found, Unknown) else found
