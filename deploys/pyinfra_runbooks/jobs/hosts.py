"""What the journal of a run says of each host. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

UNSEEN = "it was not looked at: the run ended before"


class Status(Enum):
    """
    How a host stands when a job is done.

    + WELL: nothing was wrong
    + REPAIRED: something was, and is no longer
    + DRIFT: something is wrong, and was not touched
    + LEFT: something is wrong that may not, or can't, be repaired without a person
    + ERROR: it could not be looked at, or a repair failed
    """

    WELL = "well"
    REPAIRED = "repaired"
    DRIFT = "drift"
    LEFT = "left"
    ERROR = "error"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference, as a run told of it.

    + part, kind, subject, problem, evidence: as in `pyinfra_runbooks.findings.Finding`
    + answer: ``remedy``, ``refusal``, ``symptom``, ``accepted`` or ``note``
    + text: what will be done, why nothing is, or where to look
    + instead: what a person can do, for a refusal
    + disruption: what users notice of the remedy
    + restraint: ``cap``, ``pause``, ``breaker`` or ``tried``, where that is why it is refused
    """

    part: str
    kind: str
    subject: str
    problem: str
    evidence: str
    answer: str
    text: str
    instead: str = ""
    disruption: str = ""
    restraint: str = ""

    @property
    def drift(self) -> bool:
        """Whether it makes a host one that is not well."""
        return self.answer in ("remedy", "refusal", "symptom")

    @property
    def cause(self) -> bool:
        """Whether something has to be done about it, and not about another finding."""
        return self.answer in ("remedy", "refusal")

    @property
    def identity(self) -> tuple[str, str]:
        """What is the same on every host that shows it, and from one look to the next."""
        return self.kind, self.subject

    def headline(self) -> str:
        """The finding in one line."""
        return f"{self.subject}: {self.problem} [{self.kind}]"


@dataclass(frozen=True, slots=True)
class Place:
    """A service's container, the networks that it should be on, and those that it is on.

    + networks: its names there, by network
    """

    service: str
    container: str
    status: str
    declared: tuple[str, ...]
    networks: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a host saw.

    + at: seconds since 1970
    + declared: changes with the inventory or the compose file
    + deploying: who deploys the stack at that moment; empty: nobody does
    + unknown: why nothing could be seen; empty: it could
    """

    at: float
    stack: str = ""
    findings: tuple[Finding, ...] = ()
    picture: tuple[Place, ...] = ()
    declared: str = ""
    api_healthy: bool | None = None
    redis_answers: bool | None = None
    paused: str = ""
    deploying: str = ""
    unknown: str = ""

    @property
    def drift(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.drift)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done, or was not.

    + at: when it was over, in seconds since 1970
    + kind: ``change``, ``failure`` or ``refusal``
    + text: what was done; why nothing was
    """

    at: float
    kind: str
    text: str
    seconds: float = 0
    disruption: str = ""


