"""The look at a host is taken once, and kept until something changes the host."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from pyinfra.api import Host
from pyinfra.context import ctx_host

from ..core.unknown import Cause, Unknown
from ..engine.found import Found
from ..engine.look import Look
from ..engine.rules.checks import cut_short
from ..engine.run import Seen, run_of
from ..packs.findings import before, explained, missing, puzzling
from ..packs.look_event import look_event
from ..packs.network.asking import pairs, unasked
from ..settings import Stack
from . import journal
from .asking import Hidden as Hidden
from .asking import ask
from .memories import remember
from .plans import policy_of
from .stack import StackHealth, StackReach, find, look_at_several, look_once


def this_host() -> Host:
    """The current host itself, not pyinfra's proxy, which differs in each greenlet."""
    host: Host = ctx_host.get()  # type: ignore[no-untyped-call]
    return host


def look_at(host: Host, stack: Stack, quick: bool = False) -> Look | Unknown:
    """
    What the stack on a host looks like, as last seen.

    + host: the host
    + stack: the stack
    + quick: whether health checks get next to no time in a new look, unless it shows no cause

    A new look is taken once something was changed, after a person was asked at the prompt, or when
    the last one is older than a look may take (`Timeouts.look`).
    """
    known = run_of(host).of(stack)
    if known.seen and _fresh(known.seen, stack, host):
        return known.seen.look
    look = _look(host, stack, quick)
    _keep(host, stack, look)
    return look


def look_at_all(host: Host, stacks: Sequence[Stack], found: Found | Unknown | None = None) -> None:
    """
    Looks at several stacks of a host together, in the two commands of one look; `look_at` has what
    each looks like then.

    + host: the host
    + stacks: the stacks
    + found: what the host runs, where that was just asked; default: it is asked
    """
    known = run_of(host)
    todo = [s for s in stacks if not ((seen := known.of(s).seen) and _fresh(seen, s, host))]
    if len(todo) < 2 and found is None:
        return  # `look_at` asks about it alone.
    for stack, look in zip(todo, look_together(host, todo, found), strict=True):
        _keep(host, stack, look)


def look_together(
    host: Host, stacks: Sequence[Stack], found: Found | Unknown | None
) -> list[Look | Unknown]:
    """One look at several; those of which it fails are looked at once more (see `_look`)."""
    unattended = any(policy_of(host, stack).unattended for stack in stacks)
    found = find(host, stacks, unattended) if found is None else found
    if isinstance(found, Unknown):
        return [found for _ in stacks]
    looks = list(look_at_several(host, stacks, found) if stacks else ())
    again = [n for n, stack in enumerate(stacks) if _incomplete(looks[n], stack)]
    if again:
        left = [stacks[n] for n in again]
        found = find(host, stacks, unattended)
        if not isinstance(found, Unknown):
            for number, look in zip(again, look_at_several(host, left, found), strict=True):
                looks[number] = look
    return [_finished(host, stack, look) for stack, look in zip(stacks, looks, strict=True)]


def _keep(host: Host, stack: Stack, look: Look | Unknown) -> None:
    known = run_of(host).of(stack)
    if journal.wanted():
        journal.note("look", host, stack, **look_event(look, stack, policy_of(host, stack)))
    known.seen = Seen(look, time.monotonic(), host.state.is_executing)
    if isinstance(look, Look):
        remember(host, stack, look)


def last_found(host: Host, stack: Stack) -> Found:
    """What the last look found on the host; nothing, if a new look has to be taken."""
    seen = run_of(host).of(stack).seen
    return seen.look.found if seen and isinstance(seen.look, Look) else Found()


def forget(host: Host) -> None:
    """The next look is a new one."""
    run_of(host).forget()


def note_change(host: Host, stack: Stack | None) -> None:
    """A stack was changed, or may have been: a new look has to be taken at the host."""
    if stack:
        known = run_of(host).of(stack)
        if known.before is None and known.seen and isinstance(known.seen.look, Look):
            known.before = before(known.seen.look, stack)
        known.changed, known.settled = True, False
    forget(host)


def _fresh(seen: Seen, stack: Stack, host: Host) -> bool:
    prompted = host.state.is_executing and not seen.executing and host.state.check_for_changes
    return not prompted and time.monotonic() - seen.at <= stack.timeouts.look


def _look(host: Host, stack: Stack, quick: bool) -> Look | Unknown:
    """One look. One that fails is repeated once before it counts: `docker exec` fails now and then
    right after a network was changed."""
    for last in (False, True):
        look = look_once(host, stack, quick, policy_of(host, stack).unattended)
        if last or not _incomplete(look, stack):
            break
    return _finished(host, stack, look)


def _finished(host: Host, stack: Stack, look: Look | Unknown) -> Look | Unknown:
    if isinstance(look, Look) and (before_it := run_of(host).of(stack).before):
        look = replace(look, before=before_it)
    if isinstance(look, Unknown) or (cut_short(look.answers, stack) and explained(look, stack)):
        return look
    return reached(host, stack, in_full(host, stack, look))


def reached(host: Host, stack: Stack, look: Look) -> Look:
    """
    The same look, with what its clients make of their names for servers, where it shows that
    something is wrong and not why. A healthy stack is never asked that.

    + host: the host
    + stack: the stack
    + look: a look at it
    """
    if look.before and not run_of(host).of(stack).settled and missing(look, stack):
        return look  # Clients may be about to come back: `await_clients`.
    stack = look.whole(stack)
    unwell = puzzling(look, stack)
    tried = [] if unwell is None else pairs(look, stack, unwell)
    if not tried:
        return look
    limit = stack.timeouts.look + _TRIES
    answers = ask(host, StackReach, stack=stack, pairs=tried, _timeout=limit)
    return replace(look, reaches={**unasked(tried), **answers})


_TRIES = 60
"""Seconds in which every name and connection is given up, and a container for it made."""


def in_full(host: Host, stack: Stack, look: Look) -> Look:
    """
    The same look, with the health checks repeated that had too little time in it.

    + host: the host
    + stack: the stack
    + look: a look at it
    """
    if not cut_short(look.answers, stack):
        return look
    answers = ask(host, StackHealth, stack=stack, found=look.found)
    return replace(look, answers={**look.answers, **answers})


def _incomplete(look: Look | Unknown, stack: Stack) -> bool:
    if isinstance(look, Unknown):
        return look.cause is Cause.PASSING
    return any(
        [c.running for c in look.members(redis.service)] == [True]
        and isinstance(look.server(redis.service), Unknown)
        for redis in look.whole(stack).declared_servers
    )
