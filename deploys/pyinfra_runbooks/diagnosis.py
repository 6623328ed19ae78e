"""What is wrong with the stack on a host, said before anything is done about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyinfra import logger
from pyinfra.api import Host, deploy
from pyinfra.api.exceptions import PyinfraError

from .core.errors import RunbookError
from .core.plan import Scope
from .core.unknown import Unknown
from .engine.host import found_stacks, ignored
from .engine.look import Look
from .engine.run import run_of
from .facts import journal
from .facts.asking import ask
from .facts.looks import look_at, look_at_all, look_together, this_host
from .facts.plans import planned, policy_of
from .facts.runs import note_runbook
from .facts.saying import say
from .facts.stack import find
from .facts.versions import DockerVersions
from .operations.patches import propose
from .operations.recovery import scope_of
from .operations.showing import show
from .packs.overview import overview as overview_of
from .settings import Stack, stacks_from_host_data

NOTHING = "no Compose project has a container on this host: there is nothing to ask"


def declared(*stacks: Stack | None) -> Iterator[Stack]:
    """
    The stacks that are given, or else those that the inventory declares; of a host without an
    inventory those that are found there. The ``--data`` options of this run are read, too. Raises
    `SettingsError`.

    What is done to each of them comes in the same order on every host.
    """
    host = this_host()
    found = tuple(filter(None, stacks)) or _of_host(host)
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
    if host in host.state.active_hosts:
        look_at_all(host, stacks)
        _show(host, stacks, scope_of(parts, first, prove))
    return stacks


def diagnose_host() -> tuple[Stack, ...]:
    """
    Shows what is wrong with every Compose project of a host, declared or not, and changes nothing.

    Returns their stacks. What is not looked at is said, too. A host on which there is no project,
    or that can't be looked at, is failed.

    **Example:**

    .. code:: python

        diagnose_host()
    """
    host = this_host()
    declared_here = () if host.data.get("stack") is None else stacks_from_host_data(host.data)
    if host.state.is_executing or host not in host.state.active_hosts:
        return declared_here
    note_runbook(host)
    stacks = _every(host, declared_here)
    if not stacks:
        return ()
    _show(host, stacks, Scope())
    return stacks


@deploy("Overview")
def overview() -> None:
    """
    Reports to the job that started this run which Docker a host has and what each of its Compose
    projects is. Leaves nothing there, not even a record of a healthy look.

    **Example:**

    .. code:: python

        overview()
    """
    host = this_host()
    if host.state.is_executing or host not in host.state.active_hosts:
        return
    found = find(host, (), False)
    if isinstance(found, Unknown):
        _cant_look(host, found.reason)
        return
    stacks = found_stacks(found)
    if not stacks:
        _cant_look(host, NOTHING)
        return
    journal.note("versions", host, versions=ask(host, DockerVersions))
    for stack, look in zip(stacks, look_together(host, stacks, found), strict=True):
        if isinstance(look, Unknown):
            journal.note("look", host, stack, unknown=look.reason)
        else:
            journal.note("overview", host, stack, **overview_of(look, stack))


def _of_host(host: Host) -> tuple[Stack, ...]:
    """What the inventory declares for a host; where it was named without one, what is there."""
    # pyinfra gives a host of an inventory its groups, the file's own name at least.
    groups = getattr(host, "groups", ("an inventory's",))
    named_alone = all(group.startswith("@") for group in groups)
    if host.data.get("stack") is not None or not named_alone:
        return stacks_from_host_data(host.data)
    if host.state.is_executing or host not in host.state.active_hosts:
        return ()
    note_runbook(host)
    return _every(host, ())


def _every(host: Host, declared_here: Sequence[Stack]) -> tuple[Stack, ...]:
    """All stacks of a host, looked at in two commands; none where it is failed."""
    unattended = any(policy_of(host, stack).unattended for stack in declared_here)
    found = find(host, declared_here, unattended)
    if isinstance(found, Unknown):
        _cant_look(host, found.reason)
        return ()
    stacks = (*declared_here, *found_stacks(found, declared_here))
    if left := ignored(found, stacks):
        say(host, *left)
        journal.note("ignored", host, lines=left)
    if not stacks:
        _cant_look(host, NOTHING)
        return ()
    look_at_all(host, stacks, found)
    return stacks


def _cant_look(host: Host, why: str) -> None:
    journal.note("look", host, unknown=why)
    _fail(host, why)


def _is_well(host: Host, stack: Stack) -> bool:
    look = look_at(host, stack)
    return not isinstance(look, Unknown) and not any(
        f.drift for f in planned(host, stack, look).findings
    )


def _show(host: Host, stacks: Sequence[Stack], scope: Scope) -> None:
    """What needs a person or a repair comes first; of each healthy one there is a line."""
    unseen = []
    for one in sorted(stacks, key=lambda stack: _is_well(host, stack)):
        look = look_at(host, one)
        if isinstance(look, Unknown):
            unseen.append(look.reason)
            continue
        plan = planned(host, one, look, scope)
        show(host, one, look, plan, scope)
        propose(host, one, look, filter(scope.holds, plan.findings))
    if unseen:
        _fail(host, "; ".join(unseen))
    elif host.state.print_input:  # -vv
        say(host, *run_of(host).lines())


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
