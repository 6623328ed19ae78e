"""Findings as a person reads them: each cause once, with its consequences folded under it. Pure.

What one step repairs is one trouble with one cause; so is what waits for something that only a
person can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.deeds import Deed
from ...core.finding import Finding
from ...core.plan import WAITS
from ...core.resolution import Refusal, Remedy
from .words import counted, one_line

NAMED = 3
"""Findings that are named under their cause; the others are counted."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    A cause, and what has it.

    + cause: the finding that explains the others
    + others: what the same step repairs, or what waits for the same
    + deed: what is done about it; None: nothing here
    """

    cause: Finding[Any]
    others: tuple[Finding[Any], ...] = ()
    deed: Deed | None = None


def troubles(found: Iterable[Finding[Any]], plan: Sequence[Deed]) -> list[Trouble]:
    """
    The causes among findings, in order.

    + found: the findings
    + plan: what can be done about them
    """
    causes = [finding for finding in found if finding.cause]
    roots: dict[int, int] = {}
    deeds: dict[int, Deed] = {}
    for deed in plan:
        if named := [n for n in _repaired(deed, causes) if n not in roots]:
            roots |= dict.fromkeys(named, named[0])
            deeds[named[0]] = deed
    first = {f.headline(): n for n, f in reversed([*enumerate(causes)])}
    for number in range(len(causes)):
        roots.setdefault(number, _waited_for(number, causes, first))
    ends = {number: roots[root] for number, root in roots.items()}
    return [
        Trouble(
            causes[root],
            tuple(causes[n] for n in sorted(ends) if n != root and ends[n] == root),
            deeds.get(root),
        )
        for root in sorted({*ends.values()})
    ]


def _repaired(deed: Deed, causes: Sequence[Finding[Any]]) -> Iterator[int]:
    """What a step repairs, the cause first. What is refused is never folded under it; and the proof
    may have found something else than the look that the step is of."""
    for headline in deed.repairs:
        for number, finding in enumerate(causes):
            if finding.headline() == headline and isinstance(finding.resolution, Remedy):
                yield number


def _waited_for(number: int, causes: Sequence[Finding[Any]], by_headline: Mapping[str, int]) -> int:
    """What it waits for in the end."""
    seen = [number]
    while isinstance(waiting := causes[seen[-1]].resolution, Refusal):
        behind = by_headline.get(waiting.because.removeprefix(WAITS))
        if not waiting.because.startswith(WAITS) or behind is None or behind in seen:
            break
        seen.append(behind)
    return seen[-1]


def also(trouble: Trouble) -> str:
    """What has the same cause, in a line; empty: nothing has."""
    subject = trouble.cause.subject
    said = [
        one_line(f.problem if f.subject == subject else f"{f.subject} {f.problem}")
        for f in trouble.others
    ]
    more = f" (+{len(said) - NAMED} more)" if len(said) > NAMED else ""
    return f"{', '.join(said[:NAMED])}{more}"


def symptoms(found: Iterable[Finding[Any]]) -> Iterator[str]:
    """How many symptoms are folded; nothing where there is none."""
    count = sum(finding.symptom for finding in found)
    if count:
        yield f"+{counted(count, 'symptom')} (-v shows {'it' if count == 1 else 'them'})"
