"""What is planned, in the form that it has in the journal of a run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from .disruption import Disruption
from .plan import Step


@dataclass(frozen=True, slots=True)
class Deed:
    """
    One thing that is planned.

    + thing: the service, network or file that it is done to
    + does: what is done
    + disruption: what users notice
    + repairs: the findings that it repairs, as their headlines, the cause first
    """

    thing: str
    does: str
    disruption: Disruption
    repairs: tuple[str, ...] = ()

    @classmethod
    def of(cls, step: Step) -> Deed:
        """A step of a plan."""
        repairs = tuple(finding.headline() for finding in step.causes)
        return cls(step.thing, step.does, step.disruption, repairs)


@dataclass(frozen=True, slots=True)
class Planned:
    """
    What is planned for one stack.

    + host, directory: which one
    + steps: what is done, in order
    + later: what is done after that, if it then proves needed
    """

    host: str
    directory: str
    steps: tuple[Deed, ...] = ()
    later: tuple[Deed, ...] = ()


Plans: TypeAlias = tuple[Planned, ...]
_DEEDS: TypeAdapter[tuple[Deed, ...]] = TypeAdapter(tuple[Deed, ...])
_PLANS: TypeAdapter[Plans] = TypeAdapter(Plans)


def deeds_to_json(deeds: Iterable[Deed]) -> list[dict[str, Any]]:
    """What is planned for a stack, as a look's entry has it."""
    plain: list[dict[str, Any]] = _DEEDS.dump_python(tuple(deeds), mode="json")
    return plain


def plans_to_json(plans: Iterable[Planned]) -> list[dict[str, Any]]:
    """What is planned for several stacks, as the question's entry has it."""
    plain: list[dict[str, Any]] = _PLANS.dump_python(tuple(plans), mode="json")
    return plain


def plans_from_json(plain: Sequence[Mapping[str, Any]]) -> Plans:
    """The plans that `plans_to_json` made that of; raises ValueError."""
    return _PLANS.validate_python(plain)
