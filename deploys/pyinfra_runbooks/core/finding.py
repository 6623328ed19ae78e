"""What is wrong with a stack, how that is known, and what follows. Pure.

This is the only model of a finding: of rules, the journal of a run, reports, notifications and
metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, TypeAdapter
from pydantic.dataclasses import dataclass

from .disruption import Disruption
from .kind import Kind, named
from .resolution import Action, Note, Refusal, Remedy, Resolution, Symptom
from .showing import printable


def _kind(value: Any) -> Kind:
    if not isinstance(value, (Kind, str)):
        raise ValueError("expected a kind, or its id")
    return value if isinstance(value, Kind) else named(value)


OfKind = Annotated[
    Kind,
    PlainValidator(_kind, json_schema_input_type=str),
    PlainSerializer(str, return_type=str),
]


@dataclass(frozen=True)
class Finding(Generic[Action]):
    """One difference between what should be and what is.

    + kind: what it has in common with others; its id, such as wrong-network
    + part: the part of the incident that it belongs to
    + subject: the service, container, network, file or check
    + problem: what is wrong with the subject
    + evidence: what was seen
    + resolution: what follows: a remedy, a refusal, a symptom, a waiver or a note
    + of: the service whose repair it belongs to, where the subject is a file of it
    """

    kind: OfKind
    part: str
    subject: str
    problem: str
    evidence: str
    resolution: Resolution[Action] = Note()
    of: str = Field(default="", exclude=True, repr=False)

    @property
    def thing(self) -> str:
        """The service, network or file that its repair is done to."""
        return self.of or self.subject

    @property
    def drift(self) -> bool:
        """Whether it is a cause or a symptom, and not waived or a note."""
        return self.cause or self.symptom

    @property
    def cause(self) -> bool:
        """Whether it has to be repaired itself, here or by a person."""
        return isinstance(self.resolution, (Remedy, Refusal))

    @property
    def symptom(self) -> bool:
        """Whether it follows from something else, which another finding names."""
        return isinstance(self.resolution, Symptom)

    @property
    def breaks_health(self) -> bool:
        """Whether the stack can't be called healthy as long as this is so."""
        return self.drift and self.kind.breaks_health

    @property
    def identity(self) -> tuple[str, str]:
        """What is the same on every host that shows it, and from one look to the next."""
        return self.kind.id, self.subject

    @property
    def label(self) -> str:
        """Its identity in one line, as a run and the job that began it compare them."""
        return printable(f"{self.kind} {self.subject}")

    def headline(self) -> str:
        """The finding in one line."""
        return f"{self.subject}: {self.problem} [{self.kind}]"

    def details(self) -> tuple[tuple[str, str], ...]:
        """How it is known, and what follows: pairs of a word and a text."""
        return (("seen", self.evidence), *self.resolution.lines())

    def lines(self) -> tuple[str, ...]:
        """The finding as an engineer reads it: what is wrong, how that is known, what follows."""
        return (self.headline(), *(f"  {word}: {text}" for word, text in self.details()))


Findings: TypeAlias = tuple[Finding[Any], ...]
_FORM: TypeAdapter[Findings] = TypeAdapter(Findings)


def to_json(findings: Iterable[Finding[Any]]) -> list[dict[str, Any]]:
    """The findings as JSON takes them; no action is in that."""
    plain: list[dict[str, Any]] = _FORM.dump_python(tuple(findings), mode="json")
    return plain


def from_json(plain: Sequence[Mapping[str, Any]]) -> Findings:
    """The findings that `to_json` made that of, without their actions; raises ValueError."""
    return _FORM.validate_python(plain)


def remedies(findings: Iterable[Finding[Action]]) -> list[Remedy[Action]]:
    """The findings' remedies, in order."""
    return [f.resolution for f in findings if isinstance(f.resolution, Remedy)]


def does(findings: Iterable[Finding[Action]]) -> list[str]:
    """What the findings' remedies do, in words, each once."""
    return list(dict.fromkeys(remedy.does for remedy in remedies(findings)))


def refusals(findings: Iterable[Finding[Action]]) -> list[Finding[Action]]:
    """The findings that a person has to see to, in order."""
    return [f for f in findings if isinstance(f.resolution, Refusal)]


def max_disruption(findings: Iterable[Finding[Action]]) -> Disruption:
    """The most that users notice of the findings' remedies; ``none`` where there are none."""
    return max((r.disruption for r in remedies(findings)), default=Disruption.NONE)
