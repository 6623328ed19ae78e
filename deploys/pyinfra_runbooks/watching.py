"""Waiting, connected to a host, until its stack needs a repair."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter
from pyinfra.api import Host

from .core.errors import RunbookError
from .core.unknown import Unknown
from .diagnosis import declared
from .engine.look import Look
from .engine.rules.actors import current_deployment
from .engine.rules.places import managed_containers, wanted
from .engine.shell import instant
from .facts import journal
from .facts.asking import ask
from .facts.events import DockerEvent, StackEvent
from .facts.looks import forget, look_at, this_host
from .facts.plans import planned
from .settings import Stack

VARIABLE = "PYINFRA_RUNBOOKS_WATCH"
"""The environment variable that says how to wait, as `Watching` in JSON."""

DEPLOYING = 2
"""Seconds after which a stack that is being deployed is looked at again."""
LONGEST = 86400
"""Seconds after which a waiting run ends, and the job starts a new one."""
ANSWERED = 30
"""Seconds that the job has to say whether a repair may begin."""
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Watching:
    """
    How to wait.

    + every: seconds without an event after which the stack is looked at again
    + left: the findings that the last run left unresolved, each as kind and subject
    + answer: the file in which the job says whether a repair may begin; empty: no job is asked
    """

    every: int = 180
    left: tuple[str, ...] = ()
    answer: str = ""

    @classmethod
    def from_environment(cls) -> Watching:
        """As the job that started this run says."""
        return _FORM.validate_json(os.environ.get(VARIABLE, "{}"))

    def to_environment(self) -> dict[str, str]:
        """For the run that is to wait."""
        return {VARIABLE: _FORM.dump_json(self).decode()}


_FORM = TypeAdapter(Watching)


def await_drift(stack: Stack | None = None) -> None:
    """
    Returns once there is something to do on the host; until then it listens to its Docker.

    + stack: the stack; default: the one that the inventory declares for the host

    Looks at once, after each event that touches the stack, and after `Watching.every` seconds
    without one. What the last run left unresolved counts only in the last case.
    """
    stack, *others = declared(stack)
    if others:
        raise RunbookError(
            "expected one stack on a host that is watched: name each stack's host by itself in the"
            " inventory, or use a timer"
        )
    host, watching = this_host(), Watching.from_environment()
    began = time.monotonic()
    patient_until = began + watching.every
    since, event, left, in_vain = "", "", set(watching.left), 0
    while host in host.state.active_hosts and time.monotonic() - began < LONGEST:
        look = look_at(host, stack, quick=bool(event))
        if isinstance(look, Unknown):
            return  # The next look reports it, and fails the host.
        busy = current_deployment(look) is not None
        found = {f.label for f in planned(host, stack, look).findings if f.drift}
        overdue = time.monotonic() >= patient_until
        if found and not busy and (overdue or not found <= left):
            if _may_repair(host, watching):
                return
            left = found
        patient_until = time.monotonic() + watching.every if overdue else patient_until
        rest = DEPLOYING if busy else max(1, round(patient_until - time.monotonic()))
        happened = _listen(host, stack, look, since, rest)
        # Docker does not let us listen: wait longer before each new attempt.
        in_vain = in_vain + 1 if happened.said and not happened.what else 0
        time.sleep(min(60, 2**in_vain) if in_vain else 0)
        since, event = happened.now, happened.what
        forget(host)


def _may_repair(host: Host, watching: Watching) -> bool:
    """Asks the job, which knows about the other hosts; a job that is gone does not answer."""
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


def _listen(host: Host, stack: Stack, look: Look, since: str, seconds: int) -> DockerEvent:
    """Waits for an event after the look; a host that goes silent runs into the timeout."""
    members = managed_containers(look, stack)
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
