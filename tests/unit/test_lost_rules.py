"""Which clients are restarted, as they have lost their Redis and do not come back by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from connecting import DEAF, JOBS, LONG_AGO, NOW, OWN, QUICK, WAITING, busy, remembering, shop
from looks import endpoint, with_container, with_declared, with_info, with_reply
from looks import stack as declared

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.plan import plan
from pyinfra_runbooks.core.resolution import Later, Note, Refusal, Remedy, Symptom
from pyinfra_runbooks.engine.last_words import LAST_WORDS, What, Words
from pyinfra_runbooks.engine.look import Before, Look
from pyinfra_runbooks.engine.own_checks import OwnCheck
from pyinfra_runbooks.engine.reach import Answer, Reach, Way
from pyinfra_runbooks.engine.remembered import Used
from pyinfra_runbooks.engine.rules.connected import before, connected
from pyinfra_runbooks.operations.executing import change_of
from pyinfra_runbooks.packs import findings as all_packs
from pyinfra_runbooks.packs.checks.sentence import asked
from pyinfra_runbooks.packs.clients.rules import connections, lost
from pyinfra_runbooks.packs.clients.rules.api import API_UNHEALTHY
from pyinfra_runbooks.packs.clients.rules.api import Step as Clients
from pyinfra_runbooks.packs.redis.connections import Connections
from pyinfra_runbooks.settings import Redis, Stack, Timeouts, run_policy

DEAF_KIND, GONE = "client-takes-nothing", "client-not-connected"
WORKER, USUAL = Used("t", lively=True), Used("ccc", lasting=True, lively=True)
NEW = replace(DEAF, oldest=1)


def found(look: Look, stack: Stack | None = None) -> list[Finding[Any]]:
    return list(connections.findings(look, stack or shop()))


def verdicts(look: Look, stack: Stack | None = None) -> list[tuple[str, str, str]]:
    return [(str(f.kind), f.subject, f.resolution.type) for f in found(look, stack)]


def changed(look: Look, *were: Connections, ago: float = 8) -> Look:
    """The same, where this run changed something since these were connected."""
    then = before(replace(busy(*were), at=NOW - ago), shop())
    return replace(look, before=then)


def started(look: Look, service: str, ago: float) -> Look:
    return with_container(look, service, started=LONG_AGO + timedelta(days=1, seconds=-ago))


def answer(look: Look, stack: Stack | None = None) -> Any:
    (finding,) = found(look, stack)
    return finding.resolution


# What is restarted


@pytest.mark.parametrize(
    "look",
    [
        remembering(busy(QUICK, DEAF), jobs=WORKER),
        changed(busy(QUICK, NEW), QUICK, WAITING),
        changed(with_info(busy(QUICK, NEW), uptime_in_seconds="2"), QUICK, WAITING),
        remembering(changed(busy(QUICK, NEW)), jobs=WORKER),
    ],
)
def test_a_worker_that_takes_nothing(look: Look) -> None:
    assert verdicts(look) == [(DEAF_KIND, "jobs", "remedy")]
    assert lost.missing(found(look)) == {"jobs"}


@pytest.mark.parametrize(
    "look",
    [
        changed(busy(QUICK), QUICK, WAITING),
        changed(with_info(busy(QUICK), uptime_in_seconds="2"), QUICK, WAITING),
        remembering(changed(started(busy(QUICK), "jobs", 3), QUICK), jobs=WORKER),
        changed(busy(QUICK), QUICK, replace(WAITING, local="172.30.0.66")),
        remembering(changed(busy(QUICK)), jobs=USUAL),
    ],
)
def test_after_a_change_who_was_connected_has_to_be_so_again(look: Look) -> None:
    assert verdicts(look) == [(GONE, "jobs", "remedy")]
    assert lost.missing(found(look)) == {"jobs"}


@pytest.mark.parametrize(
    "look",
    [
        changed(busy(QUICK, WAITING), QUICK, WAITING),
        # One that has just connected, and said something else: it may be about to wait.
        changed(busy(QUICK, replace(NEW, commands=frozenset({"hset"}))), QUICK, WAITING),
        # Its connection outlived the repair.
        changed(busy(QUICK, replace(DEAF, oldest=80_000)), QUICK, WAITING),
        changed(busy(), replace(QUICK, silent=900)),  # It connects when it has to.
        remembering(changed(busy()), web=Used("ccc", lasting=True)),
        changed(busy(QUICK), QUICK),
    ],
)
def test_who_came_back_or_need_not_is_not_restarted(look: Look) -> None:
    assert lost.missing(found(look)) == frozenset()
    assert [f for f in found(look) if f.drift] == []


def test_without_memory_the_look_before_the_change_is_named() -> None:
    (finding,) = found(changed(busy(QUICK), QUICK, WAITING))
    assert finding.evidence.endswith("it had one at the look before this run changed anything")


def test_after_a_change_it_gets_its_time() -> None:
    look = changed(busy(QUICK), QUICK, WAITING)
    stack = shop(timeouts=Timeouts(reconnect=9))
    remedy = answer(look, stack)
    assert remedy.patience == 9
    assert remedy.does == "restart it, if it does not come back by itself within 9 s"
    assert answer(remembering(busy(QUICK, DEAF), jobs=WORKER)).patience == 0


def test_what_docker_last_said_may_be_older_than_the_repair() -> None:
    """It is asked once more before one is restarted that merely may have to be connected."""
    resting = replace(QUICK, address=JOBS, silent=900)
    look = with_container(busy(QUICK), "jobs", health="unhealthy")
    (worker,) = look.members("jobs")
    for interval, patience in ((5, 45), (30, 65), (300, None)):
        own = {worker.id: OwnCheck(interval=interval)}
        known = replace(look, found=replace(look.found, own_checks=own))
        (finding,) = found(changed(known, QUICK, resting))
        assert getattr(finding.resolution, "patience", None) == patience
        (finding,) = found(remembering(known, jobs=Used("ccc", lasting=True)))
        assert isinstance(finding.resolution, Remedy), "without a change it is older than that"
        assert finding.resolution.patience == 0


# What is not


def test_one_that_says_what_does_something_may_be_at_work_and_is_noted() -> None:
    """Redis was started while it worked; what it says since does something."""
    at_work = replace(DEAF, commands=frozenset({"hset"}))
    look = busy(QUICK, at_work, uptime_in_seconds="200", cmdstat_brpop="")
    (finding,) = found(remembering(look, jobs=WORKER))
    assert isinstance(finding.resolution, Note)
    assert "it may be at work" in finding.evidence
    assert not finding.breaks_health


BUSY = replace(WAITING, blocked=0)
"""Its last word was that it waits, and it got something."""


@pytest.mark.parametrize(
    "look",
    [
        changed(busy(QUICK), QUICK, BUSY),
        changed(busy(QUICK), QUICK, replace(WAITING, count=4, taking=4, blocked=3)),
        changed(busy(QUICK, NEW), QUICK, BUSY),
        remembering(changed(busy(QUICK), QUICK), jobs=WORKER),
        remembering(busy(QUICK, uptime_in_seconds="90"), jobs=WORKER),
    ],
)
def test_one_that_was_not_seen_to_wait_may_connect_once_its_job_is_done(look: Look) -> None:
    refusal = answer(look)
    assert isinstance(refusal, Refusal)
    assert "it may be at work" in refusal.because
    assert refusal.instead.endswith("then: docker restart shop-jobs-1")
    assert lost.missing(found(look)) == {"jobs"}, "it is given its time"
    assert lost.given_up(found(look)) == frozenset()


def test_of_several_only_those_are_restarted_that_were_not_at_work() -> None:
    look = of_two(busy(), BUSY, BOTH[1])
    (finding,) = (f for f in found(look) if f.kind.id == GONE)
    (second,) = (c for c in look.members("jobs") if c.name == "shop-jobs-2")
    assert isinstance(finding.resolution, Remedy)
    assert finding.resolution.action == lost.Restart(frozenset({second.id}))


def test_one_that_was_started_since_and_never_connected_looks_elsewhere() -> None:
    refusal = answer(remembering(started(busy(QUICK), "jobs", 100), jobs=WORKER, ago=200))
    assert isinstance(refusal, Refusal)
    assert "most likely it looks elsewhere" in refusal.because
    known = remembering(started(busy(QUICK), "jobs", 300), jobs=USUAL, ago=200)
    assert isinstance(answer(known), Remedy)
    # After a repair, too; unless it was this run that started it: then it has its time.
    for age, expected in ((100, Refusal), (300, Remedy), (3, Remedy)):
        look = remembering(started(busy(QUICK), "jobs", age), jobs=USUAL, ago=200)
        known = changed(look, QUICK)
        assert known.before
        gone = frozenset({"jobs"} if expected is Refusal else ())
        known = replace(known, before=replace(known.before, given_up=gone))
        assert isinstance(answer(known), expected)


def test_whom_no_restart_would_bring_back_is_known_after_a_change() -> None:
    look = remembering(started(busy(QUICK), "jobs", 100), jobs=WORKER, ago=200)
    assert all_packs.before(look, shop()).given_up == {"jobs"}
    look = remembering(busy(QUICK), jobs=WORKER)
    assert all_packs.before(look, shop()).given_up == frozenset()


def test_nobody_is_restarted_who_is_kept_from_redis() -> None:
    """What keeps it is a finding of its own."""
    look = remembering(busy(QUICK), jobs=WORKER)
    way = Reach("cache", 6379, Answer.FOUND, addresses=(OWN,), ways={OWN: Way.DROPPED})
    look = replace(look, reaches={("shop-jobs-1", "cache"): way})
    assert isinstance(answer(look), Symptom)
    plan = all_packs.planned(look, shop())
    assert plan.steps == ()
    assert [str(f.kind) for f in plan.findings if f.cause] == ["packets-dropped"]


def test_what_is_no_client_is_not_restarted_as_one() -> None:
    look = remembering(busy(QUICK, DEAF), jobs=WORKER)
    refusal = answer(with_declared(look, "jobs", job=True))
    assert isinstance(refusal, Refusal)
    assert "it is a job" in refusal.because
    servers = (*shop().components, Redis("jobs"))
    refusal = next(f for f in found(look, shop(components=servers)) if f.subject == "jobs")
    assert "it is a server itself" in str(refusal.resolution)


def test_one_that_shares_its_address_may_be_the_other() -> None:
    look = busy(QUICK)
    (worker,) = look.members("jobs")
    look = with_container(look, "db", network_mode=f"container:{worker.id}", networks={})
    look = with_declared(look, "db", network_mode="service:jobs", networks={})
    for finding in found(remembering(look, jobs=WORKER, db=WORKER)):
        assert isinstance(finding.resolution, Refusal)
        assert "shares its address with" in finding.resolution.because


# By whom


def test_a_job_restarts_whom_the_inventory_names_or_its_own_repair_cut_off() -> None:
    standing = remembering(busy(QUICK, DEAF), jobs=WORKER)
    own = changed(busy(QUICK, NEW), QUICK, WAITING)
    unnamed = declared(services=("cache", "web", "db"))
    job = {"unattended": "true"}
    for look, stack, steps in (
        (standing, shop(), 1),
        (standing, unnamed, 0),
        (own, unnamed, 1),
    ):
        plan = all_packs.planned(look, stack, run_policy(stack, job))
        assert len(plan.steps) == steps
    plan = all_packs.planned(standing, unnamed)
    assert [(step.task.verb, step.thing) for step in plan.steps] == [("restart", "jobs")]


def test_a_directory_alone_does_not_permit_it() -> None:
    stack = replace(shop(max_disruption=None), components=(shop().servers[0],))
    bare = Stack("/srv/shop")
    look = replace(
        remembering(busy(QUICK, DEAF), jobs=WORKER),
        completed=replace(bare, components=stack.components, found=frozenset({"cache"})),
    )
    (finding,) = (f for f in all_packs.everything(look, bare) if f.kind.id == DEAF_KIND)
    assert isinstance(finding.resolution, Refusal)
    assert finding.resolution.instead.endswith("--data max_disruption=restart")
    allowed = all_packs.planned(look, bare, run_policy(bare, {"max_disruption": "restart"}))
    assert [(step.task.verb, step.thing) for step in allowed.steps] == [("restart", "jobs")]


# Whom the plan names beforehand


def announced(look: Look) -> list[str]:
    return [later.thing for later in lost.later(look, shop())]


def test_it_is_said_beforehand_who_may_have_to_be_restarted() -> None:
    assert announced(busy(QUICK, WAITING)) == ["jobs"]
    assert announced(remembering(busy(), jobs=WORKER, db=USUAL)) == ["db", "jobs"]
    (later,) = lost.later(busy(WAITING), shop())
    assert isinstance(later, Later)
    assert later.does == ("restart it, if it does not come back to cache by itself within 40 s")


def test_nobody_is_named_for_a_variable_or_for_a_connection_that_rests() -> None:
    assert announced(busy(QUICK, replace(DEAF, commands=frozenset({"get"})))) == []
    assert announced(remembering(busy(), jobs=Used("cc", lasting=True))) == []
    assert announced(with_container(busy(WAITING), "jobs", status="exited")) == []


# What was before


def test_where_no_connection_says_where_it_goes_nobody_was_there_before() -> None:
    """Redis says so since 6.2: else all would be missing after any change."""
    old = [replace(one, local="other") for one in (QUICK, WAITING)]
    look = changed(busy(*old), *old)
    assert look.before
    assert look.before.clients == {}
    assert lost.missing(found(look)) == frozenset()
    assert {str(f.kind) for f in found(look)} == {"clients-unseen"}


def test_connections_to_an_address_that_was_lost_count() -> None:
    stale = replace(WAITING, local="172.30.0.66")
    known = before(busy(QUICK, stale), shop())
    assert {*known.clients["cache"]} == {"web", "jobs"}
    assert known.at == NOW
    assert isinstance(known, Before)


@pytest.mark.parametrize("ago", [60, 3600])
def test_a_connection_that_is_older_than_who_has_its_address_is_anothers(ago: int) -> None:
    """Clients were started without their Redis, and have each other's addresses."""
    dead = replace(WAITING, newest=80_000)
    look = started(busy(QUICK, dead), "jobs", ago)
    assert {*before(look, shop()).clients["cache"]} == {"web"}
    assert announced(look) == []
    assert {*connected(look, shop().servers[0])} == {"web", "jobs"}  # type: ignore[misc]
    both = started(busy(QUICK, replace(dead, newest=1, count=2)), "jobs", ago)
    known = before(both, shop()).clients["cache"]["jobs"]
    assert (known.taking, known.blocked) == (0, 0)


