"""What is wrong with a stack, how that is known, and what would repair it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Generic, TypeVar

from .disruption import Disruption


@dataclass(frozen=True, slots=True)
class Unknown:
    """A look that could not be made, and why. It is never mistaken for "there is none".

    + reason: what stood in the way, in words for the person who has to clear it
    """

    reason: str


class Part(Enum):
    """The part of the incident that a finding belongs to; each has its deploy."""

    NETWORK = "network"
    REDIS = "redis"
    API = "api"
    HEALTH = "health"


Action = TypeVar("Action", covariant=True)


@dataclass(frozen=True, slots=True)
class Remedy(Generic[Action]):
    """What repairs a finding, and what users notice of it.

    + does: what will be done, in words
    + disruption: what users notice
    + action: the same for the operation that does it
    + once: a digest of the circumstances, in which it is not tried again if it did not help; empty:
      it may be tried again
    """

    does: str
    disruption: Disruption
    action: Action = field(repr=False)
    once: str = field(default="", repr=False)


class Restraint(Enum):
    """What keeps from being repaired what could be.

    + CAP: its repair disturbs more than is allowed
    + PAUSE: a person wants the host left alone
    + BREAKER: it was corrected too often, and comes back
    + TRIED: the same was done before, and did not help
    """

    CAP = "cap"
    PAUSE = "pause"
    BREAKER = "breaker"
    TRIED = "tried"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a finding is not repaired here, and what a person can do about it.

    + because: what stands in the way
    + instead: what to do, the command where there is one
    + restraint: what it is that stands in the way, where the repair itself could be made
    """

    because: str
    instead: str
    restraint: Restraint | None = None


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something that fails because of other findings, or for a reason that is not ours to repair.

    + look: where to look if it stays
    """

    look: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that a team has decided to live with for a time.

    + reason: why
    + owner: whom to ask about it
    + until: the last day, as ``2027-01-31``
    """

    reason: str
    owner: str
    until: str


@dataclass(frozen=True, slots=True)
class Finding(Generic[Action]):
    """One difference between what should be and what is.

    + part: which part of the incident it belongs to
    + kind: its name, the same on every host: ``missing-alias``
    + subject: the service, container or file
    + problem: what is wrong with the subject
    + evidence: what was seen
    + answer: the remedy, or why there is none here, or that it is only a symptom, or who lives with
      it; None where it is merely to be known
    """

    part: Part
    kind: str
    subject: str
    problem: str
    evidence: str
    answer: Remedy[Action] | Refusal | Symptom | Deviation | None

    def within(self, cap: Disruption) -> Finding[Action]:
        """The same finding, refused where its remedy disturbs more than the cap allows."""
        if not isinstance(self.answer, Remedy) or self.answer.disruption <= cap:
            return self
        needed = self.answer.disruption
        return replace(
            self,
            answer=Refusal(
                f"its repair needs disruption {needed}, and at most {cap} is allowed",
                f"allow it for one run: --data max_disruption={needed}",
                Restraint.CAP,
            ),
        )

    @property
    def drift(self) -> bool:
        """Whether the stack is not healthy as long as this is so."""
        return isinstance(self.answer, (Remedy, Refusal, Symptom))

    @property
    def symptom(self) -> bool:
        """It comes from something else; the finding that names the cause is another."""
        return isinstance(self.answer, Symptom)

    def headline(self) -> str:
        """The finding in one line."""
        return f"{self.subject}: {self.problem} [{self.kind}]"

    def lines(self) -> tuple[str, ...]:
        """The finding as an engineer reads it: what is wrong, how that is known, what follows."""
        last: tuple[str, ...]
        match self.answer:
            case Remedy(does=does, disruption=disruption):
                last = (f"  will:  {does} (disruption: {disruption})",)
            case Refusal(because=because, instead=instead):
                last = (f"  can't: {because}", f"  do:    {instead}")
            case Deviation(reason=reason, owner=owner, until=until):
                last = (f"  fine:  accepted by {owner} until {until}: {reason}",)
            case Symptom(look=look):
                last = (f"  look:  {look}",)
            case _:
                last = ("  note:  left as it is",)
        return (self.headline(), f"  seen:  {self.evidence}", *last)


def remedies(findings: Iterable[Finding[Action]]) -> list[Remedy[Action]]:
    """The remedies among the findings' answers, in order."""
    return [f.answer for f in findings if isinstance(f.answer, Remedy)]


def refusals(findings: Iterable[Finding[Action]]) -> list[Finding[Action]]:
    """The findings that a person has to see to, in order."""
    return [f for f in findings if isinstance(f.answer, Refusal)]


def worst(findings: Iterable[Finding[Action]]) -> Disruption:
    """The most that users notice of the findings' remedies; ``none`` where there are none."""
    return max((r.disruption for r in remedies(findings)), default=Disruption.NONE)
