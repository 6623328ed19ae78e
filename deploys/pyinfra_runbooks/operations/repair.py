"""How every operation repairs: look, judge, refuse what must not be done, do the rest, look again.

All changing commands go through `change`, so that no look outlives a change.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, TypeAlias

from pyinfra import logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand
from pyinfra.api.command import PyinfraCommand

from ..facts.looks import Hidden, look_at, note_change, this_host
from ..findings import Finding, Refusal, Remedy, Unknown, refusals, remedies
from ..look import Look
from ..settings import Stack

Commands: TypeAlias = Generator[PyinfraCommand, None, None]
"""What an operation yields."""


def repaired(
    stack: Stack,
    judge: Callable[[Look], Iterable[Finding[Any]]],
    commands: Callable[[Look, Sequence[Remedy[Any]]], Commands],
    fine: str,
) -> Commands:
    """
    Yields what repairs the findings, within the stack's cap; refuses what is left.

    + stack: the stack
    + judge: the rule that turns a look into findings
    + commands: what the findings' remedies take
    + fine: what to say where there is nothing to do
    """
    host = this_host()
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        yield from refused([f"nothing can be judged: {look.reason}"])
        return
    found = [finding.within(stack.max_disruption) for finding in judge(look)]
    todo = remedies(found)
    yield from commands(look, todo) if todo else ()
    if todo and host.state.is_executing:
        after = look_at(host, stack)
        if isinstance(after, Unknown):
            yield from refused([f"the repair can't be proved: {after.reason}"])
            return
        found = [finding.within(stack.max_disruption) for finding in judge(after)]
        yield from refused([_still(finding) for finding in found if _repairable(finding)])
    yield from refused([_why(finding) for finding in refusals(found)])
    if not found:
        host.noop(fine)


def change(script: str, stdin: Sequence[str] = ()) -> Commands:
    """Yields a command that changes the host; the look that was kept is dropped behind it.

    + script: POSIX sh
    + stdin: what it reads, never shown: secrets come this way only
    """
    host = this_host()
    try:
        yield StringCommand(script, _stdin=Hidden(list(stdin)))
    finally:
        if host.state.is_executing:
            note_change(host)


def refused(reasons: Sequence[str]) -> Commands:
    """Yields a command that fails for this host, with the reasons; the others go on.

    While changes are only detected, a refusal is a finding like any other.
    """
    if reasons and this_host().state.is_executing:
        yield FunctionCommand(_refuse, (list(reasons),), {})


def _refuse(state: State, host: Host, reasons: Sequence[str]) -> bool:
    for reason in reasons:
        host.log_styled(f"Refused: {reason}", fg="red", log_func=logger.error)
    return False


def _repairable(finding: Finding[Any]) -> bool:
    return isinstance(finding.answer, Remedy)


def _still(finding: Finding[Any]) -> str:
    return f"{finding.subject} {finding.problem}, after the repair still: {finding.evidence}"


def _why(finding: Finding[Any]) -> str:
    assert isinstance(finding.answer, Refusal)  # noqa: S101 - refusals() returns no other
    return (
        f"{finding.subject} {finding.problem}: {finding.answer.because}. {finding.answer.instead}"
    )
