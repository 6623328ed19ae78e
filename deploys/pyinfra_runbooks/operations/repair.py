"""How every operation repairs: look, judge, refuse what must not be done, do the rest, look again.

All changing commands go through here: under the lock, with a line in the audit, and no look
outlives one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from pyinfra import logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand
from pyinfra.api.command import PyinfraCommand
from pyinfra.connectors.util import CommandOutput

from .. import audit
from ..facts import journal
from ..facts.asking import VANISHED, ask, connected, gone, lost
from ..facts.audit import AuditLog, Noted
from ..facts.locks import may_change
from ..facts.looks import Hidden, look_at, note_change, this_host
from ..facts.runs import RUN, our_version, owner
from ..facts.saying import say
from ..findings import Finding, Refusal, Remedy, Unknown, refusals, remedies
from ..look import Look
from ..rules.restraint import restrained
from ..settings import Stack
from ..shell import LOG
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


_NOT_NOTED = f"The audit log lacks this change, or can't be read: see {LOG} on the host"

Reason: TypeAlias = tuple[str, ...]
"""Why nothing is done, in one or more lines."""

Changes: TypeAlias = Iterator[Change]
"""What repairs a stack, one command after the other; it goes on once each one is done."""


def repaired(
    stack: Stack,
    judge: Callable[[Look], Iterable[Finding[Any]]],
    changes: Callable[[Look, Sequence[Remedy[Any]]], Changes],
    fine: str,
    proof_follows: bool = False,
) -> Commands:
    """
    Yields what repairs the findings, within the stack's cap; refuses what is left.

    + stack: the stack
    + judge: the rule that turns a look into findings
    + changes: what the findings' remedies take
    + fine: what to say where there is nothing to do
    + proof_follows: whether `verification.proof` comes later in this run: it fails for what is left
      and says why, once all is done that has nothing to do with it; default: ``False``
    """
    host = this_host()
    judged = partial(_judged, stack, judge)
    seen = judged()
    if isinstance(seen, Judged) and remedies(seen.findings) and host.state.is_executing:
        if reason := may_change(host, stack):
            unknown = isinstance(reason, Unknown)
            said = reason.reason if isinstance(reason, Unknown) else reason
            yield from refused(stack, [(said,)], seen.findings, unknown=unknown)
            return
        seen = judged()  # by the same look, unless something happened since it was taken
    if isinstance(seen, Unknown):
        yield from refused(
            stack, [(f"the host could not be checked: {seen.reason}",)], unknown=True
        )
        return
    found, todo = seen.findings, remedies(seen.findings)
    for change in changes(seen.look, todo) if todo else ():
        yield from _changing(stack, change, found)
    if todo and host.state.is_executing:
        found = yield from _proved(stack, judged, found)
    unrepaired = [] if proof_follows else refusals(found)
    yield from refused(stack, [(why(finding),) for finding in unrepaired], unrepaired)
    if not any(finding.drift for finding in found):
        host.noop(fine)
    elif not todo and not unrepaired:
        host.noop("what is left is reported by the proof")


class Judged(NamedTuple):
    """A look, and what was found in it, each with the answer that counts now."""

    look: Look
    findings: list[Finding[Any]]


def _judged(stack: Stack, judge: Callable[[Look], Iterable[Finding[Any]]]) -> Judged | Unknown:
    look = look_at(this_host(), stack)
    if isinstance(look, Unknown):
        return look
    return Judged(look, [restrained(finding, look, stack) for finding in judge(look)])


def _proved(
    stack: Stack, judged: Callable[[], Judged | Unknown], found: list[Finding[Any]]
) -> Generator[PyinfraCommand, None, list[Finding[Any]]]:
    """Looks again, fails for what should be repaired and is not, and returns what is left."""
    after = judged()
    if isinstance(after, Unknown):
        said = f"it can't be proved that the repair helped: {after.reason}"
        yield from refused(stack, [(said,)], found, unknown=True)
        return found
    left = [finding for finding in after.findings if isinstance(finding.answer, Remedy)]
    yield from refused(stack, [(_still(finding),) for finding in left], left)
    return after.findings


def _changing(stack: Stack, change: Change, found: Sequence[Finding[Any]]) -> Commands:
    """Yields the command of a change; the look that was kept is dropped after it."""
    host = this_host()
    entry = _entry(stack, [f for f in found if f.answer in change.remedies])
    script = shell.audited(stack, RUN, change.script)
    start, done = time.monotonic(), False
    if host.state.is_executing:
        journal.note("changing", host)
    try:
        yield _Sent(script, _stdin=Hidden([entry, *change.stdin]))
        done = True  # A command that failed is not returned from.
    finally:
        if host.state.is_executing:
            note_change(host)
            _told(host, change, done, time.monotonic() - start)
            if not done and not connected(host):
                lost(host)
    if host.state.is_executing:
        _noted(host)


class _Sent(StringCommand):
    """A command that fails where the host vanishes, in words: pyinfra knows not all ways to."""

    def execute(
        self, state: State, host: Host, connector_arguments: Any
    ) -> tuple[bool, CommandOutput]:
        try:
            done: tuple[bool, CommandOutput] = super().execute(state, host, connector_arguments)
        except TimeoutError:
            raise
        except VANISHED as error:
            lost(host, error)
            return False, CommandOutput([])
        return done


def _told(host: Host, change: Change, done: bool, seconds: float) -> None:
    journal.note(
        "change",
        host,
        does=list(dict.fromkeys(remedy.does for remedy in change.remedies)),
        disruption=str(max(remedy.disruption for remedy in change.remedies)),
        done=done,
        seconds=round(seconds, 3),
    )


def _noted(host: Host) -> None:
    """Says so where the audit lacks the line of a change: that is no reason to end a repair."""
    if not any(entry.get("run") == RUN for entry in ask(host, AuditLog, lines=9)):
        say(host, _NOT_NOTED, level=logger.warning, fg="yellow")


def _entry(stack: Stack, findings: Sequence[Finding[Any]]) -> str:
    """What the audit says of these findings."""
    owned = owner(this_host())
    made = remedies(findings)
    does = dict.fromkeys(remedy.does for remedy in made)
    once = next((remedy.once for remedy in made if remedy.once), "")
    return audit.members(
        stack=stack.compose.directory,
        run=owned.run,
        who=owned.who,
        runbook=owned.runbook,
        version=our_version(),
        findings=[finding.headline() for finding in findings],
        remedy="; ".join(does),
        **({"circumstances": once} if once else {}),
    )


def refused(
    stack: Stack,
    reasons: Sequence[Reason],
    findings: Sequence[Finding[Any]] = (),
    unknown: bool = False,
) -> Commands:
    """Yields a command that fails for this host, with the reasons; the others go on.

    + stack: the stack
    + reasons: why nothing is done; none: nothing is refused
    + findings: what is left as it is, for the audit
    + unknown: whether that is because something could not be seen

    While changes are only detected, a refusal is a finding like any other.
    """
    if reasons and this_host().state.is_executing:
        entry = _entry(stack, findings)
        yield FunctionCommand(_refuse, (list(reasons), stack, entry, unknown), {})


def _refuse(
    state: State, host: Host, reasons: Sequence[Reason], stack: Stack, entry: str, unknown: bool
) -> bool:
    if gone(host):
        return False
    whole = [*map(" ".join, reasons)]
    journal.note("refusal", host, reasons=whole, unknown=unknown)
    for first, *more in reasons:
        say(host, f"Refused: {first}", *more, level=logger.error, fg="red")
    said = Hidden([entry, " ".join("; ".join(whole).split())])
    for problem in ask(host, Noted, stack=stack, _stdin=said):
        say(host, problem, level=logger.warning, fg="yellow")
    return False


def _still(finding: Finding[Any]) -> str:
    return f"{finding.subject} {finding.problem}, even after the repair: {finding.evidence}"


def why(finding: Finding[Any]) -> str:
    """Why a finding is refused, and what to do, in a sentence."""
    assert isinstance(finding.answer, Refusal)  # noqa: S101 - refusals() returns no other
    return (
        f"{finding.subject} {finding.problem}: {finding.answer.because}. {finding.answer.instead}"
    )
