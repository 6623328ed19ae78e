"""What a test asks of findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from looks import healthy, stack

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Remedy
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.clients.rules import api
from pyinfra_runbooks.packs.redis.rules import redis
from pyinfra_runbooks.settings import Stack, run_policy

# By what differs: the change that does it, the verdicts on it, and the step that repairs it.
Drift = dict[str, tuple[Callable[[Look], Look], list[tuple[str, object]], Any]]

Rules = Callable[[Look, Stack], list[Finding[Any]]]


def of_servers(look: Look, stack: Stack) -> list[Finding[Any]]:
    """What the rules of Redis find."""
    return [f for server in stack.servers for f in redis.findings(look, stack, server)]


def of_clients(look: Look, stack: Stack) -> list[Finding[Any]]:
    """What the rules of clients find."""
    return [f for client in stack.clients for f in api.findings(look, stack, client)]


def settled(look: Look, stack: Stack, of: str, **run: str) -> list[Finding[Any]]:
    """The findings about a thing with what follows for a run.

    + of: the service, network or file
    + run: what ``--data`` says
    """
    plan = verification.planned(look, stack, run_policy(stack, run))
    return [finding for finding in plan.findings if finding.thing == of]


def steps(look: Look, stack: Stack, **run: str) -> list[str]:
    """What a plan does, in order: each step's verb, thing and target."""
    plan = verification.planned(look, stack, run_policy(stack, run))
    return [" ".join(filter(None, (s.task.verb, s.thing))) for s in plan.steps]


def kinds(findings: Iterable[Finding[Any]]) -> list[str]:
    return [finding.kind.id for finding in findings]


def actions(findings: Iterable[Finding[Any]]) -> list[Any]:
    return [f.resolution.action for f in findings if isinstance(f.resolution, Remedy)]


def verdicts(findings: Iterable[Finding[Any]]) -> list[tuple[str, object]]:
    """Each finding's kind, and what follows: the disruption of its remedy, or why there is none."""
    return [(f.kind.id, _verdict(f)) for f in findings]


def _verdict(finding: Finding[Any]) -> Disruption | str:
    answer = finding.resolution
    if isinstance(answer, Remedy):
        return answer.disruption
    return type(answer).__name__


def assert_judged(
    found: Sequence[Finding[Any]],
    expected: list[tuple[str, object]],
    step: object,
    *subjects: str,
) -> None:
    """These verdicts on one of these subjects each, this one step, and words for both."""
    assert verdicts(found) == expected
    assert {f.subject for f in found} <= {*subjects}
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
                allowed = Policy(cap=verdict, allow_data_loss=frozenset({"cache"}))
                assert allowed.judge(finding) is finding
