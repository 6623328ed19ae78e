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
    stack,
    unwell,
    with_container,
    with_declared,
    with_endpoint,
    with_info,
    with_redis,
    without,
    without_file,
)
from mounts import unmounted
from verdicts import Drift, actions, assert_judged, verdicts

from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.rules import api as rules
from pyinfra_runbooks.rules.api import Step
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
        lambda look: unwell(with_container(look, "web", status="restarting", restarts=9)),
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
    "unwell while Redis is well": (unwell, [("api-unwell", RESTART)], Step.RESTART),
    "unwell, and stopped besides": (
        lambda look: unwell(with_container(look, "web", status="exited")),
        [("api-stopped", NONE)],
        Step.START,
    ),
    "unwell while Redis can't be asked": (
        lambda look: replace(unwell(look), redis=Unknown("no answer")),
        [("api-unwell", "Symptom")],
        None,
    ),
    "unwell while Redis refuses its password": (
        lambda look: with_redis(unwell(look), logins={"clerk": False}),
        [("api-unwell", "Symptom")],
        None,
    ),
    "unwell while Redis lets nobody in": (
        lambda look: locked_out(unwell(look)),
        [("api-unwell", "Symptom")],
        None,
    ),
    "unwell while Redis is elsewhere": (
        lambda look: apart(unwell(look)),
        [("api-unwell", "Symptom")],
        None,
    ),
    "unwell while Redis is gone": (
        lambda look: without(unwell(look), "cache"),
        [("api-unwell", "Symptom")],
        None,
    ),
    "unwell, and its password is gone": (
        lambda look: without_file(unwell(look), "/srv/shop/keys/cache.txt"),
        [("api-unwell", "Symptom")],
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
    assert_judged(list(rules.findings(change(look), stack)), expected, step)


FINE: dict[str, Callable[[Look], Look]] = {
    "as declared": lambda look: look,
    "well while Redis is not": lambda look: replace(look, redis=Unknown("no answer")),
    "its container can't be looked into": lambda look: replace(
        look, inside_api=Unknown("no shell")
    ),
    "nobody had to look into its container": lambda look: replace(look, inside_api=None),
    **mounts.of("web", mounts.FINE),
    "only what passes through the proxy fails": lambda look: replace(
        look, answers={n: a for n, a in look.answers.items() if n < 2}
    ),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_fine(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert verdicts(rules.findings(change(look), stack)) == []


def test_an_undeclared_service_is_refused(look: Look) -> None:
    elsewhere = stack(api=Api("backend"), services=())
    assert verdicts(rules.findings(look, elsewhere)) == [("api-undeclared", "Refusal")]


def test_every_replica_is_judged(look: Look, stack: Stack) -> None:
    (web,) = look.members("web")
    second = container("web", "shop-web-2", web.networks, status="exited")
    assert actions(rules.findings(joined(look, second), stack)) == [Step.START]


def test_its_own_checks_are_those_that_ask_it_directly(look: Look, stack: Stack) -> None:
    assert rules.own_checks(look, stack) == stack.health[:2]
    through_proxy = replace(stack, health=stack.health[2:])
    assert rules.own_checks(replace(look, answers={}), through_proxy) == stack.health[2:]
    assert verdicts(rules.findings(unwell(look), replace(stack, health=()))) == []


def test_it_is_the_apis_own_user_that_counts(look: Look, stack: Stack) -> None:
    (clerk,) = stack.redis.users
    gauge = RedisUser("gauge", rules="+info", password=clerk.password)
    redis = Redis(service="cache", users=(clerk, gauge))
    sick = with_redis(unwell(look), logins={"clerk": True, "gauge": False})
    as_clerk = replace(stack, redis=redis, api=Api("web", redis_user="clerk"))
    as_gauge = replace(stack, redis=redis, api=Api("web", redis_user="gauge"))
    assert actions(rules.findings(sick, as_clerk)) == [Step.RESTART]
    assert actions(rules.findings(sick, as_gauge)) == []
    assert "gauge" in (rules.refuses_api(sick, as_gauge) or "")


RECOVERY: dict[str, tuple[Callable[[Look], Look], bool]] = {
    "well": (lambda look: look, False),
    "unwell": (unwell, True),
    "unwell while Redis refuses it": (lambda look: locked_out(unwell(look)), False),
    "unwell while Redis is elsewhere": (lambda look: apart(unwell(look)), False),
    "unwell while Redis can't save": (
        lambda look: with_info(unwell(look), rdb_last_bgsave_status="err"),
        False,
    ),
    "stopped": (lambda look: unwell(with_container(look, "web", status="exited")), False),
    "without a mount": (lambda look: unwell(unmounted(look, "web")), False),
}


@pytest.mark.parametrize(("change", "expected"), RECOVERY.values(), ids=RECOVERY)
def test_may_recover(
    look: Look, stack: Stack, change: Callable[[Look], Look], expected: bool
) -> None:
    assert rules.may_recover(change(look), stack) is expected


def test_redis_serves_it_where_both_are_on_their_networks(look: Look, stack: Stack) -> None:
    assert rules.refuses_api(look, stack) is None
    front_only = attached(look, "web", {"shop_front": endpoint("web", network="shop_front")})
    assert rules.refuses_api(front_only, stack) is not None
    nameless = with_endpoint(look, "cache", names=frozenset({"shop-cache-1"}))
    assert rules.refuses_api(nameless, stack) is not None
    stopped = with_container(look, "cache", status="exited")
    assert rules.refuses_api(stopped, stack) is not None


def test_redis_does_not_serve_it_while_it_loads_its_data(look: Look, stack: Stack) -> None:
    """It lets everybody log in meanwhile, and does nothing for them: a restart would not help."""
    loading = with_info(look, loading="1", loading_eta_seconds="40")
    assert "still loading its data: ? % so far, 40 s left" in str(rules.refuses_api(loading, stack))


def test_a_check_of_a_service_without_a_container_fails(look: Look) -> None:
    checks: Any = (HttpCheck("http://web:8000/health", expect={"status": "ok"}),)
    unanswered = replace(look, answers={})
    assert actions(rules.findings(unanswered, stack(health=checks))) == [Step.RESTART]


def test_a_mount_is_judged_by_what_compose_declares(look: Look, stack: Stack) -> None:
    assert (
        verdicts(rules.findings(with_declared(unmounted(look, "web"), "web", mounts=()), stack))
        == []
    )
