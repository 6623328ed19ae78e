"""Which checks can't work: mistakes, which are reported as such and never repaired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import answering, healthy, stack, unhealthy, with_container
from verdicts import actions, kinds, of_clients, verdicts

from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.core.resolution import Refusal
from pyinfra_runbooks.engine.look import Answer, Look
from pyinfra_runbooks.engine.rules import checks
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.clients.rules import api
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.settings import HttpCheck, Service, Stack

JSON = {"status": "ok"}


def asked(
    url: str, status: int, body: str, listens: tuple[int, ...] = (), **changes: Any
) -> tuple[Look, Stack]:
    """A healthy stack with one check, and what came of it."""
    check: dict[str, Any] = {"expect": JSON, **changes.pop("check", {})}
    declared = stack(health=(HttpCheck(url, **check),), **changes)
    return replace(healthy(), answers={0: Answer(status, 0.01, body, listens)}), declared


def refused(code: int, text: str) -> str:
    return f"curl: ({code}) {text}"


NO_ADDRESS = "has no address: it is stopped, or on no network"
WEB = "http://web:8000/health"
MISTAKEN: dict[str, tuple[tuple[Look, Stack], str, str]] = {
    "a typo in the name of a service": (
        asked("http://wbe:8000/health", 0, f"wbe {NO_ADDRESS}", services=()),
        "the stack has no service wbe",
        "did you mean web?",
    ),
    "an alias, which only the network knows": (
        asked("http://sessions:8000/x", 0, f"sessions {NO_ADDRESS}", services=()),
        "the stack has no service sessions",
        "did you mean cache?",
    ),
    "a name that is like none": (
        asked("http://gateway/x", 0, f"gateway {NO_ADDRESS}", services=()),
        "the stack has no service gateway",
        "its services are cache, db, web",
    ),
    "the same where services are named": (
        asked("http://shop:8000/health", 0, refused(6, "Could not resolve host: shop")),
        "shop does not resolve on the host",
        "did you mean ",
    ),
    "a public name": (
        asked("https://shop.exmaple/x", 0, refused(6, "Could not resolve host: shop.exmaple")),
        "shop.exmaple does not resolve on the host",
        "getent hosts shop.exmaple",
    ),
    "a port that nobody listens on": (
        asked("http://web:8080/health", 0, refused(7, "Couldn't connect"), (8000, 9090)),
        "nothing listens on port 8080 in web, which listens on 8000, 9090",
        "docker compose -p shop logs --tail 20 web",
    ),
    "a path that is not there": (asked(WEB, 404, "(9 bytes that are not JSON)"), "404", "URL"),
    "a path that only takes orders": (asked(WEB, 405, "{}"), "405", "URL"),
    "a host that it does not answer for": (asked(WEB, 400, "(2 bytes …)"), "400", "URL"),
    "a place that has moved": (asked(WEB, 301, ""), "is a permanent redirect", "URL"),
    "a text": (
        asked(WEB, 200, "(2 bytes that are not JSON)"),
        "it answers with text, and JSON is expected",
        "HttpCheck('http://web:8000/health', expect=\"OK\")",
    ),
    "TLS spoken to a plain port": (
        asked("https://web:8000/x", 0, refused(35, "error:0A00010B:SSL: wrong version number")),
        "port 8000 of web does not speak TLS",
        "http",
    ),
    "HTTP spoken to what is none": (
        asked("http://web:6379/x", 0, refused(1, "Received HTTP/0.9 when not allowed")),
        "what listens on port 6379 does not speak HTTP",
        "URL",
    ),
    "a CA that is not there": (
        asked("https://web/x", 0, refused(77, "error setting certificate file: /x")),
        "can't be read",
        "ca=",
    ),
    "a host without curl": (
        asked(WEB, 0, "there is no curl on this host"),
        "there is no curl",
        "install",
    ),
}


@pytest.mark.parametrize(("case", "because", "instead"), MISTAKEN.values(), ids=MISTAKEN)
def test_a_mistake_is_reported_as_one_and_repairs_nothing(
    case: tuple[Look, Stack], because: str, instead: str
) -> None:
    look, declared = case
    found = verification.everything(look, declared)
    assert verdicts(found) == [("check-mistaken", "Refusal")]
    (finding,) = found
    assert isinstance(finding.resolution, Refusal)
    assert because in finding.resolution.because
    assert instead in finding.resolution.instead
    # It proves no health, it is waited for by nobody, and it holds nothing up.
    assert verification.findings(look, declared) == found
    assert not verification.in_vain(look, declared)
    assert look_event(look, declared)["api_healthy"] is True
    assert api.own_checks(look, declared, "web") == checks.sound(look, declared) == ()


UNHEALTHY: dict[str, tuple[Look, Stack]] = {
    "a service that is declared has no address": asked(WEB, 0, f"web {NO_ADDRESS}"),
    "it refuses": asked(WEB, 0, refused(7, "Couldn't connect")),
    "it refuses where its image says that it listens": asked(
        WEB, 0, refused(7, "Couldn't connect"), (9090,)
    ),
    "it refuses where the inventory says that it listens": asked(
        "http://web:7000/x",
        0,
        refused(7, "Couldn't connect"),
        (9090,),
        services=("cache", Service("web", port=7000), "db"),
    ),
    "it hangs": asked(WEB, 0, refused(28, "Operation timed out after 5003 milliseconds")),
    "it hangs up": asked(WEB, 0, refused(52, "Empty reply from server")),
    "an error": asked(WEB, 500, "(9 bytes that are not JSON)"),
    "its proxy has nobody to ask": asked(WEB, 502, "(157 bytes that are not JSON)"),
    "it refuses the request": asked(WEB, 403, '{"status":"no"}'),
    "another value": asked(WEB, 200, '{"status":"degraded"}'),
    "another text": asked(WEB, 200, "(8 bytes of other text)", check={"expect": "OK"}),
    "a connection that breaks in TLS": asked("https://web:8000/x", 0, refused(35, "reset by peer")),
}


@pytest.mark.parametrize("case", UNHEALTHY.values(), ids=UNHEALTHY)
def test_a_service_that_is_unhealthy_is_no_mistake(case: tuple[Look, Stack]) -> None:
    look, declared = case
    assert checks.mistake(look, declared, 0) is None
    assert kinds(verification.everything(look, declared)) == ["api-unhealthy", "unhealthy"]
    assert actions(of_clients(look, declared)) == [api.Step.RESTART]


PUBLIC = "https://shop.example/health"
NO_ROUTE = "(19 bytes that are not JSON)"
STATES: dict[str, dict[str, Any]] = {
    "stopped": {"status": "exited", "exit_code": 137},
    "restarting": {"status": "restarting"},
    "paused": {"status": "paused"},
    "unhealthy": {"health": "unhealthy"},
    "starting": {"health": "starting"},
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize("status", [404, 400, 200])
def test_what_a_proxy_answers_in_the_place_of_an_api_is_no_mistake(
    state: dict[str, Any], status: int
) -> None:
    """Traefik has no route to a container that is stopped or unhealthy, and answers 404."""
    look, declared = asked(PUBLIC, status, NO_ROUTE)
    look = with_container(look, "web", **state)
    assert checks.mistake(look, declared, 0) is None
    assert api.own_checks(look, declared, "web") == checks.sound(look, declared) == declared.health
    assert look_event(look, declared)["api_healthy"] is False
    assert "check-mistaken" not in kinds(verification.everything(look, declared))


def test_an_api_behind_a_proxy_is_restarted_where_its_own_check_fails_too() -> None:
    look, declared = asked(PUBLIC, 404, NO_ROUTE)
    ill = with_container(look, "web", health="unhealthy")
    assert actions(of_clients(ill, declared)) == [api.Step.RESTART]


@pytest.mark.parametrize("health", ["healthy", ""])
def test_a_proxy_has_a_route_to_an_api_that_is_healthy(health: str) -> None:
    look, declared = asked(PUBLIC, 404, NO_ROUTE)
    look = with_container(look, "web", health=health)
    assert verdicts(verification.everything(look, declared)) == [("check-mistaken", "Refusal")]


def test_what_the_api_itself_answers_is_its_own_word() -> None:
    look, declared = asked(WEB, 404, NO_ROUTE)
    look = with_container(look, "web", health="unhealthy")
    assert checks.mistake(look, declared, 0)
    elsewhere = replace(declared, health=(HttpCheck(WEB, resolve="127.0.0.1", expect=JSON),))
    assert checks.mistake(look, elsewhere, 0) is None


def test_a_certificate_is_no_reason_to_restart() -> None:
    look, declared = asked("https://web/x", 0, refused(60, "SSL certificate problem: expired"))
    assert kinds(verification.everything(look, declared)) == ["unhealthy"]


def test_a_service_on_the_hosts_network_is_asked_at_the_host() -> None:
    look, declared = asked(WEB, 0, f"web {NO_ADDRESS}")
    on_host = with_container(look, "web", networks={}, network_mode="host")
    refusal = checks.mistake(on_host, declared, 0)
    assert refusal
    assert "http://127.0.0.1:8000/" in refusal.instead


def test_a_text_proves_health_where_it_is_declared() -> None:
    look, declared = asked(WEB, 200, "OK", check={"expect": "OK"})
    assert verification.everything(look, declared) == []
    assert verification.findings(look, declared) == []


def test_a_mistake_beside_a_check_that_works_holds_up_no_restart(stack: Stack) -> None:
    look = answering(unhealthy(healthy()), 1, "", 404)
    found = verification.everything(look, stack)
    assert kinds(found) == ["api-unhealthy", "unhealthy", "check-mistaken", "unhealthy"]
    assert actions(found) == [api.Step.RESTART]
    assert checks.sound(look, stack) == (stack.health[0], stack.health[2])


def test_a_check_that_is_right_is_never_a_mistake(stack: Stack) -> None:
    gone = stack.health[0].__class__(WEB, expect=JSON, status=404)
    look = replace(healthy(), answers={0: Answer(404, 0.01, '{"status":"ok"}')})
    assert checks.mistake(look, replace(stack, health=(gone,)), 0) is None


@pytest.mark.parametrize("text", ["", " ", "two\nlines", "x" * 201, "\N{SNOWMAN}"])
def test_a_text_that_is_expected_is_one_short_line(text: str) -> None:
    with pytest.raises(SettingsError, match=r"HttpCheck\.expect: expected a text of at most 200"):
        HttpCheck("http://web/x", expect=text)


def test_a_text_is_expected_without_the_spaces_around_it() -> None:
    assert HttpCheck("http://web/x", expect=" OK ").expect == "OK"
