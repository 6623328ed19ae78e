"""A server at its maxmemory: what the look says of it is what it does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.packs.redis import replies
from pyinfra_runbooks.packs.redis.server import Server

if TYPE_CHECKING:
    from tests.redis.conftest import Redis

USER, PASSWORD = "looker", "a password"
FILL = "for i = 1, 100 do redis.call('SET', 'full:' .. i, string.rep('x', 100000)) end return 1"
ENOUGH, LITTLE = "1gb", "5mb"  # beside the 10 MB that are filled


@pytest.fixture
def full(redis: Redis) -> Iterator[Redis]:
    """A server with 10 MB in it; as it was after it."""
    redis.ask(["ACL", "SETUSER", USER, "reset", "on", f">{PASSWORD}", "~*", "+@all"])
    redis.ask(["CONFIG", "SET", "maxmemory-policy", "noeviction"], ["EVAL", FILL, "0"])
    redis.ask(["CONFIG", "RESETSTAT"])
    yield redis
    redis.ask(["CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction"])
    redis.ask(["FLUSHALL"], ["ACL", "DELUSER", USER])


def limited(redis: Redis, maxmemory: str, policy: str) -> None:
    redis.ask(
        ["CONFIG", "SET", "maxmemory-policy", policy], ["CONFIG", "SET", "maxmemory", maxmemory]
    )


def refuses(redis: Redis) -> bool:
    """Whether it takes no write, as it says itself."""
    [answer] = redis.ask(["SET", "written", "1"])
    assert answer == "OK" or "OOM" in answer
    return bool(answer != "OK")


def looked_at(redis: Redis) -> Server:
    """As a look asks it."""
    lines = f'RESET\nPING\nAUTH {USER} "{PASSWORD}"\n{replies.questions([USER], False)}'
    command = [*redis.command, "-2", "--json"]
    said = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    return replies.answers(said.splitlines(), [USER], False)


@pytest.mark.parametrize(
    ("maxmemory", "policy", "expected"),
    [
        (LITTLE, "noeviction", True),
        (LITTLE, "volatile-lru", True),
        (LITTLE, "allkeys-lru", False),
        (ENOUGH, "noeviction", False),
        ("0", "noeviction", False),
    ],
)
def test_it_is_full_where_it_refuses_writes(
    full: Redis, maxmemory: str, policy: str, expected: bool
) -> None:
    limited(full, maxmemory, policy)
    refused = refuses(full)
    seen = looked_at(full)
    assert (seen.full, refused) == (expected, expected)
    assert seen.refuses_writes == ("it has reached maxmemory" if expected else None)
    assert seen.info.get("errorstat_OOM", "").startswith("count=") is expected
    assert isinstance(seen.doctor, str)
    assert "Sam" in seen.doctor


def test_one_that_evicts_what_expires_takes_writes_until_that_is_gone(full: Redis) -> None:
    full.ask(*(["EXPIRE", f"full:{n}", "1000"] for n in range(1, 101)), ["SET", "stays", "1"])
    limited(full, "8mb", "volatile-lru")
    assert not refuses(full)
    assert not looked_at(full).full
    assert 0 < looked_at(full).expiring < 100
    limited(full, "1", "volatile-lru")
    assert refuses(full)
    assert looked_at(full).full
    assert looked_at(full).expiring == 0 < looked_at(full).keys


def test_without_a_key_it_evicts_nothing_whatever_its_policy(full: Redis) -> None:
    full.ask(["FLUSHALL"])
    limited(full, "1", "allkeys-lru")
    assert refuses(full)
    assert looked_at(full).full


def test_who_may_not_ask_the_doctor_knows_the_figures(full: Redis) -> None:
    limited(full, LITTLE, "noeviction")
    full.ask(["ACL", "SETUSER", USER, "-memory"])
    seen = looked_at(full)
    assert seen.full
    assert isinstance(seen.doctor, Unknown)
    assert "NOPERM" in seen.doctor.reason


def test_who_may_not_ask_for_figures_knows_nothing(full: Redis) -> None:
    limited(full, LITTLE, "noeviction")
    full.ask(["ACL", "SETUSER", USER, "-info"])
    assert not looked_at(full).full
    assert looked_at(full).withheld == looked_at(full).refused == ("INFO",)
