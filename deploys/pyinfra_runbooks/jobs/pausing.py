"""Pause and resume: what a person says to all runs and jobs about a host."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from . import options
from .inventory import InventoryError, exactly, listed, selected
from .running import Run, pyinfra

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=90)
"""Whoever wants to leave a host alone for longer takes it out of the inventory."""


def until(text: str) -> int:
    """
    A time such as ``2027-01-31 18:00`` (UTC where it names no zone), in seconds since 1970.

    >>> until("2027-01-31T18:00+01:00")
    1801414800

    Raises ValueError with what was expected.
    """
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected a time such as '2027-01-31 18:00', got {text!r}") from None
    return _checked(int((named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()))


def lasting(text: str) -> timedelta:
    """
    A duration: ``30m``, ``2h``, ``1d``, ``1w``.

    >>> lasting("90m")
    datetime.timedelta(seconds=5400)

    Raises ValueError with what was expected.
    """
    found = re.fullmatch(r"([1-9]\d{0,5})([mhdw])", text)
    if not found:
        raise ValueError(f"expected a duration such as 30m, 2h or 1d, got {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def after(text: str) -> int:
    """The end of a pause that lasts so long from now on, in seconds since 1970; as `until`."""
    return _checked(round(time.time() + lasting(text).total_seconds()))


def _checked(end: int) -> int:
    """The end of a pause; ValueError where it is over already, or far away."""
    if end <= time.time():
        raise ValueError("expected a time to come")
    if end > time.time() + LONGEST.total_seconds():
        raise ValueError(f"expected at most {LONGEST.days} days")
    return end


def pause(
    inventory: str, hosts: Sequence[str], end: int, reason: str, given: Mapping[str, Any]
) -> Run:
    """Has hosts keep a pause; the reason is quoted, or pyinfra would read JSON in it."""
    return _run(inventory, hosts, given, "presence", f"until={end}", f"reason={json.dumps(reason)}")


def resume(inventory: str, hosts: Sequence[str], given: Mapping[str, Any]) -> Run:
    """Ends the hosts' pauses."""
    return _run(inventory, hosts, given, "absence")


def named(inventory: str, patterns: Sequence[str], given: Mapping[str, Any]) -> list[str]:
    """
    The hosts that a person names, each as ``--limit`` would be.

    Raises `inventory.InventoryError` where one of the patterns is nobody's: a host that was thought
    to be paused and is not would be changed under a person's hands.
    """
    known, exclude = listed(inventory, given), given.get("exclude") or ()
    for pattern in patterns:
        if not selected(known, [pattern], exclude):
            raise InventoryError(f"no host of {inventory} is called {pattern}: nothing was done")
    return selected(known, patterns, exclude)


def _run(
    inventory: str, hosts: Sequence[str], given: Mapping[str, Any], name: str, *arguments: str
) -> Run:
    limits = [word for host in hosts for word in ("--limit", exactly(host))]
    passed = options.command_line(given, "--limit", "--exclude")
    deploy = f"pyinfra_runbooks.pause.{name}"
    return pyinfra(["-y", *passed, *limits, inventory, deploy, *arguments])
