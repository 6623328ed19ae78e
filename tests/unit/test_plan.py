"""The plan: what waits for what, what supersedes what, what is folded, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from plans import ANY, NONE, RECONNECT, RECREATE, REFUSED, RESTART, Do, do, done, found

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.kind import Kind, kinds, named
from pyinfra_runbooks.core.plan import Plan, Scope, plan
from pyinfra_runbooks.core.policy import Policy, Waived
from pyinfra_runbooks.core.resolution import Later, Refusal, Remedy, Restraint, Symptom, Waiver
from pyinfra_runbooks.core.task import Stage
from pyinfra_runbooks.engine.parts import Part
from pyinfra_runbooks.packs.redis import steps
from pyinfra_runbooks.packs.redis.steps import CHANGES, Step, step_remedy

# What waits for a refusal


_TAKES = {Step.LOAD: RECONNECT}
REMEDIES = {
    "acl-file": Step.WRITE,
    "acl-differs": Step.LOAD,
    "redis-stopped": Step.START,
    "secret-stale": Step.RESTART,
    "acl-not-configured": Step.RESTART,
    "config-differs": Step.RECREATE,
}
ALL = {*REMEDIES}
CALM = {"acl-file", "redis-stopped"}
HELD_UP: dict[str, set[str]] = {
    "sentinel": set(),
    "acl-not-loadable": set(),
    "acl-open-user": {"acl-file"},
    "acl-run-time-user": CALM,
    "acl-unknown": {"redis-stopped"},
    "acl-not-understood": ALL,
    "acl-locked-out": {"redis-stopped"},
    "acl-withheld": CALM,
    "login-withheld": CALM | {"acl-differs"},
    "redis-silent": CALM | {"acl-differs"},
    "secret-not-mounted": ALL - {"redis-stopped", "acl-not-configured"},
    "secret-unreadable": CALM | {"acl-differs"},
    "redis-state": {"acl-file"},
    "network-gone": {"acl-file", "acl-differs"},
    "sidecar-cut-off": {"acl-file", "acl-differs"},
    "config-differs": ALL - {"config-differs", "acl-not-configured"},
    "secret-stale": ALL - {"secret-stale"},
    "redis-stopped": ALL - {"redis-stopped"},
    "wrong-network": ALL,
}


def on_redis(kind: str, step: Step) -> Finding[Any]:
    return found(kind, step_remedy(step, "do it", _TAKES.get(step)))


@pytest.mark.parametrize(("refused", "beside"), HELD_UP.items(), ids=HELD_UP)
def test_a_refusal_holds_up_what_depends_on_it(refused: str, beside: set[str]) -> None:
    """Each of them alone: together, one supersedes the other."""
    for kind, step in REMEDIES.items():
        if kind != refused:
            made = plan([on_redis(kind, step), found(refused, REFUSED)], ANY)
            assert bool(made.steps) is (kind in beside), kind


@pytest.mark.parametrize("refused", HELD_UP, ids=HELD_UP)
def test_who_lives_with_a_refusal_gets_nothing_done_that_it_holds_up(refused: str) -> None:
    waived = Policy(waivers=(Waived(refused, None, Waiver("it moves", "ops", "2027-01-31")),))
    for kind, step in REMEDIES.items():
        if kind != refused:
            both = [on_redis(kind, step), found(refused, REFUSED)]
            made = plan(both, waived)
            assert made.steps == plan(both, ANY).steps
            assert isinstance(made.findings[1].resolution, Waiver)


def test_what_is_paused_goes_on() -> None:
    paused = on_redis("redis-paused", Step.UNPAUSE)
    for refused in HELD_UP.keys() - {"sentinel"}:
        assert plan([paused, found(refused, REFUSED)], ANY).steps


HOLD_NOTHING = {
    *("acl-not-understood", "acl-differs", "acl-file", "acl-open", "secret-stale"),
    *("acl-not-configured", "redis-paused", "redis-stopped", "redis-restart-loop"),
    *("redis-undeclared", "redis-removed", "redis-by-hand", "redis-several", "redis-half-made"),
    *("acl-not-compared", "acl-passed-over", "env-file-differs", "secret-file"),
    *("login-undeclared", "login-unproved", "maxmemory-reached"),
    *("redis-not-asked", "redis-reticent", "redis-unasked", "starts-unseen"),
    *("redis-of-other-files",),
    *("unguarded", "open-published", "acl-refused"),
    *("password-differs", "password-literal", "password-empty"),
}


def test_what_each_kind_of_redis_holds_up_was_thought_of() -> None:
    """A new one says so at its kind, or here, that it holds up nothing."""
    silent = {k.id for k in kinds().values() if k.part == Part.REDIS and not k.holds_up}
    assert silent == HOLD_NOTHING


def test_what_is_held_up_is_a_verb_or_a_kind() -> None:
    verbs = {*CHANGES, *(step.verb for step in steps.Step), "attach", "run"}
    for kind in kinds().values():
        assert {*kind.holds_up} <= verbs | {*kinds()}, kind


def test_what_waits_says_for_what() -> None:
    both = [on_redis("acl-differs", Step.LOAD), found("acl-unknown", REFUSED)]
    waiting = plan(both, ANY).findings[0].resolution
    assert isinstance(waiting, Refusal)
    assert waiting.because == "it has to wait for another refusal: cache: is odd [acl-unknown]"


def test_what_takes_too_much_is_waited_for_as_well() -> None:
    both = [
        on_redis("acl-not-configured", Step.RESTART),
        on_redis("config-differs", Step.RECREATE),
    ]
    assert done(plan(both, ANY)) == [("recreate", "cache")]
    made = plan(both, Policy(cap=RESTART))
    assert made.steps == ()
    assert [f.resolution.restraint for f in made.refusals] == [Restraint.CAP] * 2


def test_what_needs_another_thing_waits_for_it() -> None:
    attach = do("attach", wants=frozenset({"back"}))
    missing = found("network-missing", REFUSED, "back", "network")
    assert plan([found("wrong-network", attach), missing], ANY).steps == ()
    other = found("network-missing", REFUSED, "front", "network")
    assert plan([found("wrong-network", attach), other], ANY).steps


@pytest.fixture
def full() -> Kind:
    """A server that serves nobody: no restart of a client helps."""
    return replace(named("full"), title="It is full", part="store", holds_up=("api-unhealthy",))


@pytest.mark.parametrize("answer", [REFUSED, Symptom("look")])
def test_no_client_is_restarted_while_what_it_needs_does_not_serve(
    full: Kind, answer: Refusal | Symptom
) -> None:
    restart = do("restart", RESTART, when=Stage.CLIENTS)
    needs = replace(restart, needs=frozenset({"db"}))
    serves_none = found(full, answer, "db", "store")
    for remedy, does in ((needs, []), (restart, [("restart", "web")])):
        client = found("api-unhealthy", remedy, "web", "api")
        assert done(plan([client, serves_none], ANY)) == does


def test_what_waits_for_that_waits_too() -> None:
    first = found("acl-unknown", REFUSED)
    second = replace(found("config-differs", do("recreate")), of="cache")
    third = found("redis-restart-loop", do("restart"))
    made = plan([third, second, first], ANY)
    assert made.steps == ()
    assert len(made.refusals) == 3


# What may be lost, and what only a person has done


def test_what_loses_data_needs_leave() -> None:
    loses = replace(do("restart", RESTART), loses=Refusal("it would be lost", "say so"))
    assert plan([found("acl-locked-out", loses)], ANY).refusals
    assert plan(
        [found("acl-locked-out", loses)], Policy(allow_data_loss=frozenset({"cache"}))
    ).steps


def test_a_refusal_because_of_loss_holds_nothing_up_for_who_allows_it() -> None:
    """And it is not excused by that: the proof still fails."""
    withheld = found("login-withheld", Refusal("unproved", "mount it", of_loss=True))
    restart = on_redis("secret-stale", Step.RESTART)
    assert plan([withheld, restart], ANY).steps == ()
    made = plan([withheld, restart], Policy(allow_data_loss=frozenset({"cache"})))
    assert (made.findings[0].resolution, done(made)) == (
        Symptom("mount it"),
        [("restart", "cache")],
    )
    assert made.findings[0].breaks_health


def test_what_may_have_been_stopped_on_purpose_is_a_persons() -> None:
    asks = replace(do("start"), needs_person=Refusal("on purpose, perhaps", "start it"))
    assert plan([found("not-running", asks)], ANY).steps
    assert plan([found("not-running", asks)], Policy(unattended=True)).refusals


# What supersedes what


def test_a_recreate_attaches_and_starts() -> None:
    everything = [
        found("wrong-network", do("attach", when=Stage.PLACES), part="network"),
        on_redis("redis-stopped", Step.START),
        on_redis("acl-file", Step.WRITE),
        on_redis("config-differs", Step.RECREATE),
    ]
    made = plan(everything, ANY)
    assert done(made) == [("recreate", "cache")]
    assert {f.kind.id for f in made.steps[0].findings} == {f.kind.id for f in everything}
    capped = plan(everything, Policy(cap=RESTART))
    assert done(capped) == [("attach", "cache"), ("start", "cache")]


def test_who_is_about_networks_alone_attaches() -> None:
    attach = found("wrong-network", do("attach", when=Stage.PLACES), part="network")
    both = [attach, on_redis("config-differs", Step.RECREATE)]
    assert done(plan(both, ANY, Scope(frozenset({"network"})))) == [("attach", "cache")]


def test_the_same_with_several_is_several_steps() -> None:
    both = [found("wrong-network", do("attach", with_=name)) for name in ("back", "front")]
    assert len(plan(both, ANY).steps) == 2
    twice = [found(kind, do("attach", with_="back")) for kind in ("wrong-network", "wrong-address")]
    assert len(plan(twice, ANY).steps) == 1


# Causes and consequences


def unhealthy(**about: Any) -> Finding[Any]:
    restart = Remedy("restart it", RESTART, Do("restart", Stage.CLIENTS), **about)
    return found("api-unhealthy", restart, "web", "api")


ATTACH = found("wrong-network", do("attach", when=Stage.PLACES), part="network")


def test_what_passes_with_its_cause_is_a_symptom_and_done_only_if_it_stays() -> None:
    made = plan([unhealthy(), ATTACH], ANY)
    assert done(made) == [("attach", "cache")]
    assert [f.symptom for f in made.findings] == [True, False]
    assert made.later == (Later("web", "restart", "restart it", RESTART),)
    assert plan([unhealthy(), ATTACH], Policy(cap=NONE)).later == ()


def test_without_a_cause_it_is_one() -> None:
    assert done(plan([unhealthy()], ANY)) == [("restart", "web")]
    refused = replace(ATTACH, resolution=REFUSED)
    assert done(plan([unhealthy(), refused], ANY)) == [("restart", "web")]


def test_what_does_not_pass_by_itself_is_done_as_well() -> None:
    stopped = found("api-stopped", do("start", when=Stage.CLIENTS), "web", "api")
    assert done(plan([stopped, ATTACH], ANY)) == [("attach", "cache"), ("start", "web")]


# What comes after


def test_what_may_follow_is_announced_where_something_is_done() -> None:
    sidecar, client = (
        Later("exporter", "restart", "restart it", RESTART),
        Later("web", "restart", "restart it", RESTART),
    )
    recreate = replace(step_remedy(Step.RECREATE, "recreate it"), then=(sidecar,))
    made = plan([found("config-differs", recreate)], ANY, later=[client])
    assert {later.thing for later in made.later} == {"exporter", "web"}
    (step,) = plan([found("unhealthy", do("restart", RESTART), "web")], ANY).steps
    assert made.allows(step)
    assert not made.allows(replace(step, thing="db"))
    (more,) = plan([found("unhealthy", do("recreate", RECREATE), "web")], ANY).steps
    assert not made.allows(more)
    assert plan([found("config-differs", REFUSED)], ANY, later=[client]).later == ()


def test_what_is_announced_is_that_and_nothing_else() -> None:
    attach = Later("cache", "attach", "attach it again", RECONNECT)
    create = found("network-missing", do("create", when=Stage.NETWORKS), "back", "network")
    made = plan([create], ANY, later=[attach])
    (again,) = plan([found("wrong-network", do("attach", RECONNECT))], ANY).steps
    (load,) = plan([found("acl-differs", do("load", RECONNECT))], ANY).steps
    assert (made.allows(again), made.allows(load)) == (True, False)


def test_what_was_shown_is_done_for_the_reasons_that_were_shown() -> None:
    def recreate(evidence: str, disruption: Disruption = RECREATE) -> Plan:
        remedy = do("recreate", disruption)
        return plan([replace(found("config-differs", remedy), evidence=evidence)], ANY)

    shown = recreate("3 s ago: command")
    for other, same in (
        (recreate("14 s ago: command"), True),
        (recreate("3 s ago: command, user"), False),
    ):
        assert shown.shows(other.steps[0]) is same
        assert shown.allows(other.steps[0])
    assert not recreate("command", RESTART).allows(recreate("command").steps[0])


def test_a_client_that_is_restarted_anyway_is_not_restarted_again() -> None:
    client = Later("web", "restart", "restart it", RESTART)
    start = found("api-stopped", do("start", when=Stage.CLIENTS), "web", "api")
    assert plan([start, ATTACH], ANY, later=[client]).later == ()


def test_a_client_that_is_only_attached_may_need_a_restart_yet() -> None:
    client = Later("web", "restart", "restart it", RESTART)
    attach = found("no-network", do("attach", when=Stage.PLACES), "web", "network")
    assert plan([attach], ANY, later=[client]).later == (client,)


def test_who_has_another_scope_announces_it_too() -> None:
    client = Later("web", "restart", "restart it", RESTART)
    made = plan([ATTACH], ANY, Scope(frozenset({"api"})), [client])
    assert (made.steps, made.later) == ((), (client,))


def test_of_a_stage_those_come_last_that_nobody_needs() -> None:
    """By their names it would be the other way round."""

    def restart(thing: str, *needs: str) -> Finding[Any]:
        remedy = do("restart", RESTART, when=Stage.CLIENTS)
        return found("odd", replace(remedy, needs=frozenset(needs)), thing)

    made = plan([restart("api", "worker", "db"), restart("worker", "ws"), restart("ws")], ANY)
    assert done(made) == [("restart", "ws"), ("restart", "worker"), ("restart", "api")]
    made = plan([restart("a", "b"), restart("b", "a"), restart("c", "c", "b")], ANY)
    assert done(made) == [("restart", "a"), ("restart", "b"), ("restart", "c")]


def test_a_reason_stays_the_same_while_time_passes() -> None:
    def step(evidence: str) -> Any:
        remedy = do("restart", RESTART)
        return plan([replace(found("odd", remedy), evidence=evidence)], ANY).steps[0]

    assert step("it runs for 599 s").reasons == step("it runs for 10 min").reasons
    assert step("it has 2 hats").reasons != step("it has 2 mints").reasons
    assert step("shop-web-2 exited 3 times").reasons == step("shop-web-2 exited 4 times").reasons
    assert step("at 2026-11-27 23:10").reasons == step("at 2026-11-28 00:12").reasons
    for one, other in (("shop-web-2 is down", "shop-web-3 is down"), ("a_b_1", "a_b_2")):
        assert step(one).reasons != step(other).reasons


def some(*ids: str) -> Finding[Any]:
    """A start of some of a service's containers; of all where none is named."""
    return found("redis-stopped", do("start", ids=frozenset(ids)))