# What the proof says


def test_the_proof_says_who_waits_on_a_queue_and_who_is_connected() -> None:
    said = asked(busy(QUICK, replace(WAITING, count=2)), shop())
    assert "jobs waits on a queue of cache (1 of 2 connections), web is connected to cache" in said
    assert "waits" not in asked(busy(QUICK, DEAF), shop())


# One of several


SECOND = "172.30.0.6"


def scaled(look: Look) -> Look:
    """Two containers of the worker."""
    (one,) = look.members("jobs")
    place = endpoint("jobs", "shop-jobs-2", address=SECOND)
    two = replace(one, id="2" * 64, name="shop-jobs-2", networks={"shop_back": place})
    return replace(look, containers=(*look.containers, two))


def of_two(now: Look, *were: Connections) -> Look:
    known = before(scaled(replace(busy(*were), at=NOW - 8)), shop())
    return replace(scaled(now), before=known) if were else scaled(now)


BOTH = WAITING, replace(WAITING, address=SECOND)


@pytest.mark.parametrize(
    ("look", "kind", "names"),
    [
        (of_two(busy(BOTH[0], replace(NEW, address=SECOND)), *BOTH), DEAF_KIND, ["shop-jobs-2"]),
        (of_two(busy(BOTH[1]), *BOTH), GONE, ["shop-jobs-1"]),
        (of_two(busy(), *BOTH), GONE, ["shop-jobs-1", "shop-jobs-2"]),
        (
            remembering(of_two(busy(BOTH[0], replace(DEAF, address=SECOND))), jobs=WORKER),
            DEAF_KIND,
            ["shop-jobs-2"],
        ),
    ],
)
def test_of_several_only_those_are_restarted_that_lost_it(
    look: Look, kind: str, names: list[str]
) -> None:
    (finding,) = (f for f in found(look) if f.kind.id == kind)
    assert isinstance(finding.resolution, Remedy)
    ids = {c.id for c in look.members("jobs") if c.name in names}
    assert finding.resolution.action == lost.Restart(frozenset(ids))
    (step,) = all_packs.planned(look, shop()).steps
    script = change_of(step, look, shop(), run_policy(shop())).script
    (line,) = (line for line in script.splitlines() if line.startswith("set -- "))
    assert {*line.removeprefix("set -- ").split()} == ids


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_redis_each_may_be_lost_by_another_container(turned: bool) -> None:
    """They are one step, which restarts both."""
    look = of_two(busy(BOTH[1]), *BOTH)
    (gone,) = (f for f in found(look) if f.kind.id == GONE)
    assert isinstance(gone.resolution, Remedy)
    second = lost.Restart(frozenset({"2" * 64}))
    other = replace(gone, problem="zzz" if turned else "aaa")
    other = replace(other, resolution=replace(gone.resolution, action=second))
    (step,) = plan([gone, other], run_policy(shop())).steps
    assert step.task == lost.Restart(frozenset({c.id for c in look.members("jobs")}))
    whole = replace(
        gone, kind=API_UNHEALTHY, resolution=replace(gone.resolution, action=Clients.RESTART)
    )
    for both in ([gone, whole], [replace(whole, part="aa"), gone]):
        (step,) = plan(both, run_policy(shop())).steps
        assert step.task is Clients.RESTART


