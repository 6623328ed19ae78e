"""A cache whose data goes with its container: it is made again where nothing of worth goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import (
    differing,
    identity,
    stack,
    with_container,
    with_info,
    with_redis,
)

from pyinfra_runbooks.differences import Difference
from pyinfra_runbooks.engine import Mount
from pyinfra_runbooks.findings import Refusal, Remedy, Unknown
from pyinfra_runbooks.look import Inside, Look
from pyinfra_runbooks.rules import redis
from pyinfra_runbooks.rules.data import accepted, fleeting, unsafe
from pyinfra_runbooks.settings import Redis, Stack

ANONYMOUS = Mount("volume", "/v", "/data", identity("volume"))
PLACES = pytest.mark.parametrize("place", [ANONYMOUS, None], ids=["anonymous volume", "itself"])


def cache(look: Look, place: Mount | None = ANONYMOUS, **changes: Any) -> Look:
    """Redis keeps nothing on disk, and that goes with its container.

    + changes: of what its container sees of its data directory, and of its settings
    """
    (container,) = look.members("cache")
    others = tuple(m for m in container.mounts if m.target != "/data")
    there = with_container(look, "cache", mounts=(*others, place) if place else others)
    assert isinstance(there.inside_redis, Inside)
    kept = changes.pop("kept", "")
    seen = replace(there, inside_redis=replace(there.inside_redis, kept=kept))
    config = {"aclfile": "/run/secrets/cache_acl", "dir": "/data", "save": "", **changes}
    return with_info(with_redis(seen, config=config), aof_enabled="0")


def stopped(look: Look, kept: str | Unknown, place: Mount | None = ANONYMOUS) -> Look:
    silent = replace(look, redis=Unknown("it is stopped"), inside_redis=Unknown("it is stopped"))
    return replace(with_container(cache_place(silent, place), "cache", status="exited"), kept=kept)


def cache_place(look: Look, place: Mount | None) -> Look:
    (container,) = look.members("cache")
    others = tuple(m for m in container.mounts if m.target != "/data")
    return with_container(look, "cache", mounts=(*others, place) if place else others)


def refusal(look: Look, declared: Stack, recreate: bool = True) -> Refusal | None:
    (container,) = look.members("cache")
    return unsafe(look, declared, look.declared.services["cache"], container, recreate)


@PLACES
def test_a_stopped_one_with_nothing_on_disk(look: Look, stack: Stack, place: Mount | None) -> None:
    assert refusal(stopped(look, "", place), stack) is None


@PLACES
@pytest.mark.parametrize("accepts", ["refuse", "accept"])
def test_what_is_on_disk_is_never_lost(look: Look, place: Mount | None, accepts: str) -> None:
    because = refusal(stopped(look, "/data/renamed.rdb", place), stack(unsaved=accepts))
    assert because is not None
    assert "/data/renamed.rdb" in because.because


@pytest.mark.parametrize("status", ["exited", "created", "paused", "restarting"])
def test_what_nobody_looked_at_is_not_empty(look: Look, status: str) -> None:
    unseen = with_container(stopped(look, Unknown("no answer")), "cache", status=status)
    assert refusal(unseen, stack(unsaved="accept")) is not None


@PLACES
def test_a_running_one_without_keys(look: Look, stack: Stack, place: Mount | None) -> None:
    assert refusal(cache(look, place), stack) is None


def test_its_keys_go_only_where_the_inventory_says_so(look: Look) -> None:
    holds = with_info(cache(look), db0="keys=3,expires=3,avg_ttl=9", db7="keys=2,expires=0")
    because = refusal(holds, stack())
    assert because is not None
    assert "5 keys" in because.because
    assert "--data unsaved=accept" in because.instead
    assert refusal(holds, stack(unsaved="accept")) is None
    assert refusal(holds, stack(), recreate=False) is None


def test_a_plan_says_what_goes(look: Look) -> None:
    holds = with_info(cache(look), db0="keys=1,expires=0")
    (differs,) = redis.findings(
        differing(holds, "cache", Difference("changed", "command")), stack(unsaved="accept")
    )
    assert isinstance(differs.answer, Remedy)
    assert "the 1 key that it has only in memory" in differs.answer.does
    (container,) = look.members("cache")
    assert accepted(look, stack(unsaved="accept"), container) == ""


@pytest.mark.parametrize(
    "changes",
    [{"save": "60 1"}, {"kept": None}, {"kept": "/data/dump.rdb"}, {"dir": "/elsewhere"}],
    ids=["it has save points", "nobody saw its directory", "a dump", "it keeps data elsewhere"],
)
def test_what_may_be_durable_is_kept(look: Look, changes: dict[str, Any]) -> None:
    assert refusal(cache(look, None, **changes), stack(unsaved="accept")) is not None


@pytest.mark.parametrize(
    "info",
    [{"aof_enabled": "1"}, {"loading": "1"}, {"role": "slave"}, {"connected_slaves": "1"}],
    ids=["it writes a log", "it is loading", "it is a replica", "it has replicas"],
)
def test_so_is_what_it_says_of_itself(look: Look, info: dict[str, str]) -> None:
    assert refusal(with_info(cache(look), **info), stack(unsaved="accept")) is not None


@pytest.mark.parametrize("without", ["config", "info"])
def test_silence_is_no_proof(look: Look, without: str) -> None:
    silent = with_redis(cache(look), **{"config": {"config": None}, "info": {"info": {}}}[without])
    assert refusal(silent, stack(unsaved="accept")) is not None


def test_a_cache_that_can_not_write_has_nothing_to_write(look: Look, stack: Stack) -> None:
    assert refusal(with_info(cache(look), rdb_last_bgsave_status="err"), stack) is None


def test_a_named_volume_outlives_its_container(look: Look, stack: Stack) -> None:
    (named,) = look.members("cache")
    assert not fleeting(look, stack, named)
    (nameless,) = cache(look).members("cache")
    assert fleeting(look, stack, nameless)


def test_the_data_is_where_the_inventory_says(look: Look) -> None:
    elsewhere = stack(redis=Redis(service="cache", users=stack().redis.users, data="/store"))
    assert refusal(cache(look, dir="/store"), elsewhere) is None
    assert refusal(cache(look), elsewhere) is not None
