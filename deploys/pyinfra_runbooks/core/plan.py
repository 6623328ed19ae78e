"""The plan: from findings and a policy, what is done, in which order, and what is left. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, TypeAlias

from .disruption import Disruption
from .finding import Finding, does, refusals
from .policy import Policy
from .resolution import Later, Refusal, Remedy, Symptom
from .task import Stage, Task

Found: TypeAlias = Finding[Any]
Key: TypeAlias = tuple[str, str, str]
"""What makes steps of two looks the same: the thing, what is done, and with what."""


@dataclass(frozen=True, slots=True)
class Scope:
    """
    Which part of a plan a run is about.

    + parts: the parts of the incident; None: all
    + first, last: from which stage on, and up to which; default: all but what waits for the proof
    """

    parts: frozenset[str] | None = None
    first: Stage = Stage.NETWORKS
    last: Stage = Stage.AFTER_CLIENTS

    def holds(self, finding: Found) -> bool:
        """Whether a finding belongs to it."""
        return self.parts is None or finding.part in self.parts

    def does(self, finding: Found) -> bool:
        """Whether a finding's remedy belongs to it, and is of its stages."""
        return self.holds(finding) and self.first <= task_of(finding).stage <= self.last


@dataclass(frozen=True)
class Step:
    """
    One thing that is done: all remedies that amount to the same.

    + thing: the service, network or file that it is done to
    + task: what is done
    + findings: those that it repairs, each with its remedy
    """

    thing: str
    task: Task
    findings: tuple[Found, ...]

    @property
    def key(self) -> Key:
        """What it has in common with the same step of another look."""
        return self.thing, self.task.verb, self.task.target

    @property
    def remedies(self) -> tuple[Remedy[Any], ...]:
        """The findings' remedies."""
        return tuple(f.resolution for f in self.findings if isinstance(f.resolution, Remedy))

    @property
    def causes(self) -> tuple[Found, ...]:
        """Its findings, the one first that explains most: of those, for which it is done."""

        def later(finding: Found) -> tuple[bool, int]:
            explained = sum(other.kind.id in finding.kind.explains for other in self.findings)
            return task_of(finding).verb != self.task.verb, -explained

        return tuple(sorted(self.findings, key=later))

    @property
    def does(self) -> str:
        """
        What is done, in words, without what that makes needless: who is recreated is not attached
        as well; and each thing that it does or costs once.
        """
        own = does(f for f in self.causes if task_of(f).verb == self.task.verb)
        first, *others = [said.split("; ") for said in own]
        begin = " ".join(first[0].split()[:2])  # restart web
        more = [
            clause
            for said in others
            for clause in (said[1:] if said[0].startswith(begin) else said)
        ]
        return "; ".join(dict.fromkeys((*first, *more)))

    @property
    def disruption(self) -> Disruption:
        """The most that users notice of it."""
        return max(remedy.disruption for remedy in self.remedies)

    @property
    def reasons(self) -> frozenset[tuple[str, ...]]:
        """Why it is done, without what changes from look to look: counts, ages, addresses."""
        return frozenset((*f.identity, _lasting(f.evidence)) for f in self.findings)

    @property
    def needs(self) -> frozenset[str]:
        """The things without which it does not help."""
        return self.task.needs.union(*(remedy.needs for remedy in self.remedies))

    @property
    def patience(self) -> float:
        """Seconds that it gets to become needless, before it is done."""
        return min(remedy.patience for remedy in self.remedies)


@dataclass(frozen=True)
class Plan:
    """
    What is done about findings, and what is not.

    + findings: all of them, each with what follows for this run
    + steps: what is done, in order
    + later: what is done after that if it then proves needed
    """

    findings: tuple[Found, ...] = ()
    steps: tuple[Step, ...] = ()
    later: tuple[Later, ...] = ()

    @property
    def refusals(self) -> tuple[Found, ...]:
        """What a person has to see to."""
        return tuple(refusals(self.findings))

    def announced(self, step: Step) -> bool:
        """Whether a step that came up since is one that may be done later."""
        return _among(
            step.task.only,
            (
                later.only
                for later in self.later
                if (later.thing, later.verb) == (step.thing, step.task.verb)
                and step.disruption <= later.disruption
            ),
        )

    def allows(self, step: Step) -> bool:
        """Whether a step of another look is one of its own, or announced."""
        own = (o for o in self.steps if o.key == step.key and step.disruption <= o.disruption)
        return _among(step.task.only, (o.task.only for o in own)) or self.announced(step)

    def shows(self, step: Step) -> bool:
        """Whether a step of another look is done for no other reason than one of its own."""
        reasons = {reason for own in self.steps if own.key == step.key for reason in own.reasons}
        return self.announced(step) or (self.allows(step) and step.reasons <= reasons)


