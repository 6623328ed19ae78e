"""Waiting, connected to a host, until its stack needs somebody."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra.api import Host

from .diagnosis import declared
from .facts import journal
from .facts.events import Happened, StackEvent
from .facts.looks import forget, look_at, this_host
from .findings import Unknown
from .look import Look
from .rules.actors import at_work
from .rules.network import judged, wanted
from .rules.verification import everything
from .settings import Stack
from .shell import instant

VARIABLE = "PYINFRA_RUNBOOKS_WATCH"
"""The environment variable that says how to wait, as `Watching` in JSON."""

DEPLOYING = 2
"""Seconds after which a stack that somebody is deploying is looked at again."""


@dataclass(frozen=True, slots=True)
class Watching:
    """
    How to wait.

    + every: seconds after which is looked at the stack though nothing was heard
    + left: the findings that the last run left as they are, as headlines: they are no news
    """

    every: int = 180
    left: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls) -> Watching:
        """As the job that started this run says."""
        said: Mapping[str, Any] = json.loads(os.environ.get(VARIABLE, "{}"))
        return cls(int(said.get("every", cls().every)), tuple(said.get("left", ())))

    def to_environment(self) -> dict[str, str]:
        """For the run that is to wait."""
        return {VARIABLE: json.dumps({"every": self.every, "left": self.left})}


def await_drift(stack: Stack | None = None) -> None:
    """
    Returns once there is something to do on the host; until then it listens to its Docker.

    + stack: the stack; default: the one that the inventory declares for the host

    Looks at once, after each event that touches the stack, and after `Watching.every` seconds
    without one. What the last run left as it is counts as something to do only then.
    """
    stack, host, watching = declared(stack), this_host(), Watching.from_environment()
    patient_until = time.monotonic() + watching.every
    since = ""
    while host in host.state.active_hosts:
        look = look_at(host, stack)
        if isinstance(look, Unknown):
            return  # Whoever comes next says so, and fails the host.
        busy = at_work(look) is not None
        found = {f.headline() for f in everything(look, stack) if f.drift}
        overdue = time.monotonic() >= patient_until
        if found and not busy and (overdue or not found <= set(watching.left)):
            return
        patient_until = time.monotonic() + watching.every if overdue else patient_until
        rest = DEPLOYING if busy else max(1, round(patient_until - time.monotonic()))
        journal.note("listening", host)
        happened = _listen(host, stack, look, since, rest)
        since = happened.now
        journal.note("heard", host, what=happened.what, said=happened.said)
        forget(host)


def _listen(host: Host, stack: Stack, look: Look, since: str, seconds: int) -> Happened:
    """Waits for an event that the look can't know; a host that goes silent is given up later."""
    members = judged(look, stack)
    networks = {n for c in members for n in (*wanted(look, stack, c), *c.networks)}
    happened: Happened = host.get_fact(
        StackEvent,
        stack=stack,
        since=since or instant(look.at),
        seconds=seconds,
        project=look.declared.name,
        ids=tuple(container.id for container in members),
        networks=tuple(sorted(networks)),
        _timeout=seconds + stack.timeouts.look + 10,
    )
    return happened
