"""Whether Redis can be stopped, or replaced, without losing what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from ..compose import DeclaredMount, DeclaredService
from ..engine import Container, Mount
from ..findings import Refusal, Unknown
from ..look import Look
from ..server import Server
from ..settings import Stack
from .writers import writers, writes

M = TypeVar("M", Mount, DeclaredMount)


def unsafe(
    look: Look, stack: Stack, service: DeclaredService, container: Container, recreate: bool
) -> Refusal | None:
    """Why it must not be stopped (or, with ``recreate``, replaced); None where nothing is lost."""
    if recreate and (fleeting := _fleeting(look, stack, container)):
        return _would_go(look, stack, container, fleeting)
    return (_misplaced(look, stack, service, container) if recreate else None) or _unsaved(
        look, container
    )


def fleeting(look: Look, stack: Stack, container: Container) -> bool:
    """Whether what it has on disk goes with its container."""
    return _fleeting(look, stack, container) is not None


def in_use(
    look: Look, stack: Stack, service: DeclaredService, container: Container | None = None
) -> Refusal | None:
    """Another container that writes to the same data: two of them would destroy it."""
    declared = service.mount(stack.redis.data)
    own = container.mount(stack.redis.data) if container else None
    places = {m.source for m in (declared,) if m} | {m.name or m.source for m in (own,) if m}
    for other in writers(look, places, but=container.id if container else ""):
        return Refusal(
            f"{writes(other)} to the same data ({', '.join(sorted(filter(None, places)))})",
            f"find out what it is; docker stop {other.name}, once it has saved",
        )
    return None


def would_be_empty(look: Look, stack: Stack, service: DeclaredService) -> Refusal | None:
    """Why a Redis that is created now would find no data, where there has to be some."""
    declared = holding(service.mounts, stack.redis.data)
    if declared is None or declared.source is None:
        return None
    if declared.kind == "volume":
        gone = look.volumes is not None and declared.source not in look.volumes
        what = f"volume {declared.source}"
    else:
        file = look.files.get(declared.source)
        gone = file is not None and file.missing
        what = declared.source
    if not gone:
        return None
    return Refusal(
        f"{what}, where its data belongs, does not exist: it would come up empty",
        f"restore the data; or start with an empty Redis: docker compose up -d {service.name}",
    )


def _directory(look: Look, stack: Stack) -> str:
    """Where Redis says its data is; where it can't be asked, where the inventory says so."""
    config = None if isinstance(look.redis, Unknown) else look.redis.config
    return (config or {}).get("dir") or stack.redis.data


def holding(mounts: Iterable[M], directory: str) -> M | None:
    """The mount that a directory is in: the innermost one."""
    around = [m for m in mounts if f"{directory}/".startswith(f"{m.target.rstrip('/')}/")]
    return max(around, key=lambda m: len(m.target), default=None)


def _fleeting(look: Look, stack: Stack, container: Container) -> Refusal | None:
    """Its data is in no place that outlives the container, as a cache's may be."""
    data = _directory(look, stack)
    there = holding(container.mounts, data)
    if there is None:
        return Refusal(
            f"its data in {data} is in the container itself and would be lost with it",
            f"docker cp {container.name}:{data} . — then give {data} a volume in the compose file",
        )
    if there.anonymous:
        return Refusal(
            f"its data in {data} is in an anonymous volume, which a new container would not get",
            f"copy volume {(there.name or '')[:12]}…, then name a volume in the compose file",
        )
    return None


def _would_go(look: Look, stack: Stack, container: Container, where: Refusal) -> Refusal | None:
    """What would be lost with a container; None: nothing, or what the inventory can do without.

    What is on disk is never lost. A cache that keeps nothing there still has its keys.

    + where: its data is, as a reason to refuse
    """
    if not container.running:
        if isinstance(look.kept, Unknown):
            return replace(where, because=f"{where.because}, and what is there is not known")
        return replace(where, because=f"{where.because}: {look.kept}") if look.kept else None
    redis, inside = look.redis, look.inside_redis
    if isinstance(redis, Unknown) or not redis.info or isinstance(inside, Unknown):
        return where
    if because := _others_or_loading(redis):
        return because
    config, data = redis.config or {}, _directory(look, stack)
    keeps_none = config.get("save") == "" and redis.info.get("aof_enabled") == "0"
    if not keeps_none or inside.kept is None or data != stack.redis.data:
        return where
    if inside.kept:
        return replace(where, because=f"{where.because}: {inside.kept}")
    if not redis.keys or stack.unsaved == "accept":
        return None
    return Refusal(
        f"it holds {_keys(redis)} in memory only (no save points, no AOF, no dump), which would be"
        " lost with its container",
        "if you can do without these keys: --data unsaved=accept",
    )


