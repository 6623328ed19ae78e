"""How every operation repairs: look, judge, refuse what must not be done, do the rest, look again.

All changing commands go through here: under the lock, with a line in the audit, and no look
outlives one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pyinfra import logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand
from pyinfra.api.command import PyinfraCommand

from .. import audit
from ..facts.audit import Noted
from ..facts.locks import may_change
from ..facts.looks import Hidden, look_at, note_change, this_host
from ..facts.runs import RUN, our_version, owner
from ..findings import Finding, Refusal, Remedy, Unknown, refusals, remedies
from ..look import Look
from ..settings import Stack
from ..shell import audit as shell

Commands: TypeAlias = Generator[PyinfraCommand, None, None]
"""What an operation yields."""


@dataclass(frozen=True, slots=True)
class Change:
    """One command that changes a host.

    + script: POSIX sh
    + remedies: what it does, for the audit
    + stdin: what it reads, never shown: secrets come this way only
    """

    script: str
    remedies: Sequence[Remedy[Any]]
    stdin: Sequence[str] = ()


Changes: TypeAlias = Iterator[Change]
"""What repairs a stack, one command after the other; it goes on once each one is done."""


def repaired(
    stack: Stack,
    judge: Callable[[Look], Iterable[Finding[Any]]],
    changes: Callable[[Look, Sequence[Remedy[Any]]], Changes],
    fine: str,
) -> Commands:
    """
    Yields what repairs the findings, within the stack's cap; refuses what is left.

    + stack: the stack
    + judge: the rule that turns a look into findings
    + changes: what the findings' remedies take
    + fine: what to say where there is nothing to do
    """
    host = this_host()

    def look() -> tuple[Look, list[Finding[Any]]] | Unknown:
        seen = look_at(host, stack)
        if isinstance(seen, Unknown):
            return seen
        return seen, [finding.within(stack.max_disruption) for finding in judge(seen)]

    seen = look()
    if not isinstance(seen, Unknown) and remedies(seen[1]) and host.state.is_executing:
        if reason := may_change(host, stack):
            yield from refused(stack, [reason], seen[1])
            return
        seen = look()  # the same one, unless something happened since it was taken
    if isinstance(seen, Unknown):
        yield from refused(stack, [f"nothing can be judged: {seen.reason}"])
        return
    found = seen[1]
    todo = remedies(found)
    for change in changes(seen[0], todo) if todo else ():
        yield from _changing(stack, change, found)
    if todo and host.state.is_executing:
        seen = look()
        if isinstance(seen, Unknown):
            yield from refused(stack, [f"the repair can't be proved: {seen.reason}"], found)
            return
        found = seen[1]
        left = [finding for finding in found if isinstance(finding.answer, Remedy)]
        yield from refused(stack, [_still(finding) for finding in left], left)
    unrepaired = refusals(found)
    yield from refused(stack, [_why(finding) for finding in unrepaired], unrepaired)
    if not found:
        host.noop(fine)


def _changing(stack: Stack, change: Change, found: Sequence[Finding[Any]]) -> Commands:
    """Yields the command of a change; the look that was kept is dropped behind it."""
    host = this_host()
    entry = _entry(stack, [f for f in found if f.answer in change.remedies])
    script = shell.audited(stack, RUN, entry, change.script)
    try:
        yield StringCommand(script, _stdin=Hidden(list(change.stdin)))
    finally:
        if host.state.is_executing:
            note_change(host)


def _entry(stack: Stack, findings: Sequence[Finding[Any]]) -> str:
    """What the audit says of these findings."""
    owned = owner(this_host())
    does = dict.fromkeys(f.answer.does for f in findings if isinstance(f.answer, Remedy))
    return audit.members(
        stack=stack.compose.directory,
        run=owned.run,
        who=owned.who,
        runbook=owned.runbook,
        version=our_version(),
        findings=[finding.headline() for finding in findings],
        remedy="; ".join(does),
    )


def refused(
    stack: Stack, reasons: Sequence[str], findings: Sequence[Finding[Any]] = ()
) -> Commands:
    """Yields a command that fails for this host, with the reasons; the others go on.

    + stack: the stack
    + reasons: why nothing is done; none: nothing is refused
    + findings: what is left as it is, for the audit

    While changes are only detected, a refusal is a finding like any other.
    """
    if reasons and this_host().state.is_executing:
        script = shell.refused(stack, _entry(stack, findings), "; ".join(reasons))
        yield FunctionCommand(_refuse, (list(reasons), script), {})


def _refuse(state: State, host: Host, reasons: Sequence[str], script: str) -> bool:
    for reason in reasons:
        host.log_styled(f"Refused: {reason}", fg="red", log_func=logger.error)
    host.get_fact(Noted, script=Hidden([script]))
    return False


def _still(finding: Finding[Any]) -> str:
    return f"{finding.subject} {finding.problem}, after the repair still: {finding.evidence}"


def _why(finding: Finding[Any]) -> str:
    assert isinstance(finding.answer, Refusal)  # noqa: S101 - refusals() returns no other
    return (
        f"{finding.subject} {finding.problem}: {finding.answer.because}. {finding.answer.instead}"
    )