def test_of_several_nothing_is_known_of_each_by_what_is_remembered() -> None:
    assert found(remembering(of_two(busy(WAITING)), jobs=WORKER)) == []


# Who keeps restarting


def looping(look: Look, **words: str) -> Look:
    look = with_container(look, "jobs", status="restarting", restarts=7)
    (one,) = look.members("jobs")
    said = {one.id: Words(What.ELSEWHERE, words)} if words else {}
    return with_reply(look, LAST_WORDS, said)


@pytest.mark.parametrize(
    ("look", "restarts"),
    [
        (looping(busy(QUICK), host="cache"), True),
        (looping(busy(QUICK), host="db"), False),
        (looping(busy(QUICK), host="cache", error="login"), False),
        (looping(busy(QUICK)), False),
        (remembering(looping(busy(QUICK)), jobs=USUAL), True),
    ],
)
def test_who_keeps_restarting_without_its_redis_is_started_once_that_serves(
    look: Look, restarts: bool
) -> None:
    """As the engine does, which waits longer each time: nobody notices it."""
    assert found(look) == []
    assert {later.thing for later in lost.later(look, shop())} == ({"jobs"} if restarts else set())
    after = found(changed(look, QUICK))
    assert [f.thing for f in after] == ["jobs"] * restarts
    for finding in after:
        assert isinstance(finding.resolution, Remedy)
        assert finding.resolution.disruption is Disruption.NONE
        assert lost.missing(after) == {"jobs"}


def test_a_worker_that_keeps_restarting_may_come_up_deaf() -> None:
    look = remembering(looping(busy(QUICK), host="cache"), jobs=WORKER)
    plan = all_packs.planned(with_container(look, "cache", status="paused"), shop())
    (later,) = (later for later in plan.later if later.thing == "jobs")
    assert later.disruption is Disruption.RESTART
