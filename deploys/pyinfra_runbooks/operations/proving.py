"""Proof that a stack is healthy. It reads only, and never counts as a change."""

from __future__ import annotations

from typing import Any

from pyinfra.api import Host, operation

from ..core.finding import Finding, to_json
from ..core.resolution import Refusal
from ..core.unknown import Unknown
from ..engine.own_checks import State
from ..engine.rules.checks import api_healthy, sound
from ..engine.rules.own_checks import pending
from ..engine.run import run_of
from ..facts import journal
from ..facts.health import await_clients, await_health, await_own_checks
from ..facts.looks import forget, in_full, look_at, this_host
from ..facts.plans import policy_of
from ..packs import findings as rules
from ..packs.checks.sentence import asked
from ..settings import Stack
from .change import Commands, Reason, refused


@operation()
def verify(stack: Stack) -> Commands:
    """
    The stack is healthy: its checks succeed, its networks are as declared, and Redis lets in every
    declared user and no other client.

    + stack: the stack

    Fails for the host where it is not, with what was expected, what came and where to look. After
    a change by this run the checks have to succeed `Timeouts.successes` times in a row, within
    `Timeouts.healthy` seconds.

    **Example:**

    .. code:: python

        proving.verify(name="Prove that the stack is healthy", stack=stack)
    """
    yield from proved(stack)


def proved(stack: Stack) -> Commands:
    """Yields a command that fails for this host where health can't be proved; else nothing."""
    host, policy = this_host(), policy_of(this_host(), stack)
    run_of(host).operations.add(host.current_op_hash)  # It reads only.
    if host.state.is_executing and run_of(host).changed:
        _await_health(host, stack)
        forget(host)
        await_clients(host, stack, stack.timeouts.reconnect)
    if host.state.is_executing:
        _await_own_checks(host, stack, changed=run_of(host).changed)
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        yield from refused(stack, [(f"health can't be proved: {look.reason}",)], unknown=True)
        return
    failed = rules.findings(look, stack, policy)
    if failed and host.state.is_executing:
        # As a look that fails: it counts when it fails again. A pool may still hold connections
        # from before a repair, each of which costs one answer.
        forget(host)
        again = look_at(host, stack)
        if not isinstance(again, Unknown):
            look = in_full(host, stack, again)
            failed = rules.findings(look, stack, policy)
    if host.state.is_executing:
        healthy = api_healthy(look, stack)
        journal.note(
            "proof",
            host,
            stack,
            findings=to_json(failed),
            api_healthy=healthy,
            asked="" if failed else asked(look, stack),
        )
    yield from refused(stack, [_reason(f) for f in failed], failed)
    unproved = pending(look, stack, State.AWAITED) if host.state.is_executing else {}
    if unproved and not failed:
        why_not = f"Docker has not asked {', '.join(sorted(unproved))} yet: run this again"
        yield from refused(stack, [(f"health can't be proved: {why_not}",)], unknown=True)
    elif not failed:
        host.noop(rules.summary(look, stack))


def _await_health(host: Host, stack: Stack) -> None:
    """
    Waits for the checks that can work, and less long for the others: until a proxy has found what
    was just started, it answers as if its URL were wrong. What a person has to repair is not waited
    for.
    """
    look, timeouts, checks = look_at(host, stack), stack.timeouts, stack.health
    seconds = timeouts.healthy
    if not isinstance(look, Unknown):
        checks = sound(look, stack)
        in_vain = rules.in_vain(look, stack, policy_of(host, stack))
        seconds = timeouts.recover if in_vain else seconds
    await_health(host, stack, seconds, checks, timeouts.successes)
    if len(checks) < len(stack.health):
        await_health(host, stack, timeouts.recover, stack.health, timeouts.successes)


def _await_own_checks(host: Host, stack: Stack, changed: bool) -> None:
    """
    Waits for the containers that Docker has yet to ask, where health rests on that; after a change
    for those, too, that it calls unhealthy until it asks again.
    """
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        return
    left = pending(look, stack, State.AWAITED)
    if left:
        await_own_checks(host, stack, left.keys(), min(max(left.values()), _LONGEST))
    failing = pending(look, stack, State.FAILS) if changed else {}
    if failing:
        await_own_checks(host, stack, failing.keys(), stack.timeouts.healthy)
    if left or failing:
        forget(host)


_LONGEST = 300.0
"""Seconds: a start period may be set to hours."""


def _reason(finding: Finding[Any]) -> Reason:
    """A refusal as it was shown before; any other finding with all its lines."""
    if isinstance(finding.resolution, Refusal):
        return why(finding), f"  seen: {finding.evidence}"
    return finding.lines()


def why(finding: Finding[Any]) -> str:
    """Why a finding is refused, and what to do, in a sentence."""
    refusal = finding.resolution
    assert isinstance(refusal, Refusal)  # noqa: S101 - refusals() returns no other
    return f"{finding.subject} {finding.problem}: {refusal.because}. {refusal.instead}"
