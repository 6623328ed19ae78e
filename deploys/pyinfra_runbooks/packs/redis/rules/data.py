"""Whether Redis can be stopped, or replaced, without losing what it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TypeVar

from ....core.resolution import Refusal
from ....core.unknown import Unknown
from ....engine.compose import DeclaredMount, DeclaredService
from ....engine.docker import Container, Mount
from ....engine.look import Look
from ....engine.rules.writers import is_data, stays, writers, writes
from ....settings import Redis
from ..probe import KEPT, VOLUMES
from ..server import Server

M = TypeVar("M", Mount, DeclaredMount)


def unsafe(
    look: Look, redis: Redis, service: DeclaredService, container: Container, recreate: bool
) -> Refusal | None:
    """Why it must not be stopped (or, with ``recreate``, replaced); None where nothing is lost."""
    if recreate and (fleeting := _fleeting(look, redis, container)):
        return _would_go(look, redis, container, fleeting)
    return (_misplaced(look, redis, service, container) if recreate else None) or _unsaved(
        look, redis, container
    )


def fleeting(look: Look, redis: Redis, container: Container) -> bool:
    """Whether what it has on disk goes with its container."""
    return _fleeting(look, redis, container) is not None


def in_use(
    look: Look, redis: Redis, service: DeclaredService, container: Container | None = None
) -> Refusal | None:
    """Another container that writes to the same data: two of them would destroy it."""
    unsure = _unsure(look, redis, container)
    declared = _keeping(service.mounts, redis, unsure)
    own = _keeping(container.mounts if container else (), redis, unsure)
    places = {m.source for m in declared} | {m.name or m.source for m in own}
    likely = {m.source for m in declared if m.target == redis.directory}
    for other in writers(look, places, but=container.id if container else ""):
        if unsure and _shares_another_place(look, other, places, likely):
            continue
        return Refusal(
            f"{writes(other)} to the same data ({', '.join(sorted(filter(None, places)))})",
            f"find out what it is; once it has saved: docker stop {other.name}",
        )
    return None


def _shares_another_place(
    look: Look, other: Container, places: Collection[str | None], likely: Collection[str | None]
) -> bool:
    """Whether Compose has a client run that mounts a place of Redis', such as that of its socket.

    Of the places that may have the data, that is none: no client writes there.

    + likely: where its data is, if nobody has moved it
    """
    if any({m.source, m.name} & {*likely} for m in other.mounts):
        return False
    servers = look.completed.servers if look.completed else ()
    return other.service not in {s.service for s in servers} and stays(look, other, places)


def would_be_empty(look: Look, redis: Redis, service: DeclaredService) -> Refusal | None:
    """Why a Redis that is created now would find no data, where there has to be some."""
    around = holding(service.mounts, redis.directory)
    known = (around,) if around else ()
    unsure = _unsure(look, redis, None)
    for declared in _keeping(service.mounts, redis, unsure) if unsure else known:
        if _gone(look, declared):
            volume = "volume " if declared.kind == "volume" else ""
            belongs = "may be" if unsure else "belongs"
            return Refusal(
                f"{volume}{declared.source}, where its data {belongs}, does not exist: it would"
                " come up empty",
                "restore the data; or start with an empty Redis: docker compose up -d"
                f" {service.name}",
            )
    return None


def _gone(look: Look, declared: DeclaredMount) -> bool:
    if declared.kind == "volume":
        volumes = look.of(VOLUMES)
        if isinstance(volumes, Unknown) or declared.source is None:
            return False
        return declared.source not in volumes
    file = look.files.get(declared.source or "")
    return file is not None and file.missing


def _unsure(look: Look, redis: Redis, container: Container | None) -> bool:
    """Whether nothing tells where its data is: nobody named it, and it has no container, or one
    that has no mount where it is thought to be, or only what its image makes there."""
    if look.completed is None or redis.service not in look.completed.found:
        return False
    there = holding(container.mounts, redis.directory) if container else None
    return there is None or there.anonymous


def _keeping(mounts: Iterable[M], redis: Redis, unsure: bool) -> list[M]:
    """The mount of its data; or, where it is not known which that is, each that it may be."""
    if not unsure:
        return [m for m in mounts if m.target == redis.directory][:1]
    kinds = ("bind", "volume")
    return [m for m in mounts if m.writable and m.kind in kinds and is_data(m.source or "")]


def _directory(look: Look, redis: Redis) -> str:
    """Where Redis says its data is; where it can't be asked, where the inventory says so."""
    server = look.server(redis.service)
    config = None if isinstance(server, Unknown) else server.config
    return (config or {}).get("dir") or redis.directory


