"""Assembles the shell that runs on the hosts: fixed scripts, behind values that are quoted.

The scripts are files beside this one, as a person can read, run and lint them. No value is ever
put into the middle of a script, and no secret into one at all: secrets come over stdin.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

LOG = "/var/log/pyinfra-runbooks/audit.log"
"""Where the audit is on every host."""

LOCKS = "/run/pyinfra-runbooks"
"""Where the stacks' locks are on every host."""

PAUSE = "/var/lib/pyinfra-runbooks/pause"
"""Where a host keeps that nothing is to be changed on it."""

_HERE = Path(__file__).parent


@cache
def text(name: str) -> str:
    """A script or awk program beside this file, without its comments."""
    return re.sub(r"(?m)^\s*#.*\n|^\n", "", (_HERE / name).read_text(encoding="utf-8"))


def values(**named: object) -> str:
    """Assignments in POSIX sh, each value quoted; a tuple becomes one value a line.

    >>> values(name="it's", ports=("80", "443"))
    'name=\\'it\\'"\\'"\\'s\\'\\nports=\\'80\\n443\\'\\n'
    """
    return "".join(f"{name}={shlex.quote(_plain(value))}\n" for name, value in named.items())


def instant(at: float) -> str:
    """Seconds since 1970 as Docker takes them.

    >>> instant(1800000000)
    '1800000000.000000'
    """
    return f"{at:.6f}"


def function(name: str, body: str) -> str:
    """A POSIX sh function."""
    return f"{name}() {{\n{body}\n}}\n"


def words(*arguments: object) -> str:
    """A command line in which every word is quoted."""
    return " ".join(shlex.quote(_plain(argument)) for argument in arguments)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(str(item) for item in value)
    return "" if value is None else str(value)
