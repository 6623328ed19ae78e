"""What a run may do on a host: its policy, with the host's own state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ...core.kind import Kind
from ...core.policy import Policy, Waived, waived
from ...core.resolution import Waiver
from ...settings import Stack
from ..look import Look
from ..shell import LOG


def in_force(policy: Policy, look: Look, stack: Stack) -> Policy:
    """
    The policy, by what the host keeps: a pause, what was corrected lately, and which day it is.

    + policy: what the declaration and the run's options say
    + look: a look at the host
    + stack: the stack
    """
    return replace(
        policy,
        waivers=waivers(look, stack),
        found=policy.found | look.whole(stack).found,
        unjudged=look.declared.unresolved,
        paused=look.paused.words() if look.paused else "",
        corrections=look.corrections,
        audit=LOG,
        at=look.at,
    )


def waivers(look: Look, stack: Stack) -> tuple[Waived, ...]:
    """What a team lives with on that day."""
    today = datetime.fromtimestamp(look.at, UTC).date()
    return tuple(
        Waived(a.kind, a.subject, Waiver(a.reason, a.owner, a.until.isoformat()))
        for a in stack.accepted
        if today <= a.until
    )


def waiver(kind: Kind, subject: str, look: Look, stack: Stack) -> Waiver | None:
    """
    Who lives with such a finding, if a team does: then no repair may change what it is about.

    + kind: the finding's kind
    + subject: what it is about
    """
    return waived(waivers(look, stack), kind, subject)
