"""Waiting, connected to a host, until its stack needs a repair."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyinfra.api import Host

from .diagnosis import declared
from .facts import journal
from .facts.asking import ask
from .facts.events import Happened, StackEvent
from .facts.looks import forget, look_at, this_host
from .findings import Unknown
from .look import Look
from .rules.actors import at_work
from .rules.network import judged, wanted
from .rules.verification import everything
from .settings import Stack
from .shell import instant
from .showing import harmless

VARIABLE = "PYINFRA_RUNBOOKS_WATCH"
"""The environment variable that says how to wait, as `Watching` in JSON."""

DEPLOYING = 2
"""Seconds after which a stack that is being deployed is looked at again."""
LONGEST = 86400
"""Seconds after which a run that waits ends, to be followed by one that knows of no yesterday."""
ANSWERED = 30
"""Seconds that the job has to say whether there may be a repair."""
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Watching:
    """
    How to wait.

    + every: seconds after which is looked at the stack though nothing was heard
    + left: the findings that the last run left as they are, each as kind and subject: no news
    + answer: the file in which the job says whether there may be a repair; empty: nobody is asked
    """

    every: int = 180
    left: tuple[str, ...] = ()
    answer: str = ""

    @classmethod
    def from_environment(cls) -> Watching:
        """As the job that started this run says."""
        said: Mapping[str, Any] = json.loads(os.environ.get(VARIABLE, "{}"))
        default = cls()
        return cls(
            int(said.get("every", default.every)),
            tuple(said.get("left", ())),
            str(said.get("answer", "")),
        )

    def to_environment(self) -> dict[str, str]:
        """For the run that is to wait."""
        return {VARIABLE: json.dumps(asdict(self))}


def await_drift(stack: Stack | None = None) -> None:
    """
    Returns once there is something to do on the host; until then it listens to its Docker.

    + stack: the stack; default: the one that the inventory declares for the host

    Looks at once, after each event that touches the stack, and after `Watching.every` seconds
    without one. What the last run left as it is counts as something to do only then.
    """
    stack, host, watching = declared(stack), this_host(), Watching.from_environment()
    began = time.monotonic()
    patient_until = began + watching.every
    since, event, left, in_vain = "", "", set(watching.left), 0
    while host in host.state.active_hosts and time.monotonic() - began < LONGEST:
        look = look_at(host, stack, hurried=bool(event))
        if isinstance(look, Unknown):
            return  # Whoever comes next says so, and fails the host.
        busy = at_work(look) is not None
        found = {harmless(f"{f.kind} {f.subject}") for f in everything(look, stack) if f.drift}
        overdue = time.monotonic() >= patient_until
        if found and not busy and (overdue or not found <= left):
            if _may_repair(host, watching):
                return
            left = found
        patient_until = time.monotonic() + watching.every if overdue else patient_until
        rest = DEPLOYING if busy else max(1, round(patient_until - time.monotonic()))
        happened = _listen(host, stack, look, since, rest)
        # Docker does not let us listen: then not at once again.
        in_vain = in_vain + 1 if happened.said and not happened.what else 0
        time.sleep(min(60, 2**in_vain) if in_vain else 0)
        since, event = happened.now, happened.what
        forget(host)


def _may_repair(host: Host, watching: Watching) -> bool:
    """Asks the job, which knows of the other hosts; one that is gone does not answer."""
    if not watching.answer:
        return True
    answer = Path(watching.answer)
    answer.unlink(missing_ok=True)
    journal.note("asking", host)
    until = time.monotonic() + ANSWERED
    while time.monotonic() < until:
        if answer.exists() and (said := answer.read_text(encoding="utf-8")):
            return said == "yes"
        time.sleep(_PAUSE)
    return False


def _listen(host: Host, stack: Stack, look: Look, since: str, seconds: int) -> Happened:
    """Waits for an event that the look can't know; a host that goes silent is given up later."""
    members = judged(look, stack)
    networks = {n for c in members for n in (*wanted(look, stack, c), *c.networks)}
    journal.note("listening", host)
    happened = ask(
        host,
        StackEvent,
        stack=stack,
        since=since or instant(look.at),
        seconds=seconds,
        project=look.declared.name,
        ids=tuple(container.id for container in members),
        networks=tuple(sorted(networks)),
        _timeout=seconds + stack.timeouts.look + 10,
    )
    journal.note("heard", host, what=happened.what, said=happened.said)
    return happened
