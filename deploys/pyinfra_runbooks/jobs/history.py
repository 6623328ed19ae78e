"""What was changed and refused on hosts, in columns: `runbooks history`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core import audit
from ..core.showing import harmless
from .options import PyinfraOptions
from .running import Entry, Run, pyinfra

NOTHING = "nothing was changed or refused, or this user may not read the audit log"
_WIDE = 10_000


def history(
    inventory: str, hosts: Sequence[str], lines: int, pyinfra_options: Sequence[str]
) -> Run:
    """
    Reads the audit of hosts.

    + inventory: as pyinfra takes it
    + hosts: their names; none: all
    + lines: how many of the last lines
    + pyinfra_options: the options that a person gave for pyinfra
    """
    command = ["-y", inventory, "pyinfra_runbooks.history.show", f"lines={lines}"]
    return pyinfra([*command, *pyinfra_options], PyinfraOptions(pyinfra_options, hosts or None))


def shown(entries: Sequence[Entry], verbose: bool = False) -> Iterator[str]:
    """
    What was read, host by host.

    + entries: the run's events
    + verbose: whether all that is known is shown: who, from where, and by which run
    """
    read = [entry for entry in entries if entry["event"] == "history"]
    width = shutil.get_terminal_size((_WIDE, 24)).columns
    for number, entry in enumerate(read):
        if len(read) > 1:
            yield from ([""] if number else [])
            yield f"{harmless(entry['host'])}:"
        made: Sequence[Mapping[str, Any]] = entry["entries"]
        yield from map(audit.shown, made) if verbose else audit.table(made, width)
        if not made:
            yield NOTHING


def as_json(entries: Sequence[Entry]) -> str:
    """The same for programs: the lines of the audit by the hosts' names."""
    read = {entry["host"]: entry["entries"] for entry in entries if entry["event"] == "history"}
    return json.dumps(read, indent=2)
