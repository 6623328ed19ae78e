"""The one door: every command that changes a host is audited, journalled, and followed by a look.

Callers have taken the lock, or say why there is none to take. Changes that belong to no stack, such
as a schedule of the controller's, come through it, too.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pyinfra import logger
from pyinfra.api import FunctionCommand, Host, State, StringCommand
from pyinfra.api.command import PyinfraCommand
from pyinfra.connectors.util import CommandOutput

from ..core import audit
from ..core.disruption import Disruption
from ..core.finding import Finding, does, remedies
from ..core.nouns import begun_with
from ..core.unknown import Unknown
from ..engine.found import Found
from ..engine.shell import LOG
from ..engine.shell import audit as shell
from ..engine.shell.packed import packed
from ..facts import journal
from ..facts.asking import VANISHED, ask, connected, gone, lost
from ..facts.audit import AppendAudit, AuditLog
from ..facts.locks import may_change
from ..facts.looks import Hidden, last_found, note_change, this_host
from ..facts.plans import policy_of
from ..facts.runs import RUN, our_version, owner
from ..facts.saying import say
from ..packs.discovery import completed
from ..settings import Stack

Commands: TypeAlias = Generator[PyinfraCommand, None, None]
"""What an operation yields."""

Reason: TypeAlias = tuple[str, ...]
"""Why nothing is done, in one or more lines."""

_NOT_NOTED = f"The audit log lacks this change, or can't be read: see {LOG} on the host"


@dataclass(frozen=True, slots=True)
class Change:
    """
    One command that changes a host.

    + script: POSIX sh
    + findings: what it repairs, each with its remedy, for the audit
    + stdin: what it reads, never shown: secrets come this way only
    + said: what it is, for the audit, where it repairs no finding
    + does: what is done, in words; default: what the findings' remedies say
    + notes_itself: whether the script writes its own line of the audit
    """

    script: str
    findings: Sequence[Finding[Any]] = ()
    stdin: Sequence[str] = ()
    said: str = ""
    does: str = ""
    notes_itself: bool = False


def locked(stack: Stack, findings: Sequence[Finding[Any]] = ()) -> Commands:
    """
    Takes the lock on a stack, or yields a command that fails for this host with the reason.

    + stack: the stack
    + findings: what is not repaired without it, for the audit
    """
    host = this_host()
    if host.state.is_executing and (reason := may_change(host, stack)):
        unknown = isinstance(reason, Unknown)
        said = reason.reason if isinstance(reason, Unknown) else reason
        yield from refused(stack, [(said,)], findings, unknown=unknown)


def changed(stack: Stack | None, change: Change) -> Commands:
    """
    Yields the command of a change; a new look has to be taken after it.

    + stack: the stack; None: what is changed belongs to none
    + change: what is done
    """
    host = this_host()
    about = change.findings
    said = [change.does] if change.does else does(about)
    entry = _entry(stack, about, change.said, said)
    script = change.script
    if not change.notes_itself:
        unattended = stack is not None and policy_of(host, stack).unattended
        script = shell.audited(RUN, script, unattended)
    start, done = time.monotonic(), False
    things = sorted({finding.thing for finding in about})
    sent = _Sent(script, _stdin=Hidden([entry, *change.stdin]))
    sent.noun = things[0] if len(things) == 1 else ""
    if host.state.is_executing:
        journal.note("changing", host, stack, does=said, things=things)
    try:
        yield sent
        done = True  # A command that failed is not returned from.
    finally:
        if host.state.is_executing:
            note_change(host, stack)
            failed = f": {sent.reason}" if sent.reason and not done else ""
            does_ = [*said[:-1], f"{said[-1]}{failed}"] if said else []
            _journalled(host, stack, about, does_, done, time.monotonic() - start)
            if not done and not connected(host):
                lost(host)
    if host.state.is_executing and not change.notes_itself:
        _noted(host)


class _Sent(StringCommand):
    """
    A command that fails, with a reason, if the host vanishes: pyinfra knows only some ways. It is
    sent packed, since what repairs a Redis may be longer than an argument. Where it fails, what its
    script says of "it" is said of the thing.

    + noun: the thing; empty: it is several, or none
    + reason: what it said when it failed
    """

    noun = ""
    reason = ""

    def execute(
        self, state: State, host: Host, connector_arguments: Any
    ) -> tuple[bool, CommandOutput]:
        try:
            sent = StringCommand(packed(self.get_raw_value()), **self.connector_arguments)
            done: tuple[bool, CommandOutput] = sent.execute(state, host, connector_arguments)
        except TimeoutError:
            raise
        except VANISHED as error:
            lost(host, error)
            return False, CommandOutput([])
        if not done[0]:
            for line in done[1]:
                line.line = begun_with(line.line, self.noun)
            self.reason = " ".join("; ".join(filter(None, done[1].stderr_lines)).split())[:_REASON]
        return done


_REASON = 300
"""Characters of a failure's reason, in the journal."""


