"""Findings as a person reads them: each cause once, with its consequences folded under it. Pure.

What one step repairs is one trouble with one cause; so is what waits for something that only a
person can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.deeds import Deed
from ...core.finding import Finding
from ...core.plan import WAITS
from ...core.resolution import Refusal
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
    causes = {finding.headline(): finding for finding in found if finding.cause}
    of: dict[str, tuple[str, Deed | None]] = {}
    for deed in plan:
        # The proof may have found something else than the look that the plan is of.
        for headline in (named := [h for h in deed.repairs if h in causes]):
            of[headline] = (named[0], deed)
    for headline, finding in causes.items():
        if headline not in of:
            of[headline] = (_root(finding, causes), None)
    roots = dict.fromkeys(root for root, _ in of.values())
    return [
        Trouble(
            causes[root],
            tuple(f for h, f in causes.items() if h != root and of[h][0] == root),
            of[root][1],
        )
        for root in sorted(roots, key=[*causes].index)
    ]


def _root(finding: Finding[Any], causes: dict[str, Finding[Any]]) -> str:
    """What it waits for in the end."""
    seen = [finding.headline()]
    while isinstance(waiting := causes[seen[-1]].resolution, Refusal):
        behind = waiting.because.removeprefix(WAITS)
        if behind == waiting.because or behind in seen or behind not in causes:
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
