"""The names of an inventory's hosts, as pyinfra reads it."""

from __future__ import annotations

import glob
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from . import options


class InventoryError(Exception):
    """The inventory can't be read; the message is pyinfra's."""


def hosts(inventory: str, given: Mapping[str, Any]) -> list[str]:
    """
    The hosts that an inventory and the options name, in its order.

    + inventory: as pyinfra takes it
    + given: pyinfra's options

    Raises `InventoryError`.
    """
    known = listed(inventory, given)
    return selected(known, given.get("limit") or (), given.get("exclude") or ())


def listed(inventory: str, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All hosts of an inventory, each with its name and groups; raises `InventoryError`."""
    arguments = options.command_line(given, "--limit", "--exclude")
    done = subprocess.run(
        [sys.executable, "-m", "pyinfra", "--json", *arguments, inventory, "debug-inventory"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found: list[Mapping[str, Any]] = json.loads(done.stdout)
    except ValueError:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise InventoryError(said[-1] if said else f"{inventory} can't be read") from None
    return found


def selected(
    known: Iterable[Mapping[str, Any]], limit: Sequence[str], exclude: Sequence[str]
) -> list[str]:
    """
    The names that pyinfra would choose: by a group's name, or by a pattern for hosts' names.

    >>> known = [{"name": "web1", "groups": ["web"]}, {"name": "db1", "groups": ["db"]}]
    >>> selected(known, ["web", "db*"], ["db1"])
    ['web1']
    """
    return [
        host["name"]
        for host in known
        if (not limit or _matches(host, limit)) and not _matches(host, exclude)
    ]


def exactly(name: str) -> str:
    """
    A host's name as ``--limit`` takes it: a pattern there, and a group's name before that.

    >>> exactly("db[1]")
    '[d]b[[]1]'
    """
    if name[0] in "!]^-[*?":
        return glob.escape(name)
    return f"[{name[0]}]{glob.escape(name[1:])}"


def _matches(host: Mapping[str, Any], patterns: Iterable[str]) -> bool:
    return any(p in host["groups"] or fnmatch(host["name"], p) for p in patterns)
