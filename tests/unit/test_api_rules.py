"""Whether the API has to be restarted, and why it is not where that would not help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mounts
import pytest
from looks import (
    attached,
    container,
    endpoint,
    joined,
    locked_out,
    silent,
    stack,
    unhealthy,
    with_container,
    with_declared,
    with_endpoint,
    with_info,
    with_redis,
    without,
    without_file,
)
from mounts import KEY_INSIDE, unmounted
from verdicts import Drift, actions, assert_judged, of_clients, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.resolution import Remedy, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.clients.rules import api as rules
from pyinfra_runbooks.packs.clients.rules import refusing
from pyinfra_runbooks.packs.clients.rules.api import Step
from pyinfra_runbooks.settings import Api, HttpCheck, Redis, RedisUser, Stack

NONE, _, RESTART, RECREATE = Disruption


def apart(look: Look) -> Look:
    """Redis is on no network of the API."""
    return attached(look, "cache", {"shop_test": endpoint("cache", network="shop_test")})


DRIFT: Drift = {
    "stopped": (
        lambda look: with_container(look, "web", status="exited", exit_code=1),
        [("api-stopped", NONE)],
        Step.START,
    ),
    "created only": (
        lambda look: with_container(look, "web", status="created"),
        [("api-stopped", NONE)],
        Step.START,
    ),
    "paused": (
        lambda look: with_container(look, "web", status="paused"),
        [("api-stopped", NONE)],
        Step.START,
    ),
    "in a restart loop": (
        lambda look: unhealthy(with_container(look, "web", status="restarting", restarts=9)),
        [("api-restart-loop", NONE)],
        Step.RESTART,
    ),
    "dead": (
        lambda look: with_container(look, "web", status="dead"),
        [("api-state", "Refusal")],
        None,
    ),
    "removed": (lambda look: without(look, "web"), [("api-removed", NONE)], Step.RECREATE),
    **{
        name: (change, [("api-not-mounted", RECREATE)], Step.RECREATE)
        for name, change in mounts.of("web", mounts.NOT_MOUNTED).items()
    },
    **{
        name: (change, [("api-stale", RESTART)], Step.RESTART)
        for name, change in mounts.of("web", mounts.STALE).items()
    },
    "unhealthy while Redis is healthy": (unhealthy, [("api-unhealthy", RESTART)], Step.RESTART),
    "unhealthy, and stopped besides": (
        lambda look: unhealthy(with_container(look, "web", status="exited")),
        [("api-stopped", NONE)],
        Step.START,
    ),
    "unhealthy while its database is stopped": (
        lambda look: with_declared(
            with_container(unhealthy(look), "db", status="exited"), "web", uses=frozenset({"db"})
        ),
        [("api-lacks", "Symptom")],
        None,
    ),
    "unhealthy while Redis can't be asked": (
        lambda look: silent(unhealthy(look)),
        [("api-unhealthy", "Symptom")],
        None,
    ),
    "unhealthy while Redis refuses its password": (
        lambda look: with_redis(unhealthy(look), logins={"clerk": False}),
        [("api-unhealthy", "Symptom")],
        None,
    ),
    "unhealthy while Redis lets nobody in": (
        lambda look: locked_out(unhealthy(look)),
        [("api-unhealthy", "Symptom")],
        None,
    ),
    "unhealthy while Redis is elsewhere": (
        lambda look: apart(unhealthy(look)),
        [("api-unhealthy", "Symptom")],
        None,
    ),
    "unhealthy while Redis is gone": (
        lambda look: without(unhealthy(look), "cache"),
        [("api-unhealthy", "Symptom")],
        None,
    ),
    "unhealthy, and its password is gone": (
        lambda look: without_file(unhealthy(look), "/srv/shop/keys/cache.txt"),
        [("api-unhealthy", "Symptom")],
        None,
    ),
}


@pytest.mark.parametrize(("change", "expected", "step"), DRIFT.values(), ids=DRIFT)
def test_drift(
    look: Look,
    stack: Stack,
    change: Callable[[Look], Look],
    expected: list[tuple[str, object]],
    step: Step | None,
) -> None:
    assert_judged(list(of_clients(change(look), stack)), expected, step, "web", KEY_INSIDE)


FINE: dict[str, Callable[[Look], Look]] = {
    "as declared": lambda look: look,
    "healthy while Redis is not": silent,
    "its container can't be looked into": lambda look: replace(
        look, insides={**look.insides, "web": Unknown("no shell")}
    ),
    "nobody had to look into its container": lambda look: replace(look, insides={}),
    **mounts.of("web", mounts.FINE),
    "only what passes through the proxy fails": lambda look: replace(
        look, answers={n: a for n, a in look.answers.items() if n < 2}
    ),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_fine(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert verdicts(of_clients(change(look), stack)) == []


def test_an_undeclared_service_is_refused(look: Look) -> None:
    elsewhere = stack(api=Api("backend"), services=())
    assert verdicts(of_clients(look, elsewhere)) == [("api-undeclared", "Refusal")]


def test_every_replica_is_judged(look: Look, stack: Stack) -> None:
    (web,) = look.members("web")
    second = container("web", "shop-web-2", web.networks, status="exited")
    assert actions(of_clients(joined(look, second), stack)) == [Step.START]


def refuses(look: Look, stack: Stack) -> str | None:
    """Why the cache does not serve the web."""
    return refusing.refuses(look, stack, stack.clients[0], stack.servers[0])


def test_its_own_checks_are_those_that_ask_it_directly(look: Look, stack: Stack) -> None:
    assert rules.own_checks(look, stack, "web") == stack.health[:2]
    through_proxy = replace(stack, health=stack.health[2:])
    assert rules.own_checks(replace(look, answers={}), through_proxy, "web") == stack.health[2:]
    assert verdicts(of_clients(unhealthy(look), replace(stack, health=()))) == []


def test_it_is_the_apis_own_user_that_counts(look: Look, stack: Stack) -> None:
    (clerk,) = stack.servers[0].users
    gauge = RedisUser("gauge", rules="+info", password=clerk.password)
    redis = Redis(service="cache", users=(clerk, gauge))
    sick = with_redis(unhealthy(look), logins={"clerk": True, "gauge": False})
    as_clerk = replace(stack, components=(redis, Api("web", redis_user="clerk")))
    as_gauge = replace(stack, components=(redis, Api("web", redis_user="gauge")))
    assert actions(of_clients(sick, as_clerk)) == [Step.RESTART]
    assert actions(of_clients(sick, as_gauge)) == []
    assert "gauge" in (refuses(sick, as_gauge) or "")


RECOVERY: dict[str, tuple[Callable[[Look], Look], bool]] = {
    "healthy": (lambda look: look, False),
    "unhealthy": (unhealthy, True),
    "unhealthy while Redis refuses it": (lambda look: locked_out(unhealthy(look)), False),
    "unhealthy while Redis is elsewhere": (lambda look: apart(unhealthy(look)), False),
    "unhealthy while Redis can't save": (
        lambda look: with_info(unhealthy(look), rdb_last_bgsave_status="err"),
        False,
    ),
    "stopped": (lambda look: unhealthy(with_container(look, "web", status="exited")), False),
    "without a mount": (lambda look: unhealthy(unmounted(look, "web")), False),
}


@pytest.mark.parametrize(("change", "expected"), RECOVERY.values(), ids=RECOVERY)
def test_it_gets_time_to_recover_where_nothing_else_is_to_be_done(
    look: Look, stack: Stack, change: Callable[[Look], Look], expected: bool
) -> None:
    planned = verification.planned(change(look), stack)
    waits = [step.patience for step in planned.steps if step.thing == "web"]
    assert (waits == [stack.timeouts.recover]) is expected


def test_redis_serves_it_where_both_are_on_their_networks(look: Look, stack: Stack) -> None:
    assert refuses(look, stack) is None
    front_only = attached(look, "web", {"shop_front": endpoint("web", network="shop_front")})
    assert refuses(front_only, stack) is not None
    nameless = with_endpoint(look, "cache", names=frozenset({"shop-cache-1"}))
    assert refuses(nameless, stack) is not None
    stopped = with_container(look, "cache", status="exited")
    assert refuses(stopped, stack) is not None


def test_redis_does_not_serve_it_while_it_loads_its_data(look: Look, stack: Stack) -> None:
    """It lets everybody log in meanwhile, and does nothing for them: a restart would not help."""
    loading = with_info(look, loading="1", loading_eta_seconds="40")
    assert "still loading its data: ? % so far, 40 s left" in str(refuses(loading, stack))


@pytest.mark.parametrize("says", [{"loading": "1"}, {"rdb_last_bgsave_status": "err"}])
def test_in_a_restart_loop_it_waits_for_its_redis(
    look: Look, stack: Stack, says: dict[str, str]
) -> None:
    """A restart helps only once Redis serves it: that is announced, and not done before."""
    looping = with_container(look, "web", status="restarting", restarts=9)
    (finding,) = of_clients(with_info(looping, **says), stack)
    assert isinstance(finding.resolution, Symptom)
    assert [later.thing for later in finding.resolution.then] == ["web"]
    assert "cache" in finding.evidence
    (served,) = of_clients(looping, stack)
    assert isinstance(served.resolution, Remedy)


def test_a_check_of_a_service_without_a_container_fails(look: Look) -> None:
    checks: Any = (HttpCheck("http://web:8000/health", expect={"status": "ok"}),)
    unanswered = replace(look, answers={})
    assert actions(of_clients(unanswered, stack(health=checks))) == [Step.RESTART]


def test_a_mount_is_judged_by_what_compose_declares(look: Look, stack: Stack) -> None:
    assert (
        verdicts(of_clients(with_declared(unmounted(look, "web"), "web", mounts=()), stack)) == []
    )
