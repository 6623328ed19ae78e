"""What a run reports to the job that started it, if one did: a line of JSON for each event."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from pyinfra import logger
from pyinfra.api import Host, State

from ..core.showing import printable
from ..engine.run import run_of
from ..settings import Stack
from .runs import RUN, who

VARIABLE = "PYINFRA_RUNBOOKS_JOURNAL"
"""The environment variable that names the file."""


def wanted() -> bool:
    """Whether a job reads it."""
    return VARIABLE in os.environ


def note(event: str, host: Host, stack: Stack | None = None, /, **members: Any) -> None:
    """
    Adds an event, where a job asked for it.

    + event: ``look``, ``change``, ``refusal`` or ``proof``
    + host: whose it is
    + stack: which of its stacks it is about; default: the host itself
    + members: what there is to say, as JSON takes it

    The first one of a run is preceded by ``run``: which hosts it is about, and which were reached.
    """
    if not wanted():
        return
    if not run_of(host).in_journal:
        for other in {host, *host.state.inventory}:
            run_of(other).in_journal = True
        write(event="run", run=RUN, who=who(), **_hosts(host.state))
    about = {"directory": stack.key} if stack else {}
    write(event=event, host=host.name, **about, **members)


def _hosts(state: State) -> dict[str, list[str]]:
    named = [host for host in state.inventory if state.is_host_in_limit(host)]
    return {
        "hosts": [host.name for host in named],
        "reached": [host.name for host in named if host in state.activated_hosts],
    }


def write(**members: Any) -> bool:
    """Adds a line, with all text made harmless; whether it is there as a whole."""
    line = json.dumps({**_shown(members), "at": round(time.time(), 3)}, default=str)
    try:
        with open(os.environ[VARIABLE], "a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")
        return True
    except OSError as error:
        # The job misses it, and says so; a repair does not end for that.
        logger.warning(f"The journal can't be written: {error}")
        return False


def _shown(value: Any) -> Any:
    """Text made harmless, since reports, messages and metrics are made of it."""
    match value:
        case str():
            return printable(value)
        case dict():
            return {printable(str(key)): _shown(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_shown(inner) for inner in value]
    return value
