"""A report as JSON, as `report.schema.json` beside this file describes it.

Both are made of the models: ``python -m pyinfra_runbooks.jobs.reports.schema`` prints the schema.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from ...core.finding import Findings
from ..hosts import HostReport, Look, Status, Step
from ..report import Report, change

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class StackState:
    """
    A stack after the job, as the last look showed it.

    + name: the name of the Compose project
    + causes: what has to be repaired, by a job or a person
    + symptoms: what fails because of a cause, or of something else
    + asked: what was asked, of whom, and what came; empty: something breaks health
    + notes: what is merely to be known, or lived with
    + declared: whether an inventory declares it; else it was found on the host
    + error: why it could not be looked at; empty: it could
    """

    name: str
    causes: Findings
    symptoms: Findings
    asked: str
    notes: Findings
    declared: bool
    error: str


@dataclass(frozen=True, slots=True)
class HostState:
    """
    The result for one host.

    + name: its name in the inventory
    + status: healthy: nothing was wrong. repaired: something was wrong, and was repaired. drift:
      something is wrong, and was only looked at. unresolved: something is wrong that needs a
      person. error: the host could not be looked at, or a repair failed
    + change: corrective: drift was repaired. intentional: the inventory or the compose file had
      changed. none: nothing was done
    + error: why it could not be looked at or repaired; empty: it could
    + held: why the job left it as it is; empty: it did not
    + api_failed_seconds: from the look that saw the API fail to the one that saw it healthy; null:
      it did not fail, or still does
    + stacks: its stacks after the job, one for each that could be looked at or could not; none if
      the host itself could not
    + ignored: what is not looked at there, such as containers that no Compose project has
    + before: the first look
    + after: the last look
    + steps: what was done in between, in order
    """

    name: str
    status: Status
    change: Literal["none", "corrective", "intentional"]
    error: str
    held: str
    api_failed_seconds: float | None
    stacks: tuple[StackState, ...]
    ignored: tuple[str, ...]
    before: Look | None
    after: Look | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """
    The result of a job, host by host. Times are seconds since 1970, in UTC.

    + version: of this format; it grows when a member is removed or changes its meaning
    + job: the command: check, correct, repair or watch
    + inventory: the inventory, as it was named
    + runbook: the runbook, as it was named
    + started: when the job began
    + seconds: how long it took
    + who: the person, and the machine that it was run on
    + package: the version of pyinfra-runbooks
    + exit_code: 0: every host is healthy. 1: an error. 2: a finding is unresolved
    + halted: why no host was changed, though some could be; empty: there is no such reason
    + error: why the job has no result for any host; empty: it has
    + hosts: the hosts, in the inventory's order
    """

    version: Literal[2]
    job: str
    inventory: str
    runbook: str
    started: float
    seconds: float
    who: str
    package: str
    exit_code: Literal[0, 1, 2]
    halted: str
    error: str
    hosts: tuple[HostState, ...]


FORM = TypeAdapter(Document)


def document(report: Report) -> Document:
    """A report as the document that is printed."""
    return Document(
        version=2,
        job=report.command,
        inventory=report.inventory,
        runbook=report.runbook,
        started=report.started,
        seconds=report.seconds,
        who=report.who,
        package=report.version,
        exit_code=report.exit_code,
        halted=report.halted,
        error=report.error,
        hosts=tuple(_host(host) for host in report.hosts),
    )


def render(report: Report) -> str:
    """The report as one JSON object; lone surrogates, which UTF-8 does not have, are replaced."""
    members = FORM.dump_python(document(report), mode="json")
    return _SURROGATES.sub("\ufffd", json.dumps(members, indent=2, ensure_ascii=False)) + "\n"


def _host(host: HostReport) -> HostState:
    last = host.after
    return HostState(
        name=host.name,
        status=host.status,
        change=change(host),
        error=host.error,
        held=host.held,
        api_failed_seconds=host.api_downtime,
        stacks=tuple(_stack(look) for look in _last(host) if look.stack or not look.unknown),
        ignored=host.ignored,
        before=host.before,
        after=last,
        steps=host.steps,
    )


def _last(host: HostReport) -> tuple[Look, ...]:
    return host.stacks or ((host.after,) if host.after else ())


def _stack(look: Look) -> StackState:
    return StackState(
        look.stack,
        tuple(finding for finding in look.findings if finding.cause),
        tuple(finding for finding in look.findings if finding.symptom),
        look.asked,
        tuple(finding for finding in look.findings if not finding.drift),
        look.declared_here,
        look.unknown,
    )
