"""Whether Redis can be stopped, or replaced, without losing what it holds."""

from __future__ import annotations

from ..compose import DeclaredService
from ..engine import Container
from ..findings import Refusal, Unknown
from ..look import Look
from ..settings import Stack


def unsafe(
    look: Look, stack: Stack, service: DeclaredService, container: Container, recreate: bool
) -> Refusal | None:
    """Why it must not be stopped (or, with ``recreate``, replaced); None where nothing is lost."""
    return (_misplaced(stack, service, container) if recreate else None) or _unsaved(
        look, container
    )


def _misplaced(stack: Stack, service: DeclaredService, container: Container) -> Refusal | None:
    """The data has to be in the place where the new container will look for it."""
    data = stack.redis.data
    there, declared = container.mount(data), service.mount(data)
    if there is None:
        return Refusal(
            f"its data in {data} is in the container itself and would go with it",
            f"docker cp {container.name}:{data} . — then give {data} a volume in the compose file",
        )
    if there.anonymous:
        return Refusal(
            f"its data in {data} is in an anonymous volume, which nothing refers to afterwards",
            f"copy volume {(there.name or '')[:12]}…, then name a volume in the compose file",
        )
    has = there.name if there.kind == "volume" else there.source
    if declared is None or declared.source != has:
        becomes = declared.source if declared else "nothing"
        return Refusal(
            f"its data is in {has}, and Compose would mount {becomes} at {data}",
            f"make the compose file mount {has} at {data}, or move the data",
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
            return Refusal(f"its data directory can't be looked at ({data.error})", "look there")
        if not _writable(data.uid, data.gid, data.mode, inside.uid, inside.groups):
            return Refusal(
                f"it can't save: its data directory belongs to {data.uid}:{data.gid} with mode"
                f" {data.mode:04o}, and it runs as {inside.uid}",
                f"docker exec -u 0 {container.name} chown {inside.uid} DATA-DIRECTORY, then BGSAVE",
            )
    if isinstance(redis, Unknown) or not redis.info:
        return None
    info = redis.info
    for field, good in (("rdb_last_bgsave_status", "ok"), ("aof_last_write_status", "ok")):
        if info.get(field, good) != good:
            return Refusal(
                f"its last save failed ({field}:{info[field]})",
                f"docker logs --tail 20 {container.name}, and BGSAVE once that is repaired",
            )
    if info.get("loading", "0") != "0":
        return Refusal("it is still loading its data", "wait until INFO says loading:0")
    if info.get("role", "master") != "master" or info.get("cluster_enabled", "0") != "0":
        return Refusal(
            "it is a replica or a cluster member, whose others would notice",
            "see to it with the means of its cluster",
        )
    return None


def _writable(owner: int, group: int, mode: int, uid: int, groups: frozenset[int]) -> bool:
    if uid == 0:
        return True
    if uid == owner:
        return bool(mode & 0o200)
    return bool(mode & (0o020 if group in groups else 0o002))
