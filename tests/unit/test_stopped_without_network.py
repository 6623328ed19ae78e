"""A server that is stopped, and could not be started: its network is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from looks import BACK, FRONT, network_id, with_container, with_declared
from verdicts import steps

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.plan import Plan
from pyinfra_runbooks.core.resolution import Refusal, Symptom
from pyinfra_runbooks.engine.compose import DeclaredNetwork
from pyinfra_runbooks.engine.docker import Network
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.network_settings import not_there
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.settings import Stack

STOPPED = {"cache": "redis-stopped", "web": "api-stopped", "db": "not-running"}


def stopped(look: Look, *services: str) -> Look:
    for service in services:
        look = with_container(look, service, status="exited", exit_code=137)
    return look


def without(look: Look, *networks: str) -> Look:
    return replace(look, networks={n: v for n, v in look.networks.items() if n not in networks})


def external(look: Look, network: str) -> Look:
    declared = {**look.declared.networks, network: DeclaredNetwork("back", network, external=True)}
    return replace(look, declared=replace(look.declared, networks=declared))


def planned(look: Look, stack: Stack) -> Plan:
    return verification.planned(look, stack)


def of(plan: Plan, kind: str) -> Finding[object]:
    (finding,) = (f for f in plan.findings if f.kind.id == kind)
    return finding


@pytest.mark.parametrize(("service", "kind"), STOPPED.items())
def test_one_cause_and_one_plan(look: Look, stack: Stack, service: str, kind: str) -> None:
    """The network is made, and what could not start without it is started after that."""
    look = with_declared(look, "web", uses=frozenset({"db"}))
    missing = without(stopped(look, service), BACK)
    made = planned(missing, stack)
    assert [f.kind.id for f in made.findings if f.cause] == ["network-missing"]
    assert isinstance(of(made, kind).resolution, Symptom)
    assert steps(missing, stack) == [f"create {BACK}"]
    assert (service, "start") in {(later.thing, later.verb) for later in made.later}
    assert (service, "attach") in {(later.thing, later.verb) for later in made.later}


def test_what_was_announced_is_done_once_the_network_is_there(look: Look, stack: Stack) -> None:
    """Its endpoint is of the former one: it is attached again, and then started."""
    down = stopped(look, "cache")
    shown = planned(without(down, BACK), stack)
    again = {**look.networks, BACK: replace(look.networks[BACK], id=network_id("again"))}
    since = planned(replace(down, networks=again), stack)
    assert isinstance(of(since, "redis-stopped").resolution, Symptom)
    attach = [step for step in since.steps if step.thing == "cache"]
    assert [step.task.verb for step in attach] == ["attach"]
    assert all(shown.allows(step) for step in attach)
    there = {BACK: replace(down.members("cache")[0].networks[BACK], network_id=network_id("again"))}
    attached = replace(with_container(down, "cache", networks=there), networks=again)
    (start,) = (step for step in planned(attached, stack).steps if step.thing == "cache")
    assert (start.task.verb, shown.allows(start)) == ("start", True)


def test_one_that_was_stopped_for_itself_is_started(look: Look, stack: Stack) -> None:
    """What is wrong with a network that it is not on has nothing to do with it."""
    plain = planned(stopped(look, "cache"), stack)
    assert [step.task.verb for step in plain.steps] == ["start"]
    other = without(stopped(look, "cache"), FRONT)
    made = planned(other, stack)
    assert {f.kind.id for f in made.findings if f.cause} == {"network-missing", "redis-stopped"}
    assert steps(other, stack) == [f"create {FRONT}", "start cache"]


def test_it_waits_for_the_person_who_makes_its_network(look: Look, stack: Stack) -> None:
    """A start would fail: the engine wants the network to be there."""
    made = planned(without(external(stopped(look, "cache"), BACK), BACK), stack)
    answer = of(made, "redis-stopped").resolution
    assert isinstance(answer, Refusal)
    assert answer.instead == f"first, docker network create {BACK}"
    assert not made.steps


def test_another_network_that_is_missing_with_its_own_stands_for_both(look: Look) -> None:
    """Compose makes all of them at once, and one finding is made of that."""
    both = without(stopped(look, "cache"), BACK, FRONT)
    assert not_there(both, both.members("cache")[0]) == {BACK, FRONT}
    front = without(look, FRONT)
    assert not_there(front, front.members("cache")[0]) == frozenset()


def test_a_network_that_was_made_again_is_not_the_one_it_was_on(look: Look) -> None:
    again = {**look.networks, BACK: Network(network_id("again"), BACK, "bridge")}
    made_again = replace(look, networks=again)
    assert not_there(made_again, made_again.members("db")[0]) == {BACK}
    assert not_there(look, look.members("db")[0]) == frozenset()


def test_redis_is_recreated_and_that_starts_it(look: Look, stack: Stack) -> None:
    """Its own settings name a network that is gone: one cause, and one step."""
    former = network_id("former")
    there = {BACK: replace(look.members("cache")[0].networks[BACK], network_id=former)}
    gone = with_container(stopped(look, "cache"), "cache", network_mode=former, networks=there)
    gone = external(gone, BACK)
    made = planned(gone, stack)
    assert [f.kind.id for f in made.findings if f.cause] == ["network-gone"]
    assert isinstance(of(made, "redis-stopped").resolution, Symptom)
    assert steps(gone, stack) == ["recreate cache"]
    refused = planned(without(gone, BACK), stack)
    assert [f.kind.id for f in refused.findings if f.cause and f.thing == "cache"] == [
        "network-gone"
    ]
