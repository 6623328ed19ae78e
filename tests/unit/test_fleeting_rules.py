"""A cache whose data goes with its container: it is made again where nothing of worth goes."""

from __future__ import annotations

from typing import Any

import pytest
from looks import (
    deaf,
    differing,
    identity,
    stack,
    with_container,
    with_info,
    with_inside,
    with_redis,
    with_reply,
)
from verdicts import of_servers, steps

from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.redis.probe import KEPT
from pyinfra_runbooks.packs.redis.rules.data import fleeting, fleeting_content, unsafe
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
    seen = with_inside(there, kept=changes.pop("kept", ""))
    config = {"aclfile": "/run/secrets/cache_acl", "dir": "/data", "save": "", **changes}
    return with_info(with_redis(seen, config=config), aof_enabled="0")


def stopped(look: Look, kept: str | Unknown, place: Mount | None = ANONYMOUS) -> Look:
    there = with_container(cache_place(deaf(look), place), "cache", status="exited")
    return with_reply(there, KEPT, kept, "cache")


def cache_place(look: Look, place: Mount | None) -> Look:
    (container,) = look.members("cache")
    others = tuple(m for m in container.mounts if m.target != "/data")
    return with_container(look, "cache", mounts=(*others, place) if place else others)


def refusal(look: Look, declared: Stack, recreate: bool = True) -> Refusal | None:
    (container,) = look.members("cache")
    return unsafe(look, declared.servers[0], look.declared.services["cache"], container, recreate)


def assert_never_lost(because: Refusal | None) -> None:
    """No run may allow it."""
    assert because is not None
    assert not because.of_loss


@PLACES
def test_a_stopped_one_with_nothing_on_disk(look: Look, stack: Stack, place: Mount | None) -> None:
    assert refusal(stopped(look, "", place), stack) is None


@PLACES
def test_what_is_on_disk_is_never_lost(look: Look, place: Mount | None) -> None:
    because = refusal(stopped(look, "/data/renamed.rdb", place), stack())
    assert because is not None
    assert not because.of_loss
    assert "/data/renamed.rdb" in because.because


@pytest.mark.parametrize("status", ["exited", "created", "paused", "restarting"])
def test_what_nobody_looked_at_is_not_empty(look: Look, status: str) -> None:
    unseen = with_container(stopped(look, Unknown("no answer")), "cache", status=status)
    assert_never_lost(refusal(unseen, stack()))


@PLACES
def test_a_running_one_without_keys(look: Look, stack: Stack, place: Mount | None) -> None:
    assert refusal(cache(look, place), stack) is None


def test_its_keys_go_only_where_the_run_allows_it(look: Look) -> None:
    holds = with_info(cache(look), db0="keys=3,expires=3,avg_ttl=9", db7="keys=2,expires=0")
    because = refusal(holds, stack())
    assert because is not None
    assert "5 keys" in because.because
    assert "--data allow_data_loss=cache" in because.instead
    assert because.of_loss
    assert refusal(holds, stack(), recreate=False) is None
    differs = differing(holds, "cache", Difference("changed", "command"))
    assert steps(differs, stack()) == []
    assert steps(differs, stack(), allow_data_loss="cache") == ["recreate cache"]


def test_its_functions_are_data_too(look: Look) -> None:
    """What saves, under the lock, counts them as well."""
    holds = with_info(cache(look), number_of_functions="2")
    because = refusal(holds, stack())
    assert because is not None
    assert because.of_loss
    assert "it holds 2 functions in memory only" in because.because
    both = refusal(with_info(holds, db0="keys=1,expires=0"), stack())
    assert both is not None
    assert "1 key and 2 functions" in both.because


def test_a_plan_says_what_goes(look: Look) -> None:
    holds = with_info(cache(look), db0="keys=1,expires=0")
    (differs,) = of_servers(differing(holds, "cache", Difference("changed", "command")), stack())
    assert isinstance(differs.resolution, Remedy)
    assert "the 1 key that it has only in memory" in differs.resolution.does
    (container,) = look.members("cache")
    assert fleeting_content(look, stack().servers[0], container) == ""


@pytest.mark.parametrize(
    "changes",
    [{"save": "60 1"}, {"kept": None}, {"kept": "/data/dump.rdb"}, {"dir": "/elsewhere"}],
    ids=["it has save points", "nobody saw its directory", "a dump", "it keeps data elsewhere"],
)
def test_what_may_be_durable_is_kept(look: Look, changes: dict[str, Any]) -> None:
    assert_never_lost(refusal(cache(look, None, **changes), stack()))


@pytest.mark.parametrize(
    "info",
    [{"aof_enabled": "1"}, {"loading": "1"}, {"role": "slave"}, {"connected_slaves": "1"}],
    ids=["it writes a log", "it is loading", "it is a replica", "it has replicas"],
)
def test_so_is_what_it_says_of_itself(look: Look, info: dict[str, str]) -> None:
    assert_never_lost(refusal(with_info(cache(look), **info), stack()))


@pytest.mark.parametrize("without", ["config", "info"])
def test_silence_is_no_proof(look: Look, without: str) -> None:
    silent = with_redis(cache(look), **{"config": {"config": None}, "info": {"info": {}}}[without])
    assert_never_lost(refusal(silent, stack()))


def test_a_cache_that_can_not_write_has_nothing_to_write(look: Look, stack: Stack) -> None:
    assert refusal(with_info(cache(look), rdb_last_bgsave_status="err"), stack) is None


def test_a_named_volume_outlives_its_container(look: Look, stack: Stack) -> None:
    (named,) = look.members("cache")
    assert not fleeting(look, stack.servers[0], named)
    (nameless,) = cache(look).members("cache")
    assert fleeting(look, stack.servers[0], nameless)


def test_the_data_is_where_the_inventory_says(look: Look) -> None:
    elsewhere = stack(
        redis=Redis(service="cache", users=stack().servers[0].users, directory="/store")
    )
    assert refusal(cache(look, dir="/store"), elsewhere) is None
    assert refusal(cache(look), elsewhere) is not None
