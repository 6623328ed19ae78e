"""What is wrong with the stack on a host, said before anything is done about it."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra import logger
from pyinfra.api import Host
from pyinfra.api.exceptions import PyinfraError

from .core.errors import RunbookError
from .core.unknown import Unknown
from .engine.look import Look
from .engine.run import run_of
from .facts.looks import look_at, this_host
from .facts.plans import planned, policy_of
from .facts.runs import note_runbook
from .facts.saying import say
from .operations.recovery import scope_of
from .operations.showing import show
from .settings import Stack, stacks_from_host_data


def declared(*stacks: Stack | None) -> Iterator[Stack]:
    """
    The stacks that are given, or else those that the inventory declares; the ``--data`` options of
    this run are read, too. Raises `SettingsError`.

    What is done to each of them comes in the same order on every host.
    """
    host = this_host()
    found = tuple(filter(None, stacks)) or stacks_from_host_data(host.data)
    for one in found:
        policy_of(host, one)
    yield from host.loop(found)  # type: ignore[no-untyped-call]


def diagnose(
    *parts: str, stack: Stack | None = None, first: bool = True, prove: bool = False
) -> tuple[Stack, ...]:
    """
    Shows what is wrong with a stack: the evidence, what will be done, and how disruptive that is.

    + parts: which parts of the incident; default: all
    + stack: the stack; default: those that the inventory declares for the host
    + first: whether the repairs before the proof of health will be done; default: ``True``
    + prove: whether those after it will; default: ``False``

    Returns the stacks. Each finding is said once in a run; of a healthy stack, one line. A host
    that can't be looked at is failed here, so that the others go on without it.

    **Example:**

    .. code:: python

        diagnose("network", "health")
    """
    host, stacks = this_host(), tuple(declared(stack))
    if host.state.is_executing:
        return stacks
    note_runbook(host)
    scope, unseen = scope_of(parts, first, prove), []
    for one in stacks if host in host.state.active_hosts else ():
        look = look_at(host, one)
        if isinstance(look, Unknown):
            unseen.append(look.reason)
            continue
        show(host, one, look, planned(host, one, look, scope), scope)
    if unseen:
        _fail(host, "; ".join(unseen))
    elif host.state.print_input:  # -vv
        say(host, *run_of(host).lines())
    return stacks


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
    """As pyinfra does with a host whose facts it can't get."""
    say(host, f"Error: {reason}", level=logger.error, fg="red")
    try:
        host.state.fail_hosts({host})  # type: ignore[no-untyped-call]
    except PyinfraError as error:
        raise RunbookError(str(error)) from None