def accepted(look: Look, stack: Stack, container: Container) -> str:
    """What is lost with a container that is recreated, since it may be; empty: nothing."""
    redis = look.redis
    if isinstance(redis, Unknown) or not container.running or not redis.keys:
        return ""
    return _keys(redis) if fleeting(look, stack, container) else ""


def _keys(redis: Server) -> str:
    return f"{redis.keys} key{'s' if redis.keys > 1 else ''}"


def _misplaced(
    look: Look, stack: Stack, service: DeclaredService, container: Container
) -> Refusal | None:
    """The data has to be in the place where the new container will look for it."""
    data = _directory(look, stack)
    there, declared = holding(container.mounts, data), holding(service.mounts, data)
    if there is None:
        return None
    has = there.name if there.kind == "volume" else there.source
    if declared is None or declared.source != has or declared.target != there.target:
        becomes = declared.source if declared else "nothing"
        return Refusal(
            f"its data is in {has}, and Compose would mount {becomes} at {there.target}",
            f"make the compose file mount {has} at {there.target}, or move the data",
        )
    return None


def _unsaved(look: Look, container: Container) -> Refusal | None:
    """What Redis says of its own saving, and whether it can write at all."""
    if not container.running:
        return None
    inside, redis = look.inside_redis, look.redis
    if not isinstance(inside, Unknown) and inside.data is not None:
        data = inside.data
        if data.error:
            return Refusal(
                f"its data directory can't be looked at ({data.error})",
                f"look there: docker exec {container.name} ls -ld DATA-DIRECTORY",
            )
        if not _writable(data.uid, data.gid, data.mode, inside.uid, inside.groups):
            return Refusal(
                f"it can't save: its data directory belongs to {data.uid}:{data.gid} with mode"
                f" {data.mode:04o}, and it runs as {inside.uid}",
                f"docker exec -u 0 {container.name} chown {inside.uid} DATA-DIRECTORY, then BGSAVE",
            )
    if isinstance(redis, Unknown) or not redis.asked:
        return None
    if not redis.info:
        return Refusal(
            f"it can't be proved that its data is saved: no declared user may run INFO"
            f" ({redis.says})",
            "declare a user that may (+info, or +@all): Redis(admin=...)",
        )
    if redis.failed_save:
        return Refusal(
            f"its last save failed ({redis.failed_save})",
            f"docker logs --tail 20 {container.name}, and BGSAVE once that is repaired",
        )
    return _others_or_loading(redis)


def _others_or_loading(redis: Server) -> Refusal | None:
    if redis.loading:
        return Refusal(
            f"it is still loading its data ({redis.loading})", "wait until INFO says loading:0"
        )
    if others := _others(redis.info):
        return Refusal(
            f"{others}, and stopping it would affect other servers",
            "repair it by hand, after a failover where it has one",
        )
    return None


def _others(info: Mapping[str, str]) -> str | None:
    """Whom it works with; None where it is alone."""
    if info.get("redis_mode", "standalone") == "sentinel":
        return "it is a Sentinel"
    if info.get("cluster_enabled", "0") != "0":
        return "it is a member of a cluster"
    if info.get("role", "master") != "master":
        return f"it is a replica of {info.get('master_host', 'another one')}"
    if info.get("connected_slaves", "0") != "0":
        return f"it has {info['connected_slaves']} replicas"
    return None


def _writable(owner: int, group: int, mode: int, uid: int, groups: frozenset[int]) -> bool:
    if uid == 0:
        return True
    if uid == owner:
        return bool(mode & 0o200)
    return bool(mode & (0o020 if group in groups else 0o002))
