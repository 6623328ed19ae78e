"""What is proposed to be added to compose files. Pure.

Each kind of addition is a rule that returns a `Proposal`; together they are one patch, about which
Compose is asked as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .patches import Edit


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    Additions to compose files.

    + edits: the lines that are added, each with its file's physical path
    + does: what they say
    + left: what is left as it is, and why
    + override: what Compose is to resolve besides what it does now, as a compose file of its own;
      empty: nothing
    + recreates: the services whose containers the next ``up`` recreates for it
    + waits: the services that wait for more than before; Compose says whether it recreates them
      for that
    + new: the services that are added
    """

    edits: tuple[tuple[str, Edit], ...] = ()
    does: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    override: Mapping[str, Any] = field(default_factory=dict)
    recreates: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def together(proposals: Iterable[Proposal]) -> Proposal:
    """All of them as one."""
    whole = Proposal()
    for other in proposals:
        whole = Proposal(
            (*whole.edits, *other.edits),
            (*whole.does, *other.does),
            (*whole.left, *other.left),
            _merged(whole.override, other.override),
            tuple(sorted({*whole.recreates, *other.recreates})),
            tuple(sorted({*whole.waits, *other.waits})),
            (*whole.new, *other.new),
        )
    return replace(whole, edits=tuple(sorted(whole.edits, key=_depth)))


def _depth(edit: tuple[str, Edit]) -> int:
    """Before the same line, what is indented more comes first: it belongs to what ends there."""
    first = next((line for line in edit[1].adds if line.strip()), "")
    return len(first.lstrip(" ")) - len(first)


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings key by key; of anything else, the other."""
    both = {
        key: _merged(one[key], other[key])
        for key in {*one} & {*other}
        if isinstance(one[key], Mapping) and isinstance(other[key], Mapping)
    }
    return {**one, **other, **both}
