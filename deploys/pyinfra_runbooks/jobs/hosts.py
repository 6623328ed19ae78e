"""Each host, as the journal of a run shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from ..core.deeds import Deed
from ..core.disruption import Disruption
from ..core.finding import Findings, from_json
from ..core.resolution import Remedy

ENDS = frozenset({"proof", "refusal", "finished"})
"""Events after which nothing more comes of a host, or of one of its stacks. A run without a proof
says of a host on which nothing failed that it is finished."""
UNSEEN = "it was not looked at: the run ended before"


_NO_KEY = "No host key for"
"""What pyinfra says where nobody has seen a host's key yet."""


class Status(Enum):
    """
    The state of a host after a job.

    + HEALTHY: nothing was wrong
    + REPAIRED: something was wrong, and was repaired
    + DRIFT: something is wrong, and was only looked at
    + UNRESOLVED: something is wrong that may not, or can't, be repaired without a person
    + ERROR: the host could not be looked at, or a repair failed
    """

    HEALTHY = "healthy"
    REPAIRED = "repaired"
    DRIFT = "drift"
    UNRESOLVED = "unresolved"
    ERROR = "error"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Place:
    """A service's container, and its networks.

    + service: the service
    + container: its container; empty: it has none
    + status: of the container, in Docker's words
    + declared: the networks that it should be on
    + networks: the networks that it is on, with its names there
    """

    service: str
    container: str
    status: str
    declared: tuple[str, ...]
    networks: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a stack saw.

    + at: when, in seconds since 1970
    + stack: the name of the Compose project
    + findings: what differs from the desired state
    + picture: the services and their networks
    + declared: a digest that changes with the inventory or the compose file
    + asked: what was asked, of whom, and what came; empty: something breaks health
    + api_healthy: whether the declared checks passed; null: not known
    + redis_answers: whether Redis answered; null: not known
    + paused: who has paused the host, until when and why; empty: it is not paused
    + deploying: who is deploying the stack; empty: it is not being deployed
    + unknown: why nothing could be seen; empty: it could
    + declared_here: whether an inventory declares it; else it was found on the host
    + plan: what can be done about it here, in order
    """

    at: float
    stack: str = ""
    findings: Findings = ()
    picture: tuple[Place, ...] = ()
    declared: str = ""
    asked: str = ""
    api_healthy: bool | None = None
    redis_answers: bool | None = None
    paused: str = ""
    deploying: str = ""
    unknown: str = ""
    declared_here: bool = True
    plan: tuple[Deed, ...] = ()

    @property
    def drift(self) -> Findings:
        return tuple(finding for finding in self.findings if finding.drift)


@dataclass(frozen=True, slots=True)
class Step:
    """A change, or the reason why there was none.

    + at: when it ended, in seconds since 1970
    + kind: change: it was made. failure: it was tried and failed. refusal: it was not tried
    + text: what was done, or why it was not
    + seconds: how long it took; 0: not known
    + disruption: what users noticed of it; null: nothing was done
    """

    at: float
    kind: Literal["change", "failure", "refusal"]
    text: str
    seconds: Annotated[float, Field(ge=0)] = 0
    disruption: Disruption | None = None


@dataclass(frozen=True, slots=True)
class HostReport:
    """The result for one host.

    + before: the first look; after: the last one
    + steps: what was done in between
    + error: why it could not be looked at or repaired; empty: it could
    + held: why a job leaves it as it is, though a person need not; empty: it does not
    + intended: whether the inventory or the compose file changed since it was last healthy
    + corrected: whether it was to be repaired
    + ended: whether the run reached its end there
    + fresh: whether no report has counted this result yet
    + reached: whether it could be connected to
    + ignored: what is not looked at there, such as containers that no Compose project has
    + stacks: the last look at each of its stacks, if it has several; before and after hold the
      findings of all, with the stack's name before the subject
    """

    name: str
    before: Look | None = None
    after: Look | None = None
    steps: tuple[Step, ...] = ()
    error: str = ""
    held: str = ""
    intended: bool = False
    corrected: bool = False
    ended: bool = True
    fresh: bool = True
    reached: bool = True
    stacks: tuple[Look, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        if self.error or self.after is None or not self.before:
            return Status.ERROR
        if self.after.drift:
            only_looked = not self.corrected and not self.held
            return Status.DRIFT if only_looked else Status.UNRESOLVED
        return Status.REPAIRED if self.changes else Status.HEALTHY

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is left to do there."""
        return self.status in (Status.HEALTHY, Status.REPAIRED)

    @property
    def changes(self) -> tuple[Step, ...]:
        """The changes that succeeded."""
        return tuple(step for step in self.steps if step.kind == "change")

    @property
    def refusals(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.kind == "refusal")

    @property
    def repaired(self) -> Findings:
        """The findings that were to be repaired, and are gone."""
        if not self.changes or not self.before or not self.after or self.after.unknown:
            return ()
        open_ = {finding.identity for finding in self.after.drift}
        remedied = [f for f in self.before.findings if isinstance(f.resolution, Remedy)]
        return tuple(finding for finding in remedied if finding.identity not in open_)

    @property
    def deploying(self) -> str:
        """The deployment that explains what differs; empty: there is none, or nothing differs."""
        if not self.after or not self.after.drift or not self.after.deploying:
            return ""
        return f"someone is deploying this stack: {self.after.deploying}"

    @property
    def findings(self) -> Findings:
        """What was found first, and what came up later."""
        seen = [look.findings for look in (self.before, self.after) if look]
        return tuple(dict.fromkeys(finding for found in seen for finding in found))

    @property
    def api_downtime(self) -> float | None:
        """Seconds from the first look, if the API failed then, to the last one; None: it did not
        fail, or still does."""
        if not self.before or not self.after or self.before.api_healthy is not False:
            return None
        return self.after.at - self.before.at if self.after.api_healthy else None


