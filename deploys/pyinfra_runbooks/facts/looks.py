"""The look at a host is taken once, and kept until something changes the host."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary, WeakSet

from pyinfra.api import Host
from pyinfra.context import ctx_host

from ..findings import Unknown
from ..look import Look
from ..rules.checks import cut_short
from ..rules.telling import told
from ..rules.verification import explained
from ..settings import Stack
from ..shell.look import given
from . import journal
from .asking import ask
from .stack import StackHealth, StackLook


@dataclass(frozen=True, slots=True)
class _Kept:
    stack: Stack
    look: Look | Unknown
    at: float
    executing: bool


_LONGEST = 10
"""How many times as long as Docker may take for an answer a whole look may take."""

_changed: WeakSet[Host] = WeakSet()
_looks: WeakKeyDictionary[Host, list[_Kept]] = WeakKeyDictionary()


class Hidden(list[str]):
    """Lines that go to a command's stdin and are never shown, though pyinfra logs arguments."""

    def __repr__(self) -> str:
        return "(hidden)"


def this_host() -> Host:
    """The host at hand: itself, not the proxy that stands for a different one in each greenlet."""
    host: Host = ctx_host.get()  # type: ignore[no-untyped-call]
    return host


def look_at(host: Host, stack: Stack, hurried: bool = False) -> Look | Unknown:
    """
    What the stack on a host looks like, as last seen.

    + host: the host
    + stack: the stack
    + hurried: whether a new look gives health checks next to no time, unless it shows no cause

    The last look counts no longer once something was changed, when a person sat at the prompt
    since, or when it is older than a look may take (`Timeouts.look`).
    """
    looks = _looks.setdefault(host, [])
    for kept in looks:
        if kept.stack == stack and _fresh(kept, host):
            return kept.look
    looks[:] = [kept for kept in looks if kept.stack != stack]
    look = _look(host, stack, hurried)
    if journal.wanted():
        journal.note("look", host, **told(look, stack))
    looks.append(_Kept(stack, look, time.monotonic(), host.state.is_executing))
    return look


def forget(host: Host) -> None:
    """The next look is a new one."""
    _looks.pop(host, None)


def note_change(host: Host) -> None:
    """The host was changed, or may have been: what was seen before does not count any more."""
    _changed.add(host)
    forget(host)


def changed(host: Host) -> bool:
    """Whether this run changed the host."""
    return host in _changed


def _fresh(kept: _Kept, host: Host) -> bool:
    prompted = host.state.is_executing and not kept.executing and host.state.check_for_changes
    return not prompted and time.monotonic() - kept.at <= kept.stack.timeouts.look


def _look(host: Host, stack: Stack, hurried: bool) -> Look | Unknown:
    """One look. One that fails is repeated once before it counts: `docker exec` fails now and then
    right after a network was changed."""
    for last in (False, True):
        secrets = Hidden(given(stack))
        # Every part has a deadline of its own; a project's directory may hang as a whole.
        limit = _LONGEST * stack.timeouts.look
        look = ask(host, StackLook, stack=stack, hurried=hurried, _stdin=secrets, _timeout=limit)
        if last or not _incomplete(look, stack):
            break
    if isinstance(look, Unknown) or (cut_short(look.answers, stack) and explained(look, stack)):
        return look
    return in_full(host, stack, look)


def in_full(host: Host, stack: Stack, look: Look) -> Look:
    """
    The same look, where health checks that got little time in it have had all that they may take.

    + host: the host
    + stack: the stack
    + look: a look at it
    """
    if not cut_short(look.answers, stack):
        return look
    answers = ask(host, StackHealth, stack=stack)
    return replace(look, answers={**look.answers, **answers})


def _incomplete(look: Look | Unknown, stack: Stack) -> bool:
    if isinstance(look, Unknown):
        passing = ("OCI runtime", "cut off", "No such object", "No such container")
        return any(words in look.reason for words in passing)
    members = look.members(stack.redis.service)
    return [c.running for c in members] == [True] and isinstance(look.redis, Unknown)