def _journalled(
    host: Host,
    stack: Stack | None,
    about: Sequence[Finding[Any]],
    said: Sequence[str],
    done: bool,
    seconds: float,
) -> None:
    """A change that repairs nothing, such as a pause, is not reported to the job."""
    made = remedies(about)
    if not made:
        return
    journal.note(
        "change",
        host,
        stack,
        does=said,
        disruption=str(max((r.disruption for r in made), default=Disruption.NONE)),
        done=done,
        seconds=round(seconds, 3),
    )


def _noted(host: Host) -> None:
    """Warns if the audit lacks the line of a change: that is no reason to end a repair."""
    if not any(entry.get("run") == RUN for entry in ask(host, AuditLog, lines=9)):
        say(host, _NOT_NOTED, level=logger.warning, fg="yellow")


def _entry(
    stack: Stack | None,
    findings: Sequence[Finding[Any]],
    said: str = "",
    done: Sequence[str] | None = None,
) -> str:
    """The audit's line about these findings, or about a change that repairs none."""
    owned = owner(this_host())
    made = remedies(findings)
    once = next((remedy.once for remedy in made if remedy.once), "")
    headlines = [finding.headline() for finding in findings]
    return audit.members(
        **({"stack": stack.compose.directory} if stack else {}),
        run=owned.run,
        who=owned.who,
        runbook=owned.runbook,
        version=our_version(),
        findings=[*headlines, said] if said else headlines,
        remedy="; ".join(does(findings) if done is None else done),
        **({"circumstances": once} if once else {}),
    )


def refused(
    stack: Stack | None,
    reasons: Sequence[Reason],
    findings: Sequence[Finding[Any]] = (),
    unknown: bool = False,
    again: bool = False,
) -> Commands:
    """
    Yields a command that fails for this host, with the reasons; the others go on.

    + stack: the stack; None: it is about none
    + reasons: why nothing is done; none: nothing is refused
    + findings: what is not repaired, for the audit
    + unknown: whether that is because something could not be seen
    + again: whether the same run would do it the next time: then a job starts over

    While changes are only detected, a refusal is a finding like any other.
    """
    if reasons and this_host().state.is_executing:
        entry = _entry(stack, findings)
        yield FunctionCommand(_refuse, (list(reasons), stack, entry, unknown, again), {})


def _refuse(
    state: State,
    host: Host,
    reasons: Sequence[Reason],
    stack: Stack | None,
    entry: str,
    unknown: bool,
    again: bool,
) -> bool:
    if gone(host):
        return False
    whole = [*map(" ".join, reasons)]
    journal.note("refusal", host, stack, reasons=whole, unknown=unknown, again=again)
    for first, *more in reasons:
        say(host, f"Refused: {first}", *more, level=logger.error, fg="red")
    said = Hidden([entry, " ".join("; ".join(whole).split())])
    found = last_found(host, stack) if stack else Found()
    about = completed(stack, found) if stack else None
    for problem in ask(host, AppendAudit, stack=about, found=found, _stdin=said):
        say(host, problem, level=logger.warning, fg="yellow")
    return False
