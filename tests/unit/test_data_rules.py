"""Nothing lost: whatever stops or replaces Redis is refused where its data would go with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from looks import (
    cache,
    container,
    data_directory,
    deaf,
    differing,
    identity,
    inside,
    joined,
    locked_out,
    stack,
    with_container,
    with_declared,
    with_file,
    with_info,
    with_inside,
    with_redis,
    with_reply,
    without,
    without_file,
)
from verdicts import actions, of_servers, steps

from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.engine.compose import DeclaredMount
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.redis.probe import VOLUMES
from pyinfra_runbooks.packs.redis.rules.data import in_use, unsafe, would_be_empty
from pyinfra_runbooks.packs.redis.steps import Step
from pyinfra_runbooks.settings import Redis, Stack

ANONYMOUS = identity("volume")


def on(look: Look, mount: Mount | None) -> Look:
    """The data is somewhere else."""
    (cache,) = look.members("cache")
    others = tuple(m for m in cache.mounts if m.target != "/data")
    return with_container(look, "cache", mounts=(*others, mount) if mount else others)


def declares(look: Look, mount: DeclaredMount | None) -> Look:
    """Compose mounts something else at the data directory."""
    others = tuple(m for m in look.declared.services["cache"].mounts if m.target != "/data")
    return with_declared(look, "cache", mounts=(*others, mount) if mount else others)


def running_as(look: Look, uid: int, *groups: int) -> Look:
    return with_inside(look, uid=uid, groups=frozenset(groups))


def failed_beside_a_log(look: Look, config: dict[str, str] | None) -> Look:
    failed = with_info(look, aof_enabled="1", rdb_last_bgsave_status="err")
    return with_redis(failed, config=config)


def refusal(look: Look, declared: Stack, recreate: bool) -> str | None:
    (container,) = look.members("cache")
    because = unsafe(
        look, declared.servers[0], look.declared.services["cache"], container, recreate
    )
    return because.because if because else None


MISPLACED: dict[str, Callable[[Look], Look]] = {
    "in the container": lambda look: on(look, None),
    "in an anonymous volume": lambda look: on(look, Mount("volume", "/v", "/data", ANONYMOUS)),
    "in an anonymous volume, and Compose declares none": lambda look: declares(
        on(look, Mount("volume", "/v", "/data", ANONYMOUS)), None
    ),
    "in another volume than declared": lambda look: on(
        look, Mount("volume", "/v", "/data", "other_cache")
    ),
    "in a volume, and Compose declares a directory": lambda look: declares(
        look, DeclaredMount("bind", "/srv/shop/data", "/data")
    ),
    "in a directory, and Compose declares a volume": lambda look: on(
        look, Mount("bind", "/srv/shop/data", "/data")
    ),
    "Compose declares nothing there": lambda look: declares(look, None),
    "Compose declares an anonymous volume": lambda look: declares(
        look, DeclaredMount("volume", None, "/data")
    ),
    "in memory": lambda look: on(look, Mount("tmpfs", "", "/data")),
}


@pytest.mark.parametrize("change", MISPLACED.values(), ids=MISPLACED)
@pytest.mark.parametrize("status", ["running", "exited", "paused"])
def test_misplaced_data_refuses_a_recreate_and_nothing_less(
    look: Look, stack: Stack, change: Callable[[Look], Look], status: str
) -> None:
    misplaced = with_container(change(look), "cache", status=status)
    assert refusal(misplaced, stack, recreate=True) is not None
    assert refusal(misplaced, stack, recreate=False) is None


def test_an_anonymous_volume_is_reported_as_such(look: Look, stack: Stack) -> None:
    anonymous = on(look, Mount("volume", "/v", "/data", ANONYMOUS))
    assert "anonymous" in (refusal(anonymous, stack, recreate=True) or "")


ELSEWHERE: dict[str, Callable[[Look], Look]] = {
    "in the container itself": lambda look: keeps_in(look, "/var/lib/cache"),
    "beside the volume": lambda look: keeps_in(look, "/data2"),
}


def keeps_in(look: Look, directory: str) -> Look:
    """Redis says that its data is in this directory, whatever the inventory says."""
    return with_redis(look, config={**(cache(look).config or {}), "dir": directory})


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE)
def test_redis_itself_says_where_its_data_is(
    look: Look, stack: Stack, change: Callable[[Look], Look]
) -> None:
    assert refusal(change(look), stack, recreate=True) is not None
    assert refusal(change(look), stack, recreate=False) is None


def test_a_directory_of_a_volume_is_in_the_volume(look: Look, stack: Stack) -> None:
    assert refusal(keeps_in(look, "/data/cache"), stack, recreate=True) is None


UNSAVED: dict[str, Callable[[Look], Look]] = {
    "the directory belongs to another user": lambda look: data_directory(look, uid=0, gid=0),
    "the directory is read-only for it": lambda look: data_directory(look, mode=0o555),
    "its group may only read": lambda look: running_as(data_directory(look, uid=0), 7, 999),
    "the directory can't be looked at": lambda look: data_directory(
        look, error="Permission denied"
    ),
    "the last save failed": lambda look: with_info(look, rdb_last_bgsave_status="err"),
    "the last save failed, beside a log": lambda look: failed_beside_a_log(look, {"save": "60 1"}),
    "the same, and when it saves is not known": lambda look: failed_beside_a_log(look, None),
    "the last write of the log failed": lambda look: with_info(look, aof_last_write_status="err"),
    "it is loading": lambda look: with_info(look, loading="1", loading_eta_seconds="7"),
    "it is a replica": lambda look: with_info(look, role="slave"),
    "it is in a cluster": lambda look: with_info(look, cluster_enabled="1"),
    "it is a Sentinel": lambda look: with_info(look, redis_mode="sentinel"),
    "it has replicas": lambda look: with_info(look, connected_slaves="2"),
}


@pytest.mark.parametrize("change", UNSAVED.values(), ids=UNSAVED)
@pytest.mark.parametrize("recreate", [False, True], ids=["restart", "recreate"])
def test_data_that_can_not_be_saved_refuses_every_stop(
    look: Look, stack: Stack, change: Callable[[Look], Look], recreate: bool
) -> None:
    assert refusal(change(look), stack, recreate) is not None


@pytest.mark.parametrize("change", UNSAVED.values(), ids=UNSAVED)
def test_a_stopped_redis_has_nothing_left_to_save(
    look: Look, stack: Stack, change: Callable[[Look], Look]
) -> None:
    assert refusal(with_container(change(look), "cache", status="exited"), stack, True) is None


SAFE: dict[str, Callable[[Look], Look]] = {
    "as declared": lambda look: look,
    "root writes anywhere": lambda look: running_as(data_directory(look, uid=7, mode=0o500), 0),
    "its group may write": lambda look: running_as(data_directory(look, uid=0, mode=0o775), 7, 999),
    "everybody may write": lambda look: running_as(data_directory(look, mode=0o777), 7, 7),
    "an older Redis that tells less": lambda look: with_redis(look, info={"redis_version": "6"}),
    "the same directory": lambda look: declares(
        on(look, Mount("bind", "/srv/shop/data", "/data")),
        DeclaredMount("bind", "/srv/shop/data", "/data"),
    ),
    "a save failed that nobody needs": lambda look: failed_beside_a_log(look, {"save": ""}),
    "nobody can log in": locked_out,
}


@pytest.mark.parametrize("change", SAFE.values(), ids=SAFE)
@pytest.mark.parametrize("recreate", [False, True], ids=["restart", "recreate"])
def test_safe(look: Look, stack: Stack, change: Callable[[Look], Look], recreate: bool) -> None:
    assert refusal(change(look), stack, recreate) is None


def test_the_data_directory_is_the_inventorys(look: Look) -> None:
    elsewhere = stack(
        redis=Redis(service="cache", users=stack().servers[0].users, directory="/var/cache")
    )
    assert refusal(look, elsewhere, recreate=True) is not None


@pytest.mark.parametrize("change", UNSAVED.values(), ids=UNSAVED)
def test_findings_are_refused_where_their_remedy_is_unsafe(
    look: Look, stack: Stack, change: Callable[[Look], Look]
) -> None:
    stale = inside(change(look), "/run/secrets/cache_password", inode=99, sha256="0" * 64)
    differs = differing(stale, "cache", Difference("changed", "command"))
    found = of_servers(differs, stack)
    assert {f.kind.id for f in found} >= {"secret-stale", "config-differs"}
    assert not {Step.RESTART, Step.RECREATE} & set(actions(found))


def test_unsaved_data_does_not_stop_what_stops_nothing(look: Look, stack: Stack) -> None:
    lacks_one = {**cache(look).acl, "clerk": None}
    other_acl = with_redis(with_info(look, rdb_last_bgsave_status="err"), acl=lacks_one)
    assert actions(of_servers(other_acl, stack)) == [Step.LOAD]


@pytest.mark.parametrize(
    ("mount", "status", "refused"),
    [
        (Mount("volume", "/v", "/backup", "shop_cache"), "running", True),
        (Mount("volume", "/v", "/backup", "shop_cache", writable=False), "running", False),
        (Mount("volume", "/v", "/backup", "shop_cache"), "exited", False),
        (Mount("volume", "/v", "/backup", "other"), "running", False),
        (Mount("bind", "/srv/shop/cache.conf", "/etc/x"), "running", False),
    ],
    ids=["it runs", "it only reads", "it is stopped", "another volume", "another file"],
)
def test_another_container_on_the_same_data(
    look: Look, stack: Stack, mount: Mount, status: str, refused: bool
) -> None:
    other = container("elsewhere", "other", {}, project="", mounts=(mount,), status=status)
    crowded = joined(look, other)
    (cache,) = crowded.members("cache")
    service = crowded.declared.services["cache"]
    assert (in_use(crowded, stack.servers[0], service, cache) is not None) is refused
    gone = joined(without(look, "cache"), other)
    assert (in_use(gone, stack.servers[0], service) is not None) is refused


@pytest.mark.parametrize(
    ("change", "empty"),
    [
        (lambda look: look, False),
        (lambda look: with_reply(look, VOLUMES, frozenset({"shop_cache", "other"})), False),
        (lambda look: with_reply(look, VOLUMES, frozenset({"other"})), True),
        (lambda look: without_file(in_a_directory(look), "/srv/shop/data"), True),
        (lambda look: with_file(in_a_directory(look), "/srv/shop/data", kind="directory"), False),
    ],
    ids=["not asked", "it is there", "it is gone", "no directory", "a directory"],
)
def test_a_redis_that_would_come_up_empty_is_not_created(
    look: Look, stack: Stack, change: Callable[[Look], Look], empty: bool
) -> None:
    (finding,) = of_servers(without(change(look), "cache"), stack)
    assert finding.kind.id == "redis-removed"
    if empty:
        assert isinstance(finding.resolution, Refusal)
        assert "it would come up empty" in finding.resolution.because
    else:
        assert isinstance(finding.resolution, Remedy)


def in_a_directory(look: Look) -> Look:
    return declares(look, DeclaredMount("bind", "/srv/shop/data", "/data"))


def test_a_redis_that_does_not_answer_is_never_stopped(look: Look, stack: Stack) -> None:
    silent = deaf(look)
    differs = differing(silent, "cache", Difference("changed", "command"))
    found = of_servers(differs, stack)
    assert "redis-silent" in {f.kind.id for f in found}
    assert steps(differs, stack) == []


def remembered(look: Look) -> Look:
    """Nobody names it, and its container is gone: where its data is, nobody says."""
    redis = Redis("cache")
    whole = replace(stack(redis=redis), found=frozenset({"cache"}))
    gone = replace(without(look, "cache"), completed=whole)
    mounts = (
        DeclaredMount("volume", "shop_kept", "/bitnami/redis/data"),
        DeclaredMount("bind", "/etc/localtime", "/etc/localtime"),
        DeclaredMount("bind", "/srv/shop/conf", "/conf", writable=False),
    )
    return with_declared(gone, "cache", mounts=mounts)


@pytest.mark.parametrize(
    ("mount", "refused"),
    [
        (Mount("volume", "/v", "/bitnami/redis/data", "shop_kept"), True),
        (Mount("bind", "/etc/localtime", "/etc/localtime"), False),
        (Mount("bind", "/srv/shop/conf", "/conf"), False),
    ],
)
@pytest.mark.parametrize("status", ["", "exited"], ids=["gone", "stopped"])
def test_one_of_which_nobody_says_where_its_data_is_shares_none(
    look: Look, mount: Mount, refused: bool, status: str
) -> None:
    """It is as if each place that it may write to had its data."""
    other = container("elsewhere", "other", {}, project="", mounts=(mount,))
    crowded = joined(remembered(look), other)
    service = crowded.declared.services["cache"]
    kept = Mount("volume", "/v", "/bitnami/redis/data", "shop_kept")
    made = Mount("volume", "/a", "/data", ANONYMOUS)  # By its image.
    there = container("cache", "shop-cache-1", {}, mounts=(made, kept), status=status)
    own = there if status else None
    assert (in_use(crowded, Redis("cache"), service, own) is not None) is refused
    named = replace(crowded, completed=None)
    assert in_use(named, Redis("cache"), service, own) is None


@pytest.mark.parametrize("declared", [True, False], ids=["as declared", "by hand"])
def test_a_client_at_its_socket_does_not_write_to_its_data(look: Look, declared: bool) -> None:
    """Compose has a client mount a place of Redis': that of its socket, then, and not its data."""
    mounts = (DeclaredMount("volume", "shop_kept", "/run/cache"),)
    there = remembered(look)
    crowded = with_declared(there, "web", mounts=mounts) if declared else there
    at_it = with_container(
        crowded, "web", mounts=(Mount("volume", "/v", "/run/cache", "shop_kept"),)
    )
    because = in_use(at_it, Redis("cache"), at_it.declared.services["cache"])
    assert (because is None) is declared


def test_one_of_which_nobody_says_where_its_data_is_does_not_come_up_empty(look: Look) -> None:
    redis, gone = Redis("cache"), remembered(look)
    service = gone.declared.services["cache"]
    for there, empty in ((frozenset({"other"}), True), (frozenset({"shop_kept"}), False)):
        because = would_be_empty(with_reply(gone, VOLUMES, there), redis, service)
        assert (because is not None) is empty
        assert because is None or "shop_kept, where its data may be" in because.because


def test_one_of_which_the_compose_file_has_none_is_not_created(look: Look, stack: Stack) -> None:
    """It was scaled to none on purpose: what an earlier look has left of it does not count."""
    gone = remembered(look)
    (finding,) = of_servers(gone, gone.completed or stack)
    assert isinstance(finding.resolution, Remedy)
    none = with_declared(gone, "cache", none=True)
    assert of_servers(none, none.completed or stack) == []
    (finding,) = of_servers(replace(none, completed=None), stack)
    assert isinstance(finding.resolution, Refusal)
    assert "scale: 0" in finding.resolution.because