def unreached(name: str, reason: str = "") -> HostReport:
    """A host that could not be connected to."""
    error = "it could not be reached"
    if _NO_KEY in reason:
        reason += "; ssh to it once, or runbooks init: both show the key, and ask"
    return HostReport(name, error=f"{error}: {reason}" if reason else error, reached=False)


def of_journal(entries: Iterable[Mapping[str, Any]], corrected: bool) -> list[HostReport]:
    """
    The hosts of a run, as its journal shows them, in the inventory's order.

    + entries: the journal
    + corrected: whether the run was to repair what it found
    """
    entries = list(entries)
    run: Mapping[str, Any] = next((e for e in entries if e["event"] == "run"), {"reached": ()})
    mentioned = [e["host"] for e in entries if "host" in e]
    names = dict.fromkeys([*run.get("hosts", ()), *mentioned])
    own = {name: [e for e in entries if e.get("host") == name] for name in names}
    return [_host(name, own[name], name in run["reached"], corrected) for name in names]


def _host(
    name: str, entries: Sequence[Mapping[str, Any]], reached: bool, corrected: bool
) -> HostReport:
    if not reached:
        return unreached(name)
    stacks = dict.fromkeys(entry["directory"] for entry in entries if "directory" in entry)
    # An entry that names no stack is about all of them.
    own: list[Sequence[Mapping[str, Any]]] = [
        [e for e in entries if e.get("directory", stack) == stack] for stack in stacks
    ]
    each = [_stack(name, its, corrected) for its in own or [entries]]
    ignored = [line for entry in entries if entry["event"] == "ignored" for line in entry["lines"]]
    host = each[0] if len(each) == 1 else _combined(name, each)
    return replace(host, ignored=tuple(dict.fromkeys(ignored)))


