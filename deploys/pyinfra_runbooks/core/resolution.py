"""What follows from a finding: its repair, why there is none, where to look, or a waiver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import Enum
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import Discriminator, Field
from pydantic.dataclasses import dataclass

from .disruption import Disruption

Action = TypeVar("Action", covariant=True)


@dataclass(frozen=True)
class Later:
    """What is done after a repair, if it then proves needed.

    + thing: the service that it is done to
    + verb: what its task is called
    + does: what will be done, in words
    + disruption: the most that users notice
    + only: the ids of those of its containers that it may be done to; empty: any
    """

    thing: str
    verb: str
    does: str
    disruption: Disruption
    only: frozenset[str] = frozenset()


class Restraint(Enum):
    """Why a remedy that exists is not carried out.

    + CAP: it disturbs more than is allowed
    + PAUSE: the host is paused
    + BREAKER: the finding was corrected too often, and comes back
    + TRIED: the same was done before, and did not help
    + UNDECLARED: no inventory declares what it is done to
    """

    CAP = "cap"
    PAUSE = "pause"
    BREAKER = "breaker"
    TRIED = "tried"
    UNDECLARED = "undeclared"


@dataclass(frozen=True)
class Refusal:
    """Why a finding is not repaired here, and what a person can do about it.

    + type: which of the resolutions this is
    + because: what stands in the way
    + instead: what to do, the command where there is one
    + restraint: why it is held back, where there is a remedy
    + in_inventory: whether it is the inventory that has to be corrected
    + of_loss: whether a run that may lose data goes on all the same; health is not proved by that
    """

    type: Literal["refusal"] = field(default="refusal", kw_only=True, repr=False)
    because: str
    instead: str
    restraint: Restraint | None = None
    in_inventory: bool = False
    of_loss: bool = Field(default=False, exclude=True, repr=False)

    def lines(self) -> Iterator[tuple[str, str]]:
        yield "can't", self.because
        yield "do", self.instead


@dataclass(frozen=True)
class Remedy(Generic[Action]):
    """What repairs a finding, and what users notice of it.

    + type: which of the resolutions this is
    + does: what will be done, in words
    + disruption: what users notice
    + action: the same for the operation that does it; it never leaves the process
    + once: a digest of the circumstances: in the same ones it is not tried again if it did not
      help; empty: it may be tried again
    + loses: the refusal for runs that may not lose data; default: it loses none
    + needs_person: the refusal for jobs; default: jobs do it, too
    + patience: seconds to wait whether it becomes needless, before it is done; default: 0
    + then: what may be needed after it
    + needs: the things without which it does not help
    """

    type: Literal["remedy"] = field(default="remedy", kw_only=True, repr=False)
    does: str
    disruption: Disruption
    action: Action = Field(default=None, exclude=True, repr=False)  # type: ignore[assignment]
    once: str = Field(default="", exclude=True, repr=False)
    loses: Refusal | None = Field(default=None, exclude=True, repr=False)
    needs_person: Refusal | None = Field(default=None, exclude=True, repr=False)
    patience: float = Field(default=0, exclude=True, repr=False)
    then: tuple[Later, ...] = Field(default=(), exclude=True, repr=False)
    needs: frozenset[str] = Field(default=frozenset(), exclude=True, repr=False)

    def lines(self) -> Iterator[tuple[str, str]]:
        yield "repair", f"{self.does} (disruption: {self.disruption})"


@dataclass(frozen=True)
class Symptom:
    """Something that fails because of other findings, or for a reason that is not repaired here.

    + type: which of the resolutions this is
    + look: where to look if it stays
    + then: what is done about it, if it stays after its causes were repaired
    """

    type: Literal["symptom"] = field(default="symptom", kw_only=True, repr=False)
    look: str
    then: tuple[Later, ...] = Field(default=(), exclude=True, repr=False)

    def lines(self) -> Iterator[tuple[str, str]]:
        yield "look", self.look


@dataclass(frozen=True)
class Waiver:
    """A team has decided to live with the finding for a time.

    + type: which of the resolutions this is
    + reason: why
    + owner: whom to ask about it
    + until: the last day, as ``2027-01-31``
    """

    type: Literal["waiver"] = field(default="waiver", kw_only=True, repr=False)
    reason: str
    owner: str
    until: str

    def lines(self) -> Iterator[tuple[str, str]]:
        yield "waiver", f"by {self.owner} until {self.until}: {self.reason}"


@dataclass(frozen=True)
class Note:
    """The finding is merely to be known.

    + type: which of the resolutions this is
    """

    type: Literal["note"] = field(default="note", kw_only=True, repr=False)

    def lines(self) -> Iterator[tuple[str, str]]:
        yield "note", "left as it is"


Resolution: TypeAlias = Annotated[
    Remedy[Action] | Refusal | Symptom | Waiver | Note, Discriminator("type")
]