_CHANGING = re.compile(r"(?<![\w.-])([A-Za-z][\w.-]*[-_]\d+)(?!\w)|\d+( (s|min|h)\b)?")
"""A name that ends with a number, as a replica's does, which stays; or a number in a text."""


def _lasting(text: str) -> str:
    """A text without its numbers; those of names stay: another replica is another reason."""
    return _CHANGING.sub(lambda found: found[1] or "0", text)


def _among(only: frozenset[str], shown: Iterable[frozenset[str]]) -> bool:
    """
    Whether what is done to containers is what was shown.

    + only: the ids of the containers; empty: all of a thing
    + shown: the same, of each that was shown
    """
    sets = [*shown]
    return frozenset() in sets or (bool(only) and only <= frozenset[str]().union(*sets))


def task_of(finding: Found) -> Task:
    """What a finding's remedy does."""
    action = getattr(finding.resolution, "action", None)
    return action if isinstance(action, Task) else Task()


def plan(
    findings: Iterable[Found],
    policy: Policy,
    scope: Scope | None = None,
    later: Sequence[Later] = (),
) -> Plan:
    """
    What is done about findings.

    + findings: as the rules found them
    + policy: what the run may do
    + scope: which part of it the run is about; default: all but what waits for the proof
    + later: what may be needed once anything was done

    A refusal blocks the remedies that depend on it (`Kind.holds_up`); all others are done. A waiver
    excuses a refusal, and what the refusal blocks stays blocked. A finding that may clear itself
    once its cause is repaired becomes a symptom of that cause. Of several remedies for one thing,
    only the one that supersedes the others is done.

    **Example:**

    .. code:: python

        plan(findings, Policy(cap=Disruption.RESTART)).steps
    """
    scope = scope or Scope()
    found = list(findings)
    holding = refusals(replace(policy, waivers=()).judge(finding) for finding in found)
    judged = _waiting([policy.judge(finding) for finding in found], holding)
    judged = _folded(judged, scope)
    steps = _steps([f for f in judged if isinstance(f.resolution, Remedy) and scope.does(f)])
    return Plan(tuple(judged), steps, _later(steps, judged, policy, scope, later))


def _waiting(judged: list[Found], holding: Sequence[Found]) -> list[Found]:
    """
    Refuses what waits for a refusal, and what waits for that.

    + holding: what is refused, waived or not: a waiver does not allow to make it worse
    """
    while True:
        refused = sorted((*holding, *refusals(judged)), key=Finding.headline)
        held = [_held_up(finding, refused) for finding in judged]
        if held == judged:
            return judged
        judged = held


def _held_up(finding: Found, refused: Sequence[Found]) -> Found:
    if not isinstance(finding.resolution, Remedy):
        return finding
    for other in refused:
        assert isinstance(other.resolution, Refusal)  # noqa: S101 - refusals() returns no other
        if _waits_for(finding, finding.resolution, other):
            because = f"{WAITS}{other.headline()}"
            instead = f"first, {other.resolution.instead.removeprefix('first, ')}"
            first = other.resolution
            waits = Refusal(because, instead, first.restraint, first.in_inventory)
            return replace(finding, resolution=waits)
    return finding


WAITS = "it has to wait for another refusal: "
"""What is not done because of a finding says so, and names that one."""


def _waits_for(finding: Found, remedy: Remedy[Any], other: Found) -> bool:
    """Whether a repair waits for another finding: of the same thing, or of one that it needs."""
    task = task_of(finding)
    related = {finding.thing} | task.needs | remedy.needs
    named = {task.verb, finding.kind.id} & {*other.kind.holds_up}
    return other.thing in related and bool(named) and other.kind is not finding.kind


def _folded(judged: list[Found], scope: Scope) -> list[Found]:
    """What may clear itself once its cause is repaired becomes a symptom of that cause."""
    causes = sorted(
        (
            finding
            for finding in judged
            if isinstance(finding.resolution, Remedy)
            and scope.does(finding)
            and not finding.kind.clears_itself
        ),
        key=Finding.headline,
    )
    passing = [finding for finding in judged if isinstance(finding.resolution, Symptom)]
    return [_consequence(finding, causes, passing) for finding in judged]


