"""Whether a Redis whose users nobody declares is stopped: whom it lets in then, and its save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from looks import (
    answered,
    cache,
    differing,
    healthy,
    stack,
    with_container,
    with_info,
    with_redis,
    with_reply,
)

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.redis.access import ACCESS, Access, Given
from pyinfra_runbooks.packs.redis.login import Login
from pyinfra_runbooks.packs.redis.rules.without_users import why_not_stop
from pyinfra_runbooks.packs.redis.scripts import guarded
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.packs.redis.steps import Step
from pyinfra_runbooks.settings import HostFile, Redis

PLAIN = Redis("cache")
CLOSED, SILENT = Access(arguments=Given("given", "REDIS_PASSWORD")), Access()
BY_VARIABLE = Login("default", "$REDIS_PASSWORD")


def asks(access: Access | Unknown, login: Login = BY_VARIABLE) -> Look:
    """It asks for a login, and took one."""
    look = with_info(healthy(), **{"cmdstat_config|get": "calls=4,usec=9"})
    look = with_redis(look, open=False, login=login, users=frozenset({"default"}))
    return with_reply(look, ACCESS, access, "cache")


def opened(access: Access | Unknown = SILENT) -> Look:
    return with_reply(with_redis(healthy(), open=True), ACCESS, access, "cache")


def why(look: Look, redis: Redis = PLAIN, step: Step = Step.RESTART) -> str:
    (container,) = look.members("cache")
    refusal = why_not_stop(look, redis, container, step)
    return refusal.because if refusal else ""


@pytest.mark.parametrize(
    "look",
    [
        asks(CLOSED),
        asks(SILENT),  # By a variable that its entrypoint uses.
        asks(Unknown("no answer")),
        opened(),
        opened(CLOSED),
        with_container(answered(healthy(), Unknown("it does not run")), "cache", status="exited"),
    ],
)
def test_it_may_be_stopped(look: Look) -> None:
    assert why(look) == ""


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda look: answered(look, Unknown("no answer")), "it can't be asked (no answer)"),
        (lambda look: answered(look, Server.unasked("no redis-cli")), "(no redis-cli)"),
        (lambda look: with_info(look, dragonfly_version="df-v1.0"), "Dragonfly"),
        (lambda look: with_redis(look, login_sent=False), "no login was sent"),
        (lambda look: with_redis(look, users=None), "no login that it accepts is known"),
        (lambda _: asks(SILENT, Login()), "nothing of its container is seen to give"),
        (
            lambda _: with_info(asks(SILENT), **{"cmdstat_config|set": "calls=2,usec=9"}),
            "nothing of its container is seen to give",
        ),
    ],
)
def test_it_may_not(change: Callable[[Look], Look], because: str) -> None:
    assert because in why(change(asks(CLOSED)))


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"cmdstat_config|get": "calls=2", "cmdstat_config|resetstat": "calls=1,usec=9"},
        {"redis_version": "6.2.14", "cmdstat_config": "calls=9,usec=9"},
    ],
    ids=["not told", "begun again", "before Redis 7"],
)
def test_a_counter_that_is_not_there_proves_nothing(info: dict[str, str]) -> None:
    """Its password may have been set while it ran, unless its files give it one."""
    told = {k: v for k, v in cache(asks(SILENT)).info.items() if not k.startswith("cmdstat_")}
    look = with_redis(asks(SILENT), info={**told, **info})
    assert "set while it ran" in why(look)
    assert why(with_reply(look, ACCESS, CLOSED, "cache")) == ""


def test_what_is_declared_to_log_in_is_another_matter() -> None:
    assert why(asks(SILENT, Login()), stack().servers[0]) == ""


def test_a_recreate_that_changes_its_command_line_may_open_it() -> None:
    for field in ("command", "environment"):
        difference = Difference("changed", field)
        closed = differing(asks(CLOSED), "cache", difference)
        assert f"a recreate changes its {field}" in why(closed, step=Step.RECREATE)
        assert why(closed) == ""
        assert why(differing(opened(), "cache", difference), step=Step.RECREATE) == ""


@pytest.mark.parametrize(
    ("look", "step", "expected"),
    [
        (asks(CLOSED), Step.RESTART, "yes"),
        (asks(SILENT), Step.RESTART, "yes"),
        (opened(CLOSED), Step.RESTART, "yes"),
        (opened(), Step.RESTART, "no"),
        (opened(), Step.RECREATE, ""),
        (opened(Unknown("no answer")), Step.RESTART, ""),
        (answered(opened(), Unknown("it does not run")), Step.START, ""),
        (answered(opened(CLOSED), Unknown("it does not run")), Step.START, "yes"),
    ],
)
def test_who_has_no_login_after_it(look: Look, step: Step, expected: str) -> None:
    assert guarded(look, PLAIN, step) == expected


def test_with_a_declared_login_nobody_else_is_let_in() -> None:
    redis = replace(PLAIN, password=HostFile("keys/cache.txt"))
    for one in (redis, stack().servers[0]):
        assert guarded(opened(), one, Step.START) == "yes"


def test_how_often_a_command_was_called() -> None:
    server = cache(with_info(healthy(), **{"cmdstat_config|set": "calls=12,usec=9"}))
    assert server.number_of("config|set") == 12
    assert server.number_of("config|get") == 0
