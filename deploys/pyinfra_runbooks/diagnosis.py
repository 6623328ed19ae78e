"""What is wrong with the stack on a host, said before anything is done about it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from weakref import WeakKeyDictionary

from pyinfra import logger
from pyinfra.api import Host
from pyinfra.api.exceptions import PyinfraError

from .disruption import Disruption
from .errors import RunbookError
from .facts.looks import look_at, this_host
from .facts.runs import note_runbook
from .facts.saying import say
from .findings import Finding, Part, Unknown, refusals, remedies, worst
from .look import Look
from .rules import verification as rules
from .rules.actors import at_work
from .settings import Stack, from_host_data

_told: WeakKeyDictionary[Host, set[tuple[str, ...]]] = WeakKeyDictionary()
_judged: WeakKeyDictionary[Host, tuple[Look, list[Finding[Any]]]] = WeakKeyDictionary()


def declared(stack: Stack | None) -> Stack:
    """The stack that was handed over, or else the one that the inventory declares."""
    return stack or from_host_data(this_host().data)


def tell(*parts: Part, stack: Stack | None = None) -> Stack:
    """
    Says what is wrong with the stack: the evidence, what will be done, and how disruptive it is.

    + parts: which parts of the incident; default: all
    + stack: the stack; default: the one that the inventory declares for the host

    Returns the stack. Each finding is said once in a run; of a healthy stack, one line. A host
    that can't be looked at is failed here, so that the others go on without it.

    **Example:**

    .. code:: python

        tell(Part.NETWORK, Part.HEALTH)
    """
    stack, host = declared(stack), this_host()
    note_runbook(host)
    if host.state.is_executing or host not in host.state.active_hosts:
        return stack
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        _fail(host, look.reason)
        return stack
    _say(host, look, stack, parts or tuple(Part))
    return stack


def drifted(*parts: Part, stack: Stack | None = None) -> bool:
    """
    Says what is wrong, as `tell`, and returns whether anything is.

    + parts: which parts of the incident; default: all
    + stack: the stack; default: the one that the inventory declares for the host

    For a runbook: a healthy host needs no operation that repairs, and no time for it.

    **Example:**

    .. code:: python

        if drifted():
            redis.recreation()
        verification.proof()
    """
    stack, host = tell(*parts, stack=stack), this_host()
    look = look_at(host, stack) if host in host.state.active_hosts else None
    if look is None or isinstance(look, Unknown):
        return False
    return any(f.drift and f.part in (parts or tuple(Part)) for f in _everything(host, look, stack))


def seen(stack: Stack) -> Look | None:
    """
    What the stack on this host looks like; None for a host that can't be looked at, and is failed.

    + stack: the stack

    **Example:**

    .. code:: python

        look = seen(stack)
    """
    host = this_host()
    note_runbook(host)
    if host not in host.state.active_hosts:
        return None
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        _fail(host, look.reason)
        return None
    return look


def _fail(host: Host, reason: str) -> None:
    """As pyinfra does with a host that it can't get a fact of."""
    say(host, f"Error: {reason}", level=logger.error, fg="red")
    try:
        host.state.fail_hosts({host})  # type: ignore[no-untyped-call]
    except PyinfraError as error:
        raise RunbookError(str(error)) from None


def _say(host: Host, look: Look, stack: Stack, parts: Collection[Part]) -> None:
    told = _told.setdefault(host, set())
    if look.paused and not told:
        say(host, look.paused.words().capitalize(), bold=True)
    found = [f for f in _everything(host, look, stack) if f.part in parts]
    new = [finding for finding in found if finding.lines() not in told]
    told |= {finding.lines() for finding in new}
    if not told and not found:
        told.add(())
        say(host, rules.summary(look, stack))
        return
    causes = [finding for finding in new if not finding.symptom]
    symptoms = [finding for finding in new if finding.symptom]
    if causes:
        say(host, _headline(look, causes), bold=True)
        if deployment := at_work(look):
            say(host, f"Someone is deploying this stack: {deployment}", bold=True)
    for finding in causes:
        for line in finding.lines():
            say(host, f"  {line}")
    if symptoms:
        say(host, "What fails at the moment:", bold=True)
    for finding in symptoms:
        say(host, f"  {finding.headline()}")
    # What keeps it from Redis hides whether it would use it.
    unwell = any(finding.kind == "api-unwell" for finding in symptoms)
    if unwell and remedies(causes) and worst(causes) < Disruption.RESTART <= stack.max_disruption:
        say(host, "  The API will be restarted if it has not recovered by itself after that.")
    if remedies(causes) and any(finding.kind == "api-stopped" for finding in symptoms):
        say(host, "  The API will be started after that, once its validation has run again.")


def _everything(host: Host, look: Look, stack: Stack) -> list[Finding[Any]]:
    """All that is wrong; the deploys of a run ask one after another about the same look."""
    seen, found = _judged.get(host, (None, []))
    if seen is not look:
        found = rules.everything(look, stack)
        _judged[host] = look, found
    return found


def _headline(look: Look, found: list[Finding[object]]) -> str:
    wrong = f"{len(found)} finding{'s' if len(found) > 1 else ''} on {look.declared.name}"
    if refusals(found):
        return f"{wrong}; {len(refusals(found))} of them need a person"
    if remedies(found):
        return f"{wrong}; the repair's disruption: {worst(found)}"
    return f"{wrong}; nothing that has to be repaired"
