"""Pause and resume: keep all runs and jobs from changing a host for a time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from .inventory import read
from .options import MisuseError, PyinfraOptions
from .running import Run, pyinfra

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=90)
"""For longer than this, take the host out of the inventory."""


def until(text: str) -> int:
    """
    A time such as ``2027-01-31 18:00``, in seconds since 1970; UTC unless it names a zone.

    >>> until("2027-01-31T18:00+01:00")
    1801414800

    Raises ValueError with what was expected.
    """
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected a time such as '2027-01-31 18:00', got {text!r}") from None
    return _checked(int((named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()))


def duration(text: str) -> timedelta:
    """
    A duration: ``30m``, ``2h``, ``1d``, ``1w``.

    >>> duration("90m")
    datetime.timedelta(seconds=5400)

    Raises ValueError with what was expected.
    """
    found = re.fullmatch(r"([1-9]\d{0,5})([mhdw])", text)
    if not found:
        raise ValueError(f"expected a duration such as 30m, 2h or 1d, got {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def after(text: str) -> int:
    """The end of a pause that begins now, in seconds since 1970. Raises as `until`."""
    return _checked(round(time.time() + duration(text).total_seconds()))


def _checked(end: int) -> int:
    """The end of a pause; ValueError if it is past, or too far away."""
    if end <= time.time():
        raise ValueError("expected a time to come")
    if end > time.time() + LONGEST.total_seconds():
        raise ValueError(f"expected at most {LONGEST.days} days")
    return end


def pause(
    inventory: str, hosts: Sequence[str], end: int, reason: str, pyinfra_options: Sequence[str]
) -> Run:
    """Pauses hosts. The reason is quoted, or pyinfra would parse it as JSON."""
    arguments = (f"until={end}", f"reason={json.dumps(reason)}")
    return _run(inventory, hosts, pyinfra_options, "start", *arguments)


def resume(inventory: str, hosts: Sequence[str], pyinfra_options: Sequence[str]) -> Run:
    """Ends the hosts' pauses."""
    return _run(inventory, hosts, pyinfra_options, "end")


def named(inventory: str, patterns: Sequence[str], pyinfra_options: Sequence[str]) -> list[str]:
    """
    The hosts that patterns name, each as in ``--limit``.

    Raises `MisuseError` if a pattern matches no host: one that a person believes to be paused, and
    is not, would be changed while they work on it.
    """
    if any(word.partition("=")[0] == "--limit" for word in pyinfra_options):
        raise MisuseError("--limit: expected the hosts' names, without it")
    found: list[str] = []
    for pattern in patterns:
        hosts = read(inventory, [*pyinfra_options, "--limit", pattern]).hosts
        if not hosts:
            raise MisuseError(f"no host of {inventory} is called {pattern}: nothing was done")
        found += hosts
    return list(dict.fromkeys(found))


def _run(
    inventory: str,
    hosts: Sequence[str],
    pyinfra_options: Sequence[str],
    name: str,
    *arguments: str,
) -> Run:
    deploy = f"pyinfra_runbooks.pause.{name}"
    command = ["-y", inventory, deploy, *arguments, *pyinfra_options]
    return pyinfra(command, PyinfraOptions(pyinfra_options, hosts))