@dataclass(frozen=True, slots=True)
class HostReport:
    """What came of one host.

    + before: the first look; after: the last one
    + steps: what was done in between
    + error: why it could not be looked at or repaired; empty: it could
    + held: why a job, other than a person, leaves it as it is; empty: it does not
    + intended: the inventory or the compose file changed since it was last well
    + corrected: whether it was to be repaired
    + ended: whether the run came to its end there: to a proof, or a refusal
    + fresh: whether no report has told of it before
    + reached: whether a connection to it came about
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

    @property
    def status(self) -> Status:
        if self.error:
            return Status.ERROR
        if self.after is None or not self.before:
            return Status.ERROR
        if self.after.drift:
            only_looked = not self.corrected and not self.held
            return Status.DRIFT if only_looked else Status.LEFT
        return Status.REPAIRED if self.changes else Status.WELL

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be done there any more."""
        return self.status in (Status.WELL, Status.REPAIRED)

    @property
    def changes(self) -> tuple[Step, ...]:
        """What was done, and worked."""
        return tuple(step for step in self.steps if step.kind == "change")

    @property
    def refusals(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.kind == "refusal")

    @property
    def repaired(self) -> tuple[Finding, ...]:
        """What was to be repaired, and is no longer there."""
        if not self.changes or not self.before or not self.after or self.after.unknown:
            return ()
        left = {finding.identity for finding in self.after.drift}
        remedied = [finding for finding in self.before.findings if finding.answer == "remedy"]
        return tuple(finding for finding in remedied if finding.identity not in left)

    @property
    def deploying(self) -> str:
        """Why what differs is no drift; empty: nothing does, or nobody deploys the stack."""
        if not self.after or not self.after.drift or not self.after.deploying:
            return ""
        return f"someone is deploying this stack: {self.after.deploying}"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found, and those that only came up later."""
        seen = [look.findings for look in (self.before, self.after) if look]
        return tuple(dict.fromkeys(finding for found in seen for finding in found))

    @property
    def api_failed(self) -> float | None:
        """Seconds from the look that saw the API fail to the one that saw it well; None: it did not
        fail, or does still."""
        if not self.before or not self.after or self.before.api_healthy is not False:
            return None
        return self.after.at - self.before.at if self.after.api_healthy else None


def unreached(name: str, said: str = "") -> HostReport:
    """A host to which no connection came about, and what was said of that."""
    error = "it could not be reached"
    return HostReport(name, error=f"{error}: {said}" if said else error, reached=False)


def of_journal(entries: Iterable[Mapping[str, Any]], corrected: bool) -> list[HostReport]:
    """
    What a run's journal says of the hosts that it was about, in the inventory's order.

    + entries: the journal
    + corrected: whether the run was to repair what it found
    """
    entries = list(entries)
    run: Mapping[str, Any] = next((e for e in entries if e["event"] == "run"), {"reached": ()})
    told = [e["host"] for e in entries if "host" in e]
    names = dict.fromkeys([*run.get("hosts", ()), *told])
    own = {name: [e for e in entries if e.get("host") == name] for name in names}
    return [_host(name, own[name], name in run["reached"], corrected) for name in names]


def _host(
    name: str, entries: Sequence[Mapping[str, Any]], reached: bool, corrected: bool
) -> HostReport:
    looks = [_look(entry) for entry in entries if entry["event"] == "look"]
    steps = tuple(step for entry in entries for step in _steps(entry))
    if not reached:
        return unreached(name)
    if not looks:
        return HostReport(name, error=UNSEEN)
    last = _proved(looks[-1], entries)
    failures = [step.text for step in steps if step.kind == "failure"]
    errors = [e["reasons"][-1] for e in entries if e["event"] == "refusal" and e.get("unknown")]
    error = last.unknown or (errors[-1] if errors else "")
    if not error and failures and last.drift:
        error = f"a repair failed: {failures[-1]}"
    ended = any(entry["event"] in ("proof", "refusal") for entry in entries)
    return HostReport(name, looks[0], last, steps, error, corrected=corrected, ended=ended)


def _proved(last: Look, entries: Sequence[Mapping[str, Any]]) -> Look:
    """The last look, as the proof judged it: it gives checks that failed all the time they need."""
    proof = next((e for e in reversed(entries) if e["event"] == "proof"), None)
    if proof is None or last.unknown:
        return last
    failed = _findings(proof["findings"])
    known = {f.identity for f in failed}
    kept = [f for f in last.findings if not f.drift or f.kind == "foreign-network"]
    findings = (*failed, *(f for f in kept if f.identity not in known))
    healthy = all(f.kind != "unhealthy" for f in failed)
    return replace(last, at=proof["at"], findings=findings, api_healthy=healthy)


def _look(entry: Mapping[str, Any]) -> Look:
    return Look(
        at=entry["at"],
        stack=entry.get("stack", ""),
        findings=_findings(entry.get("findings", ())),
        picture=tuple(_place(place) for place in entry.get("picture", ())),
        declared=entry.get("declared", ""),
        api_healthy=entry.get("api_healthy"),
        redis_answers=entry.get("redis_answers"),
        paused=entry.get("paused", ""),
        deploying=entry.get("deploying", ""),
        unknown=entry.get("unknown", ""),
    )


def _findings(found: Iterable[Mapping[str, str]]) -> tuple[Finding, ...]:
    return tuple(Finding(**finding) for finding in found)


def _place(place: Mapping[str, Any]) -> Place:
    networks = {name: tuple(names) for name, names in place["networks"].items()}
    return Place(**{**place, "declared": tuple(place["declared"]), "networks": networks})


def _steps(entry: Mapping[str, Any]) -> Iterable[Step]:
    match entry["event"]:
        case "change":
            kind = "change" if entry["done"] else "failure"
            text = "; ".join(entry["does"])
            yield Step(entry["at"], kind, text, entry["seconds"], entry["disruption"])
        case "refusal":
            for reason in entry["reasons"]:
                yield Step(entry["at"], "refusal", reason)
