"""The plan, whatever is found: never above the cap, never more than needed, in whatever order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from plans import REFUSED, Do, do, found

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.kind import named
from pyinfra_runbooks.core.plan import plan, task_of
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Note, Remedy, Symptom
from pyinfra_runbooks.core.task import Stage

THINGS = ("cache", "web", "db")
LADDER = ("write", "load", "restart", "recreate")
KINDS = [
    replace(
        named(f"k{number}"),
        part=part,
        explains=("k1", "k4") if number in (0, 3) else (),
        clears_itself=number in (1, 4),
        holds_up=LADDER[number % 3 :] if number % 2 else (),
    )
    for number, part in enumerate(("network", "redis", "api") * 2)
]


@st.composite
def resolutions(draw: st.DrawFn) -> Any:
    rung = draw(st.integers(0, len(LADDER) - 1))
    task = Do(
        LADDER[rung],
        draw(st.sampled_from([Stage.PLACES, Stage.SERVERS, Stage.CLIENTS, Stage.AFTER_PROOF])),
        frozenset(LADDER[:rung]),
        frozenset(draw(st.sets(st.sampled_from(THINGS), max_size=1))),
        draw(st.sampled_from(["", "back"])),
    )
    remedy = Remedy(LADDER[rung], draw(st.sampled_from(Disruption)), task)
    return draw(st.sampled_from([remedy, remedy, remedy, REFUSED, Symptom("there"), Note()]))


findings = st.lists(
    st.builds(
        found,
        st.sampled_from(KINDS),
        resolutions(),
        st.sampled_from(THINGS),
        st.sampled_from(["network", "redis", "api"]),
    ),
    max_size=8,
    unique_by=lambda f: (f.kind.id, f.subject, f.part),
)
policies = st.builds(Policy, st.sampled_from(Disruption))


@given(findings, policies)
def test_it_never_disturbs_more_than_is_allowed(found: list[Any], policy: Policy) -> None:
    made = plan(found, policy)
    assert all(step.disruption <= policy.cap for step in made.steps)
    assert all(later.disruption <= policy.cap for later in made.later)


@given(findings, policies, st.randoms(use_true_random=False))
def test_it_is_the_same_whatever_the_order(found: list[Any], policy: Policy, random: Any) -> None:
    other = [*found]
    random.shuffle(other)
    one, two = plan(found, policy), plan(other, policy)
    assert one.steps == two.steps
    assert one.later == two.later
    assert {*map(repr, one.findings)} == {*map(repr, two.findings)}


@given(findings, policies)
def test_it_does_no_more_than_is_needed(found: list[Any], policy: Policy) -> None:
    """Each step is some finding's own remedy; nothing is done beside what supersedes it."""
    made = plan(found, policy)
    for step in made.steps:
        assert any(task_of(f).verb == step.task.verb for f in step.findings)
        beside = {s.task.verb for s in made.steps if s.thing == step.thing}
        assert not step.task.supersedes & beside
    assert len({step.key for step in made.steps}) == len(made.steps)


@given(findings, policies)
def test_every_remedy_that_counts_is_done_once(found: list[Any], policy: Policy) -> None:
    made = plan(found, policy)
    repaired = [finding for step in made.steps for finding in step.findings]
    counts = [
        f
        for f in made.findings
        if isinstance(f.resolution, Remedy) and task_of(f).stage < Stage.AFTER_PROOF
    ]
    assert sorted(map(repr, repaired)) == sorted(map(repr, counts))


@given(findings, policies)
def test_what_has_nothing_to_do_with_a_refusal_is_done(found: list[Any], policy: Policy) -> None:
    """Another thing, that none of what is there needs."""
    apart = found_apart()
    before = {step.key for step in plan(found, policy).steps}
    after = {step.key for step in plan([*found, apart], policy).steps}
    assert after == before | {("apart", "start", "")}


def found_apart() -> Finding[Any]:
    return found(replace(named("apart"), part="redis"), do("start"), "apart")


@given(findings, policies)
def test_a_cause_comes_before_its_consequence(found: list[Any], policy: Policy) -> None:
    made = plan(found, policy)
    assert [s.task.stage for s in made.steps] == sorted(s.task.stage for s in made.steps)
    everything = [finding for step in made.steps for finding in step.findings]
    for cause in everything:
        for other in everything:
            follows = other.kind.id in cause.kind.explains and other.kind.clears_itself
            after = task_of(cause).stage < task_of(other).stage
            assert not (follows and after and not cause.kind.clears_itself)


@given(findings, policies)
def test_to_plan_again_changes_nothing(found: list[Any], policy: Policy) -> None:
    made = plan(found, policy)
    again = plan(made.findings, policy)
    assert again.steps == made.steps
    assert again.findings == made.findings
