"""No secret gets out of the settings: not by a message, not by what is shown of them."""

# mypy: disable-error-code="arg-type, call-arg"

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from declarations import SECRET, redis, stack, user
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.settings import (
    Command,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    InContainer,
    Redis,
    RedisUser,
    Secret,
    Timeouts,
)

# Wherever a password may end up by mistake.
LEAKS: dict[str, Callable[[Any], object]] = {
    "rules with a password": lambda secret: user(rules=f">{secret} on"),
    "rules with a selector": lambda secret: user(rules=f"(>{secret})"),
    "password": lambda secret: user(password=secret),
    "password in a list": lambda secret: user(password=[secret]),
    "password by position": lambda secret: RedisUser("app", "~*", secret),
    "misspelt password": lambda secret: user(pasword=secret),
    "user": lambda secret: redis(users=(secret,)),
    "users": lambda secret: redis(users=secret),
    "user in a dict": lambda secret: redis(users=({"name": "app", "password": secret},)),
    "content": lambda secret: Secret("redis", content=secret),
    "secret": lambda secret: stack(secrets=(secret, {"content": secret})),
    "component": lambda secret: stack(components=(secret, [secret])),
    "components": lambda secret: stack(components=secret),
    "once": lambda secret: stack(redis=secret),
    "password of a Redis": lambda secret: Redis(password=secret),
    "url": lambda secret: HttpCheck(f"https://me:{secret}@api/", expect={}),
    "url without a user": lambda secret: HttpCheck(f"https://{secret}@api/", expect={}),
    "query": lambda secret: HttpCheck(f"ftp://api/?token={secret}", expect={}),
    "argument": lambda secret: Command("vault", secret, 5),
    "argument with a NUL": lambda secret: Command("vault", f"{secret}\0"),
    "variable of a container": lambda secret: InContainer(variable=f"{secret}!"),
    "variable": lambda secret: EnvironmentVariable(f"{secret}!"),
    "pasted file": lambda secret: HostFile(f"{secret}\n"),
}


@pytest.mark.parametrize("build", LEAKS.values(), ids=LEAKS)
@pytest.mark.parametrize("secret", [SECRET, 70301928364], ids=["text", "number"])
def test_no_message_holds_a_secret(build: Callable[[Any], object], secret: str | int) -> None:
    with pytest.raises(SettingsError) as raised:
        build(secret)
    assert str(secret) not in str(raised.value)
    # Nor does what hangs on to it, for what collects errors.
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None


@given(st.text(min_size=4))
def test_no_password_in_rules_is_repeated(password: str) -> None:
    with pytest.raises(SettingsError) as raised:
        user(rules=f"~* >{password}{SECRET}")
    assert SECRET not in str(raised.value)


def test_settings_are_shown_without_secrets() -> None:
    shown = stack(
        components=(redis(users=(user(password=Command("vault", "read", SECRET)),)),),
        health=(HttpCheck(f"https://api/?token={SECRET}", non_empty="token"),),
        secrets=(Secret("redis", content=EnvironmentVariable("REDIS"), mode=0o400),),
    )
    for text in (
        json.dumps(shown.to_json()),
        repr(shown),
        repr(shown.components),
        repr(shown.health),
    ):
        assert SECRET not in text


def test_repr_is_the_call_without_the_defaults() -> None:
    assert repr(stack()) == "Stack(Compose('/srv/app'))"
    assert repr(redis()) == (
        "Redis('redis', users=(RedisUser('app', rules='~* +@all',"
        " password=HostFile('redis.txt')),))"
    )
    assert repr(Secret("a", mode=0o400, owner=999)) == "Secret('a', owner=999, mode='0400')"
    assert repr(Command("pass", "show", "a")) == "Command('pass', '********', '********')"
    assert repr(Timeouts(save=600)) == "Timeouts(save=600)"
    assert repr(HttpCheck("http://api/?a=b", non_empty="t")) == (
        "HttpCheck('http://api/?********', non_empty='t')"
    )


def test_to_json_is_plain() -> None:
    shown = stack(
        services=("api", "redis"),
        secrets=(Secret("a", content=Command("pass", "show", "a"), mode=0o400),),
        max_disruption="restart",
    ).to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert shown["max_disruption"] == "restart"
    assert shown["services"] == [{"name": "api", "port": None}, {"name": "redis", "port": None}]
    assert shown["components"][0]["users"] == [
        {
            "name": "app",
            "rules": "~* +@all",
            "password": {"source": "HostFile", "path": "redis.txt"},
        }
    ]
    assert shown["secrets"] == [
        {
            "name": "a",
            "content": {"source": "Command", "argv": ["pass", "********", "********"]},
            "format": "plain",
            "owner": None,
            "group": None,
            "mode": "0400",
        }
    ]
