"""Kinds of findings: each is registered once, where its rule stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from .resolution import Note, Resolution

if TYPE_CHECKING:
    from .finding import Finding

Action = TypeVar("Action")
Members = ParamSpec("Members")


@dataclass(frozen=True, slots=True)
class Kind:
    """What findings of one kind have in common, on whatever host.

    + id: its name in reports, metrics and waivers: ``missing-alias``
    + title: the same in words
    + part: the part of the incident whose deploy repairs it
    + means: what it means to users and operators
    + known: how it is known
    + repair: what repairs it
    + undo: how the repair is undone; empty: there is nothing to undo
    + breaks_health: whether a stack that has it can't be called healthy; default: ``True``
    + clears_itself: whether it may pass without a repair, so that a run waits for it; default:
      ``False``
    + waivable: whether a waiver may name it: not what keeps health from being proved; default:
      ``True``
    + about_inventory: whether the inventory and its host don't fit, whatever is done about it:
      ``runbooks validate --hosts`` says so; default: ``False``
    + explains: the ids of kinds that are its consequences; default: none
    + holds_up: what is not done while this is refused, to the same thing or to one that needs it:
      verbs of tasks, or ids of kinds; default: nothing
    """

    id: str
    _: KW_ONLY
    title: str = field(compare=False, repr=False)
    part: str = field(compare=False, repr=False)
    means: str = field(compare=False, repr=False)
    known: str = field(compare=False, repr=False)
    repair: str = field(compare=False, repr=False)
    undo: str = field(default="", compare=False, repr=False)
    breaks_health: bool = field(default=True, compare=False, repr=False)
    clears_itself: bool = field(default=False, compare=False, repr=False)
    waivable: bool = field(default=True, compare=False, repr=False)
    about_inventory: bool = field(default=False, compare=False, repr=False)
    explains: tuple[str, ...] = field(default=(), compare=False, repr=False)
    holds_up: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        return self.id

    def found(
        self,
        subject: str,
        problem: str,
        evidence: str,
        resolution: Resolution[Action] = Note(),  # noqa: B008 - it is frozen
        part: str = "",
    ) -> Finding[Action]:
        """
        A finding of this kind.

        + subject: the service, container or file
        + problem: what is wrong with the subject
        + evidence: what was seen
        + resolution: what follows; default: it is merely to be known
        + part: the part of the incident, where it is another one than the kind's
        """
        from .finding import Finding  # A finding has a kind.

        return Finding(self, part or self.part, subject, problem, evidence, resolution)


_KINDS: dict[str, Kind] = {}


def _registering(make: Callable[Members, Kind]) -> Callable[Members, Kind]:
    """`kind`, which takes what a kind takes: its members stand in one place."""

    def kind(*args: Members.args, **members: Members.kwargs) -> Kind:
        """
        Registers a kind of finding and returns it; raises ValueError where the id is taken.

        The arguments are the members of `Kind`.

        **Example:**

        .. code:: python

            DISK_FULL = kind(
                "disk-full",
                title="A file system is full",
                part="health",
                means="Whatever writes there fails.",
                known="df, on the host.",
                repair="Nothing here: a person decides what may go.",
            )
            finding = DISK_FULL.found("/srv", "is full", "df says 100 %")
        """
        made = make(*args, **members)
        if made.id in _KINDS:
            raise ValueError(f"the kind {made} is registered already: {_KINDS[made.id].title}")
        _KINDS[made.id] = made
        return made

    return kind


kind = _registering(Kind)


def kinds() -> Mapping[str, Kind]:
    """All kinds that are registered, by their ids."""
    return MappingProxyType(_KINDS)


def named(id_: str) -> Kind:
    """The kind of an id; one that is registered elsewhere has no more than that."""
    return _KINDS.get(id_) or Kind(id_, title="", part="", means="", known="", repair="")


def nearest(id_: str) -> str | None:
    """The registered id that may have been meant; None: none is like it."""
    return next(iter(get_close_matches(id_, _KINDS, n=1)), None)
