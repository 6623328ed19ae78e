"""What a test asks of findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from looks import healthy, stack

from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.findings import Finding, Remedy
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.settings import Stack

# By what differs: the change that does it, the verdicts on it, and the step that repairs it.
Drift = dict[str, tuple[Callable[[Look], Look], list[tuple[str, object]], Any]]


def kinds(findings: Iterable[Finding[Any]]) -> list[str]:
    return [finding.kind for finding in findings]


def actions(findings: Iterable[Finding[Any]]) -> list[Any]:
    return [f.answer.action for f in findings if isinstance(f.answer, Remedy)]


def verdicts(findings: Iterable[Finding[Any]]) -> list[tuple[str, object]]:
    """Each finding's kind, and what follows: the disruption of its remedy, or why there is none."""
    return [(f.kind, _verdict(f)) for f in findings]


def _verdict(finding: Finding[Any]) -> Disruption | str:
    answer = finding.answer
    if isinstance(answer, Remedy):
        return answer.disruption
    return type(answer).__name__


def assert_judged(
    found: Sequence[Finding[Any]], expected: list[tuple[str, object]], step: object
) -> None:
    """These verdicts, this one step, and words for both."""
    assert verdicts(found) == expected
    assert actions(found) == ([] if step is None else [step])
    assert all(f.evidence and f.problem for f in found)


def assert_within_their_own_disruption(
    judge: Callable[[Look, Stack], Iterable[Finding[Any]]], drift: Drift
) -> None:
    """Nobody has to allow more than a remedy says that it takes."""
    for change, expected, _ in drift.values():
        found = judge(change(healthy()), stack())
        for finding, (_, verdict) in zip(found, expected, strict=True):
            if isinstance(verdict, Disruption):
                assert finding.within(verdict) is finding