@pytest.mark.parametrize(
    ("shown", "then", "same"),
    [
        (("b",), ("b",), True),
        (("b", "c"), ("b",), True),
        (("b",), ("c",), False),
        (("b",), ("b", "c"), False),
        (("b",), (), False),
        ((), ("b",), True),
    ],
)
def test_what_was_shown_is_done_to_the_containers_that_were_shown(
    shown: tuple[str, ...], then: tuple[str, ...], same: bool
) -> None:
    made = plan([some(*shown)], ANY)
    (step,) = plan([some(*then)], ANY).steps
    assert (made.allows(step), made.shows(step)) == (same, same)
    create = found("network-missing", do("create", when=Stage.NETWORKS), "back", "network")
    needing = replace(some(*shown), resolution=replace(some(*shown).resolution, needs={"back"}))
    ahead = plan([create, needing], ANY)
    assert [later.verb for later in ahead.later] == ["start"]
    assert ahead.announced(step) is same


def test_what_may_be_done_to_all_is_not_announced_of_some_as_well() -> None:
    every = Later("cache", "start", "start all", NONE)
    one = Later("cache", "start", "start b", NONE, frozenset({"b"}))
    other = Later("cache", "start", "start c", NONE, frozenset({"c"}))
    assert plan([ATTACH], ANY, later=[one, every]).later == (every,)
    made = plan([ATTACH], ANY, later=[one, other])
    assert made.later == (one, other)
    (both,) = plan([some("b", "c")], ANY).steps
    assert made.announced(both)