def _stack(name: str, entries: Sequence[Mapping[str, Any]], corrected: bool) -> HostReport:
    """The result for a host that has one stack."""
    looks = [_LOOK.validate_python(entry) for entry in entries if entry["event"] == "look"]
    steps = tuple(step for entry in entries for step in _steps(entry))
    if not looks:
        return HostReport(name, error=UNSEEN)
    last = _proved(looks[-1], entries)
    failures = [step.text for step in steps if step.kind == "failure"]
    errors = [e["reasons"][-1] for e in entries if e["event"] == "refusal" and e.get("unknown")]
    error = last.unknown or (errors[-1] if errors else "")
    if not error and failures and last.drift:
        error = f"a repair failed: {failures[-1]}"
    ended = any(entry["event"] in ENDS for entry in entries)
    return HostReport(name, looks[0], last, steps, error, corrected=corrected, ended=ended)


def _combined(name: str, each: Sequence[HostReport]) -> HostReport:
    """The result for a host that has several stacks."""
    steps = dict.fromkeys(step for host in each for step in host.steps)
    return HostReport(
        name,
        _one([host.before for host in each if host.before]),
        _one([host.after for host in each if host.after]),
        tuple(sorted(steps, key=lambda step: step.at)),
        _joined(host.error for host in each),
        corrected=any(host.corrected for host in each),
        ended=all(host.ended for host in each) or any(map(_stopped_at, each)),
        stacks=tuple(host.after for host in each if host.after),
    )


def _stopped_at(one: HostReport) -> bool:
    """Whether a stack is left to a person: a run ends there, before it comes to the others."""
    last = one.after
    unhealthy = last is not None and any(f.breaks_health for f in last.drift)
    return one.ended and (unhealthy or bool(one.refusals))


def _one(looks: Sequence[Look]) -> Look | None:
    """Looks at several stacks, combined into one look at their host."""
    if not looks:
        return None
    return Look(
        at=max(look.at for look in looks),
        stack=", ".join(look.stack for look in looks if look.stack),
        findings=tuple(
            replace(finding, subject=f"{look.stack}/{finding.subject}")
            for look in looks
            for finding in look.findings
        ),
        picture=tuple(
            replace(place, service=f"{look.stack}/{place.service}")
            for look in looks
            for place in look.picture
        ),
        declared=" ".join(look.declared for look in looks),
        asked=_joined(f"{look.stack}: {look.asked}" for look in looks if look.asked),
        api_healthy=_all(look.api_healthy for look in looks),
        redis_answers=_all(look.redis_answers for look in looks),
        paused=_joined(look.paused for look in looks),
        deploying=_joined(look.deploying for look in looks),
        unknown=_joined(look.unknown for look in looks),
        declared_here=all(look.declared_here for look in looks),
        plan=tuple(
            replace(deed, repairs=tuple(f"{look.stack}/{one}" for one in deed.repairs))
            for look in looks
            for deed in look.plan
        ),
    )


def _all(values: Iterable[bool | None]) -> bool | None:
    known = [value for value in values if value is not None]
    return all(known) if known else None


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _proved(last: Look, entries: Sequence[Mapping[str, Any]]) -> Look:
    """The last look, with the proof's verdict: it waits longer for checks that fail."""
    proof = next((e for e in reversed(entries) if e["event"] == "proof"), None)
    if proof is None or last.unknown:
        return last
    failed = from_json(proof["findings"])
    known = {f.identity for f in failed}
    kept = [f for f in last.findings if not f.breaks_health]
    findings = (*failed, *(f for f in kept if f.identity not in known))
    return replace(
        last,
        at=proof["at"],
        findings=findings,
        api_healthy=proof["api_healthy"],
        asked="" if failed else proof.get("asked", last.asked),
    )


_LOOK = TypeAdapter(Look)


def _steps(entry: Mapping[str, Any]) -> Iterable[Step]:
    match entry["event"]:
        case "change":
            done: Literal["change", "failure"] = "change" if entry["done"] else "failure"
            text, took = "; ".join(entry["does"]), entry["seconds"]
            yield Step(entry["at"], done, text, took, Disruption(entry["disruption"]))
        case "refusal":
            for reason in entry["reasons"]:
                yield Step(entry["at"], "refusal", reason)