def holding(mounts: Iterable[M], directory: str) -> M | None:
    """The mount that a directory is in: the innermost one."""
    around = [m for m in mounts if f"{directory}/".startswith(f"{m.target.rstrip('/')}/")]
    return max(around, key=lambda m: len(m.target), default=None)


def _fleeting(look: Look, redis: Redis, container: Container) -> Refusal | None:
    """Its data is in no place that outlives the container, as a cache's may be."""
    data = _directory(look, redis)
    there = holding(container.mounts, data)
    if there is None:
        return Refusal(
            f"its data in {data} is in the container itself and would be lost with it",
            f"docker cp {container.name}:{data} .; then give {data} a volume in the compose file",
        )
    if there.anonymous:
        return Refusal(
            f"its data in {data} is in an anonymous volume, which a new container would not get",
            f"docker cp {container.name}:{data} .; then give {data} a named volume in the compose"
            " file",
        )
    return None


def _would_go(look: Look, redis: Redis, container: Container, where: Refusal) -> Refusal | None:
    """What would be lost with a container; None: nothing.

    What is on disk is never lost. A cache that keeps nothing there still has its keys.

    + where: its data is, as a reason to refuse
    """
    if not container.running:
        kept = look.of(KEPT, redis.service)
        if isinstance(kept, Unknown):
            return replace(where, because=f"{where.because}, and what is there is not known")
        return replace(where, because=f"{where.because}: {kept}") if kept else None
    server, inside = look.server(redis.service), look.inside(redis.service)
    if isinstance(server, Unknown) or not server.info or isinstance(inside, Unknown):
        return where
    if because := _others_or_loading(server):
        return because
    config, data = server.config or {}, _directory(look, redis)
    keeps_none = config.get("save") == "" and server.info.get("aof_enabled") == "0"
    if not keeps_none or inside.kept is None or data != redis.directory:
        return where
    if inside.kept:
        return replace(where, because=f"{where.because}: {inside.kept}")
    if not (held := _held(server)):
        return None
    return Refusal(
        f"it holds {held} in memory only (no save points, no AOF, no dump), which would be"
        " lost with its container",
        f"if you can do without what it holds: --data allow_data_loss={redis.service}",
        of_loss=True,
    )


def fleeting_content(look: Look, redis: Redis, container: Container) -> str:
    """What a container that is recreated has only in memory; empty: nothing."""
    server = look.server(redis.service)
    if isinstance(server, Unknown) or not container.running or not (held := _held(server)):
        return ""
    return held if fleeting(look, redis, container) else ""


def _held(server: Server) -> str:
    counts = {"key": server.keys, "function": server.functions}
    return " and ".join(f"{n} {what}{'s' * (n > 1)}" for what, n in counts.items() if n)


def _misplaced(
    look: Look, redis: Redis, service: DeclaredService, container: Container
) -> Refusal | None:
    """The data has to be in the place where the new container will look for it."""
    data = _directory(look, redis)
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


def _unsaved(look: Look, redis: Redis, container: Container) -> Refusal | None:
    """What Redis says of its own saving, and whether it can write at all."""
    if not container.running:
        return None
    inside, server = look.inside(redis.service), look.server(redis.service)
    if not isinstance(inside, Unknown) and inside.data is not None:
        data = inside.data
        if data.error:
            return Refusal(
                f"its data directory can't be looked at ({data.error})",
                f"docker exec {container.name} ls -ld {_directory(look, redis)}",
            )
        if not _writable(data.uid, data.gid, data.mode, inside.uid, inside.groups):
            return Refusal(
                f"it can't save: its data directory belongs to {data.uid}:{data.gid} with mode"
                f" {data.mode:04o}, and it runs as {inside.uid}",
                f"docker exec -u 0 {container.name} chown {inside.uid} {_directory(look, redis)},"
                " then BGSAVE",
            )
    if isinstance(server, Unknown) or not server.authenticated:
        return None
    if not server.info:
        return Refusal(
            f"it can't be proved that its data is saved: no declared user may run INFO"
            f" ({server.says})",
            "declare a user that may (+info, or +@all): Redis(admin=...)",
        )
    if server.failed_save:
        return Refusal(
            f"its last save failed ({server.failed_save})",
            f"docker logs --tail 20 {container.name}; once that is repaired: BGSAVE",
        )
    return _others_or_loading(server)


def _others_or_loading(server: Server) -> Refusal | None:
    if server.loading:
        return Refusal(
            f"it is still loading its data ({server.loading})", "wait until INFO says loading:0"
        )
    if others := _others(server):
        return Refusal(
            f"{others}, and stopping it would affect other servers",
            "by hand: fail over to a replica (CLUSTER FAILOVER, or SENTINEL FAILOVER), then repair"
            " this one",
        )
    return None


def _others(server: Server) -> str | None:
    """Whom it works with; None where it is alone."""
    info = server.info
    if server.is_sentinel:
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
