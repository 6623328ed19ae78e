"""When a finding is not repaired, though it could be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from ..findings import Deviation, Finding, Refusal, Remedy, Restraint, Unknown
from ..look import Look
from ..settings import Stack
from ..shell import LOG

Action = TypeVar("Action")


def restrained(finding: Finding[Action], look: Look, stack: Stack) -> Finding[Action]:
    """
    The finding with the answer that counts now: what is accepted is no drift, what disturbs too
    much is refused, what is paused is left alone, what did not help is not done again, and what
    comes back again is left to a person.

    + finding: as the rules found it
    + look: the look that it was found in
    + stack: the stack
    """
    if not finding.symptom and (
        lived_with := deviation(finding.kind, finding.subject, look, stack)
    ):
        return replace(finding, answer=lived_with)
    finding = finding.within(stack.max_disruption)
    if not isinstance(finding.answer, Remedy):
        return finding
    if look.paused:
        return replace(finding, answer=_paused(look.paused.words()))
    if refusal := _tried(finding.answer, look):
        return replace(finding, answer=refusal)
    if stack.unattended and (refusal := _too_often(finding, look, stack)):
        return replace(finding, answer=refusal)
    return finding


def _paused(words: str) -> Refusal:
    instead = "repair it by hand, or end the pause: runbooks resume INVENTORY HOST"
    return Refusal(words, instead, Restraint.PAUSE)


def _tried(remedy: Remedy[Action], look: Look) -> Refusal | None:
    """Why it is not done again: it was the last that was changed here, and it did not help."""
    last = (
        look.corrections[-1] if isinstance(look.corrections, tuple) and look.corrections else None
    )
    if last is None or not last.in_vain or last.in_vain != remedy.once:
        return None
    at = datetime.fromtimestamp(last.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    by = f" by {last.who}" if last.who else ""
    return Refusal(
        f"this was done at {at}{by}, did not help, and nothing has changed since",
        "find the cause; once something has changed, it is done again",
        Restraint.TRIED,
    )


def _broken(count: int, stack: Stack) -> Refusal:
    return Refusal(
        f"it was corrected {count} times within {stack.breaker.window} s, and keeps coming"
        " back: no job corrects it again",
        "find out what breaks it; a run by a person still repairs it",
        Restraint.BREAKER,
    )


def deviation(kind: str, subject: str, look: Look, stack: Stack) -> Deviation | None:
    """
    Who lives with such a finding, if anybody: then no repair may change what it is about.

    + kind: the finding's kind
    + subject: what it is about
    """
    today = datetime.fromtimestamp(look.at, UTC).date()
    for a in stack.accepted:
        if a.kind == kind and a.subject in (None, subject) and today <= a.until:
            return Deviation(a.reason, a.owner, a.until.isoformat())
    return None


def _too_often(finding: Finding[Action], look: Look, stack: Stack) -> Refusal | None:
    """Why no job corrects it again, if it was corrected too often lately, or may have been."""
    if isinstance(look.corrections, Unknown):
        return Refusal(
            f"it is not known how often it was corrected lately: {look.corrections.reason}",
            f"repair {LOG} on the host; a run by a person still repairs this",
            Restraint.BREAKER,
        )
    since = look.at - stack.breaker.window
    count = sum(c.at >= since and _same(finding, c.findings) for c in look.corrections)
    return _broken(count, stack) if count >= stack.breaker.corrections else None


def _same(finding: Finding[Action], headlines: Iterable[str]) -> bool:
    """Whether it is among them; what is said of it may change: how long a check took, for one."""
    begins, ends = f"{finding.subject}: ", f" [{finding.kind}]"
    return any(line.startswith(begins) and line.endswith(ends) for line in headlines)
