"""Proof that a stack is healthy. It reads only, and never counts as a change."""

from __future__ import annotations

from typing import Any

from pyinfra.api import Host, operation

from ..facts import journal
from ..facts.health import await_health
from ..facts.looks import changed, forget, in_full, look_at, this_host
from ..findings import Finding, Refusal, Unknown
from ..rules import verification as rules
from ..rules.checks import sound
from ..rules.telling import findings
from ..settings import Stack
from .repair import Commands, Reason, refused, why


@operation()
def proof(stack: Stack) -> Commands:
    """
    The stack is healthy: its checks succeed, its networks are as declared, and Redis lets in every
    declared user and no other client.

    + stack: the stack

    Fails for the host where it is not, with what was expected, what came and where to look. After
    a change by this run the checks have to succeed `Timeouts.successes` times in a row, within
    `Timeouts.healthy` seconds.

    **Example:**

    .. code:: python

        verification.proof(name="Prove that the stack is healthy", stack=stack)
    """
    host = this_host()
    if host.state.is_executing and changed(host):
        _await_health(host, stack)
        forget(host)
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        yield from refused(stack, [(f"health can't be proved: {look.reason}",)], unknown=True)
        return
    failed = rules.findings(look, stack)
    if failed and host.state.is_executing:
        # As a look that fails: it counts when it fails again. A pool may still hold connections
        # from before a repair, each of which costs one answer.
        forget(host)
        look = look_at(host, stack)
        if not isinstance(look, Unknown):
            failed = rules.findings(in_full(host, stack, look), stack)
    if host.state.is_executing:
        journal.note("proof", host, findings=findings(failed))
    yield from refused(stack, [_reason(f) for f in failed], failed)
    if not failed:
        host.noop("the stack is healthy")


def _await_health(host: Host, stack: Stack) -> None:
    """
    Waits for the checks that can work, and less for all: a proxy finds what was started later, and
    answers until then as if its URL were wrong. What a person has to repair does not come by it.
    """
    look, timeouts, checks = look_at(host, stack), stack.timeouts, stack.health
    seconds = timeouts.healthy
    if not isinstance(look, Unknown):
        checks = sound(look, stack)
        seconds = timeouts.recover if rules.in_vain(look, stack) else seconds
    await_health(host, stack, seconds, checks, timeouts.successes)
    if len(checks) < len(stack.health):
        await_health(host, stack, timeouts.recover, stack.health, timeouts.successes)


def _reason(finding: Finding[Any]) -> Reason:
    """A refusal reads as it did before in the run; what merely fails, as it was found."""
    if isinstance(finding.answer, Refusal):
        return why(finding), f"  seen:  {finding.evidence}"
    return finding.lines()
