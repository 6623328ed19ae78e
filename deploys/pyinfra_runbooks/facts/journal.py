"""What a run tells the job that started it, if one did: a line of JSON for each event."""

from __future__ import annotations

import json
import os
import time
from typing import Any
from weakref import WeakSet

from pyinfra import logger
from pyinfra.api import Host, State

from ..showing import harmless
from .runs import RUN, who

VARIABLE = "PYINFRA_RUNBOOKS_JOURNAL"
"""The environment variable that names the file."""

_begun: WeakSet[State] = WeakSet()


def wanted() -> bool:
    """Whether anybody reads it."""
    return VARIABLE in os.environ


def note(event: str, host: Host, **members: Any) -> None:
    """
    Adds an event, where a job asked for it.

    + event: ``look``, ``change``, ``refusal`` or ``proof``
    + host: whose it is
    + members: what there is to say, as JSON takes it

    The first one of a run is preceded by ``run``: which hosts it is about, and which were reached.
    """
    if not wanted():
        return
    if host.state not in _begun:
        _begun.add(host.state)
        _write(event="run", run=RUN, who=who(), **_hosts(host.state))
    _write(event=event, host=host.name, **members)


def _hosts(state: State) -> dict[str, list[str]]:
    named = [host for host in state.inventory if state.is_host_in_limit(host)]
    return {
        "hosts": [host.name for host in named],
        "reached": [host.name for host in named if host in state.activated_hosts],
    }


def _write(**members: Any) -> None:
    line = json.dumps({**_shown(members), "at": round(time.time(), 3)}, default=str)
    try:
        with open(os.environ[VARIABLE], "a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")
    except OSError as error:
        # The job misses it, and says so; a repair does not end for that.
        logger.warning(f"The journal can't be written: {error}")


def _shown(value: Any) -> Any:
    """Reports, messages and metrics are made of it."""
    match value:
        case str():
            return harmless(value)
        case dict():
            return {harmless(str(key)): _shown(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_shown(inner) for inner in value]
    return value