def _consequence(finding: Found, causes: Sequence[Found], passing: Sequence[Found]) -> Found:
    remedy = finding.resolution
    if not isinstance(remedy, Remedy) or not (finding.kind.clears_itself or remedy.needs):
        return finding
    task = task_of(finding)
    after = Later(finding.thing, task.verb, remedy.does, remedy.disruption, task.only)
    for cause in causes:
        before = task_of(cause).stage < task.stage
        passes = finding.kind.clears_itself or _stands_in(finding, remedy, cause)
        if passes and before and finding.kind.id in cause.kind.explains:
            comes_of = f"it may pass once this is repaired: {cause.headline()}"
            return replace(finding, resolution=Symptom(comes_of, then=(after, *remedy.then)))
    for cause in passing:
        if finding.kind.id in cause.kind.holds_up and _waits_for(finding, remedy, cause):
            comes_of = f"it may pass once this has passed: {cause.headline()}"
            return replace(finding, resolution=Symptom(comes_of, then=(after, *remedy.then)))
    return finding


def _stands_in(finding: Found, remedy: Remedy[Any], cause: Found) -> bool:
    """Whether a repair can't succeed before a cause is repaired: a network that it needs."""
    if cause.thing == finding.thing:
        return bool(task_of(cause).needs & remedy.needs)
    return cause.thing in remedy.needs


def _steps(repaired: Sequence[Found]) -> tuple[Step, ...]:
    """Each thing's tasks, without those that another one supersedes, in order."""
    by_key: dict[Key, list[Found]] = {}
    for finding in sorted(repaired, key=_order):
        task = task_of(finding)
        by_key.setdefault((finding.thing, task.verb, task.target), []).append(finding)
    kept: dict[Key, list[Found]] = {k: [] for k in by_key if _superseding(k, by_key) is None}
    for key, findings in by_key.items():
        by: Key | None = key
        while by is not None and by not in kept:
            by = _superseding(by, by_key)
        if by is not None:
            kept[by] += findings
    steps = (
        Step(
            key[0], reduce(_joined, map(task_of, by_key[key])), tuple(sorted(findings, key=_order))
        )
        for key, findings in kept.items()
    )
    return _in_order(sorted(steps, key=lambda step: (step.task.stage, step.key)))


def _joined(one: Task, other: Task) -> Task:
    return one.joined(other)


def _in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Within a stage what others need comes first; of two that need each other, either may."""
    left, done = [*steps], []
    while left:
        at_once = [step for step in left if step.task.stage is left[0].task.stage]
        things = {step.thing for step in at_once}
        step = next((s for s in at_once if not (s.needs - {s.thing}) & things), at_once[0])
        done.append(step)
        left.remove(step)
    return tuple(done)


def _superseding(key: Key, by_key: dict[Key, list[Found]]) -> Key | None:
    """What makes a task needless, if anything does."""
    for other in by_key:
        if other[0] == key[0] and key[1] in task_of(by_key[other][0]).supersedes:
            return other
    return None


def _order(finding: Found) -> tuple[object, ...]:
    words = (finding.part, finding.problem, finding.evidence)
    return task_of(finding).stage, *finding.identity, *words


def _later(
    steps: Sequence[Step],
    judged: Sequence[Found],
    policy: Policy,
    scope: Scope,
    more: Sequence[Later],
) -> tuple[Later, ...]:
    """What may be needed once anything was repaired, even by a run with another scope."""
    if not any(
        isinstance(f.resolution, Remedy) and task_of(f).stage < Stage.AFTER_PROOF for f in judged
    ):
        return ()
    found = {
        *(later for later in more if not any(_begins_again(step, later.thing) for step in steps)),
        *_then(steps, judged, scope),
    }
    most: dict[tuple[str, str, frozenset[str]], Later] = {}
    for later in sorted(found, key=lambda one: (one.thing, one.verb, one.disruption, one.does)):
        if later.disruption <= policy.cap_for(later.thing):
            most[later.thing, later.verb, later.only] = later
    return tuple(one for one in most.values() if not _is_part(one, most.values()))


def _is_part(later: Later, of: Iterable[Later]) -> bool:
    """Whether another one, which may be done to all of a thing's containers, holds it."""
    return bool(later.only) and any(
        not other.only
        and (other.thing, other.verb) == (later.thing, later.verb)
        and later.disruption <= other.disruption
        for other in of
    )


def _begins_again(step: Step, thing: str) -> bool:
    """Whether a step gives it a new process: one that is only attached keeps what it had."""
    started = step.task.stage >= Stage.CLIENTS or step.disruption >= Disruption.RESTART
    return step.thing == thing and started


def _then(steps: Sequence[Step], judged: Iterable[Found], scope: Scope) -> Iterator[Later]:
    for step in steps:
        for remedy in step.remedies:
            yield from remedy.then
    for finding in judged:
        if isinstance(finding.resolution, Symptom) and scope.holds(finding):
            yield from finding.resolution.then
