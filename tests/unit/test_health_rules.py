"""What proves that a stack is healthy, and what is said where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    answering,
    attached,
    endpoint,
    joined,
    locked_out,
    ports_of,
    silent,
    stack,
    unhealthy,
    with_container,
    with_declared,
    with_info,
    with_redis,
    with_reply,
    without,
)
from verdicts import kinds, verdicts

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.compose import COMPLETED
from pyinfra_runbooks.engine.last_words import LAST_WORDS
from pyinfra_runbooks.engine.look import Answer, Look
from pyinfra_runbooks.engine.rules import checks
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.checks.probe import PORTS
from pyinfra_runbooks.packs.checks.rules import health
from pyinfra_runbooks.packs.redis.rules import health as redis
from pyinfra_runbooks.settings import HttpCheck, Redis, RedisUser, Stack


def findings(look: Look, stack: Stack) -> list[Finding[Any]]:
    """What health's rules find, and what Redis' own do."""
    of_servers = (f for server in stack.servers for f in redis.findings(look, stack, server))
    return [*health.findings(look, stack), *of_servers]


EXPECT = HttpCheck("http://web/health", expect={"status": "ok", "cache": {"up": True}})
TOKEN = HttpCheck("http://web/token", non_empty="data.token")
OTHER_STATUS = HttpCheck("http://web/health", expect={"status": "ok"}, status=204)


def test_a_healthy_stack_has_no_finding(look: Look, stack: Stack) -> None:
    assert findings(look, stack) == []
    assert verification.findings(look, stack) == []
    assert verification.everything(look, stack) == []


@pytest.mark.parametrize(
    ("check", "status", "body", "says"),
    [
        (EXPECT, 200, '{"status":"ok","cache":{"up":true}}', None),
        (EXPECT, 200, ' { "cache" : {"up":true} , "status" : "ok" } ', None),
        (EXPECT, 200, '{"status":"ok","cache":{"up":false}}', "expected"),
        (EXPECT, 200, '{"status":"ok"}', "expected"),
        (EXPECT, 200, '{"status":"ok","cache":{"up":true},"more":1}', "expected"),
        (EXPECT, 200, '["ok"]', "expected"),
        (EXPECT, 200, "", "expected JSON"),
        (EXPECT, 200, "(1234 bytes that are not JSON)", "expected JSON"),
        (EXPECT, 503, '{"status":"ok","cache":{"up":true}}', "503"),
        (EXPECT, 0, "Connection refused", "Connection refused"),
        (EXPECT, 0, "", "does not answer"),
        (OTHER_STATUS, 204, '{"status":"ok"}', None),
        (OTHER_STATUS, 200, '{"status":"ok"}', "expected 204"),
        (TOKEN, 200, '{"data":{"token":"(hidden)"}}', None),
        (TOKEN, 200, '{"data":{"token":""}}', "no data.token"),
        (TOKEN, 200, '{"data":{"token":null}}', "no data.token"),
        (TOKEN, 200, '{"data":{"token":7}}', "no data.token"),
        (TOKEN, 200, '{"data":"(hidden)"}', "no data.token"),
        (TOKEN, 200, '{"token":"(hidden)"}', "no data.token"),
        (TOKEN, 200, "[]", "no data.token"),
        (TOKEN, 200, "not JSON", "expected JSON"),
        (TOKEN, 403, '{"data":{"token":"(hidden)"}}', "403"),
    ],
)
def test_failure(check: HttpCheck, status: int, body: str, says: str | None) -> None:
    problem = checks.failure(check, Answer(status, 0.1, body))
    if says is None:
        assert problem is None
    else:
        assert problem is not None
        assert says in problem
        assert check.url in problem


def test_a_check_that_was_not_asked_has_failed() -> None:
    assert "was not tried" in (checks.failure(EXPECT, None) or "")


def test_an_answer_that_nests_too_deep_is_a_failure() -> None:
    assert checks.failure(EXPECT, Answer(200, 0.1, "[" * 60_000)) is not None


def test_failed_checks_are_those_asked_for(look: Look, stack: Stack) -> None:
    sick = unhealthy(look)
    assert len(checks.failed_checks(sick.answers, stack)) == 2
    assert len(checks.failed_checks(sick.answers, stack, stack.health[2:])) == 1
    assert checks.failed_checks(sick.answers, stack, stack.health[1:2]) == []
    assert checks.failed_checks(look.answers, stack) == []
    assert len(checks.failed_checks({}, stack)) == 3


TO_A_PERSON = {"not-running"}
SICK: dict[str, tuple[Callable[[Look], Look], list[str]]] = {
    "a check fails": (lambda look: answering(look, 1, '{"token":""}'), ["unhealthy"]),
    "a check was not asked": (lambda look: replace(look, answers={}), ["unhealthy"] * 3),
    "a service has no container": (lambda look: without(look, "db"), ["not-running"]),
    "a service is stopped": (
        lambda look: with_container(look, "db", status="exited"),
        ["not-running"],
    ),
    "a service is paused": (
        lambda look: with_container(look, "db", status="paused"),
        ["not-running"],
    ),
    "a service accepts no connection": (
        lambda look: with_reply(look, PORTS, {**ports_of(look), "db": {5432: False}}),
        ["refuses"],
    ),
    "Redis can't save": (
        lambda look: with_info(look, rdb_last_bgsave_status="err"),
        ["save-failed"],
    ),
    "Redis loads its data": (lambda look: with_info(look, loading="1"), ["loading"]),
    "Redis lets nobody in": (locked_out, ["refuses-user"]),
    "a login could not be tried": (lambda look: with_redis(look, logins={}), ["refuses-user"]),
    "Redis admits unauthenticated clients": (lambda look: with_redis(look, open=True), ["open"]),
}


@pytest.mark.parametrize(("change", "expected"), SICK.values(), ids=SICK)
def test_sick(
    look: Look, stack: Stack, change: Callable[[Look], Look], expected: list[str]
) -> None:
    found = findings(change(look), stack)
    answers = ["Refusal" if kind in TO_A_PERSON else "Symptom" for kind in expected]
    assert verdicts(found) == list(zip(expected, answers, strict=True))
    assert all(f.evidence and f.headline() and f.lines()[-1].strip() for f in found)
    assert set(expected) <= set(kinds(verification.findings(change(look), stack)))


NOT_ASKED: dict[str, Callable[[Look], Look]] = {
    "it runs": lambda look: look,
    "it is stopped": lambda look: with_container(look, "cache", status="exited"),
    "it has no container": lambda look: without(look, "cache"),
    "it has two": lambda look: joined(look, replace(look.members("cache")[0], id="f" * 64)),
}


@pytest.mark.parametrize("change", NOT_ASKED.values(), ids=NOT_ASKED)
def test_that_redis_cant_be_asked_is_one_finding(
    look: Look, stack: Stack, change: Callable[[Look], Look]
) -> None:
    """Where it runs, a person has to see to it; else it is a symptom of what keeps it from it."""
    found = verification.findings(change(silent(look)), stack)
    (unasked,) = [f for f in found if f.kind.id == "redis-silent"]
    assert unasked.cause is (change is NOT_ASKED["it runs"])
    assert any(f.cause for f in found)


def test_one_of_several_ports_does(look: Look, stack: Stack) -> None:
    ports = {**ports_of(look), "web": {2019: False, 8000: True}}
    assert kinds(findings(with_reply(look, PORTS, ports), stack)) == []


@pytest.mark.parametrize(
    ("said", "shown"), [(Unknown("in time"), True), (None, False)], ids=["unread", "nothing"]
)
def test_a_log_that_could_not_be_read_is_not_a_silent_one(
    look: Look, stack: Stack, said: Unknown | None, shown: bool
) -> None:
    down = with_container(look, "db", status="restarting", exit_code=1)
    seen = with_reply(down, LAST_WORDS, {down.members("db")[0].id: said})
    (finding,) = findings(seen, stack)
    assert ("its log could not be read" in finding.evidence) is shown


@pytest.mark.parametrize("service", ["db", "cache"])
def test_a_port_that_was_not_tried_is_no_proof(look: Look, stack: Stack, service: str) -> None:
    tried = {name: p for name, p in ports_of(look).items() if name != service}
    untried = with_reply(look, PORTS, tried)
    assert kinds(findings(untried, stack)) == ["refuses"]


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (("-s", "/run/redis.sock"), []),
        (("--tls", "-p", "6390", "--insecure"), []),
        (("-p", "6379", "-h", "172.30.0.9"), ["refuses"]),
        ((), ["refuses"]),
    ],
)
def test_a_redis_that_answers_elsewhere_need_not_open_the_port_of_its_image(
    look: Look, reach: tuple[str, ...], expected: list[str]
) -> None:
    silent = with_redis(with_reply(look, PORTS, {"cache": {6379: False}, "web": {8000: True}}))
    found = findings(with_redis(silent, reach=reach), stack(services=(), health=()))
    assert [f.kind.id for f in found if f.subject == "cache"] == expected


def test_a_service_that_exposes_no_port_has_nothing_to_prove(look: Look) -> None:
    declared = stack(services=("cache", "web", "db"))
    silent = with_reply(with_container(look, "db", ports=()), PORTS, {})
    assert "db" not in {f.subject for f in findings(silent, declared)}
    portless = with_container(look, "db", ports=())
    assert kinds(findings(portless, declared)) == []


def test_a_service_on_the_hosts_network_has_no_address_to_try(look: Look, stack: Stack) -> None:
    on_host = with_container(look, "db", networks={}, network_mode="host")
    tried = {name: p for name, p in ports_of(look).items() if name != "db"}
    untried = with_reply(on_host, PORTS, tried)
    assert kinds(findings(untried, stack)) == []


GONE: dict[str, tuple[Callable[[Look], Look], list[str]]] = {
    "it is started again": (lambda look: look, ["not-running"]),
    "through another one": (
        lambda look: with_declared(
            with_declared(look, "web", waits_for={"cache": "service_started"}),
            "cache",
            waits_for={"db": "service_started"},
        ),
        ["not-running"],
    ),
    "it may be a job": (
        lambda look: with_declared(look, "db", restart="", serves=False),
        [],
    ),
    "its end is waited for": (
        lambda look: with_declared(look, "web", waits_for={"db": COMPLETED}),
        [],
    ),
    "none of it is declared": (lambda look: with_declared(look, "db", none=True), []),
    "nobody waits for it": (lambda look: with_declared(look, "web", waits_for={}), []),
    "who waits for it does not run": (
        lambda look: with_container(look, "web", status="exited", exit_code=0),
        [],
    ),
}


@pytest.mark.parametrize(("change", "expected"), GONE.values(), ids=GONE)
def test_without_services_in_the_inventory_one_is_missed_by_who_was_started_after_it(
    look: Look, change: Callable[[Look], Look], expected: list[str]
) -> None:
    waits = with_declared(look, "web", waits_for={"db": "service_started"})
    gone = without(with_declared(waits, "db", restart="always", serves=True), "db")
    found = [f for f in findings(change(gone), stack(services=())) if f.subject == "db"]
    assert kinds(found) == expected
    assert all("needed by " in f.evidence and "web" in f.evidence for f in found)


def test_each_declared_user_has_to_get_in(look: Look, stack: Stack) -> None:
    (clerk,) = stack.servers[0].users
    gauge = RedisUser("gauge", rules="+info", password=clerk.password)
    both = replace(stack, components=(Redis("cache", users=(clerk, gauge)), *stack.clients))
    found = findings(look, both)
    assert kinds(found) == ["refuses-user"]
    assert "gauge" in found[0].problem


def test_without_services_in_the_inventory_all_of_compose_are_judged(look: Look) -> None:
    everything = stack(services=())
    stopped = with_container(look, "db", status="exited", exit_code=1)
    assert kinds(findings(stopped, everything)) == ["not-running"]
    # Nobody said that it has to be there: a profile may leave it out.
    assert kinds(findings(without(look, "db"), everything)) == []


def test_a_service_that_compose_does_not_declare(look: Look) -> None:
    found = findings(look, stack(services=("cache", "web", "db", "mail")))
    assert verdicts(found) == [("not-declared", "Symptom")]


def test_a_stack_on_an_extra_network_is_healthy_all_the_same(look: Look) -> None:
    (web,) = look.members("web")
    networks = {**web.networks, "shop_test": endpoint("web", network="shop_test")}
    extra = attached(look, "web", networks)
    for declared in (stack(), stack(extra_networks="detach")):
        assert verification.findings(extra, declared) == []
        assert "extra-network" in kinds(verification.everything(extra, declared))


def test_the_summary_names_what_was_proved(look: Look, stack: Stack) -> None:
    assert verification.summary(look, stack) == (
        "shop is healthy: 3 services run, cache answers PING as clerk (Redis 7.4.1, 6379),"
        " http://web:8000/health answered 200 as expected,"
        " http://web:8000/token answered 200 with token,"
        " https://shop.example/health answered 200 as expected, db (5432) accepts connections"
    )


def test_everything_is_capped(look: Look) -> None:
    stopped_short = with_redis(look, config={"aclfile": ""})
    capped = verification.everything(stopped_short, stack(max_disruption="none"))
    assert ("acl-not-configured", "Refusal") in verdicts(capped)
