"""Faults around containers that live with Redis: in its network namespace, or on its data."""

from __future__ import annotations

from ..console import wait_until
from ..hosts import PROJECT, REDIS, Host
from ..project import compose
from .compose import add_service, recreate_without_secrets
from .model import PROCESS, Fault, Refused, Repaired, touching

BACKUP = "shop-backup-1"

# It does nothing: that it is in the right network is all that is asked of it.
_SERVICE = """\
  exporter:
    image: ${REDIS_IMAGE}
    entrypoint: [sleep, infinity]
    init: true
    network_mode: service:redis
    restart: unless-stopped

"""

# What converts the data of PostgreSQL, while that is stopped: nothing that an ordinary `up` starts.
_CONVERTER = """\
  convert:
    image: ${REDIS_IMAGE}
    entrypoint: [sleep, infinity]
    init: true
    network_mode: none
    profiles: [maintenance]
    volumes:
      - postgres_data:/old

"""
_NEEDS_POSTGRES = "    depends_on: [postgres]\n"


def _with_sidecar(host: Host) -> None:
    """An exporter in the network of Redis, as Compose declares and starts it."""
    add_service(host, _SERVICE)
    compose(host, "up --detach --no-deps exporter")


def _recreated(host: Host) -> None:
    """Redis without its secrets; the sidecar followed it, as it does where Compose is asked."""
    _with_sidecar(host)
    recreate_without_secrets(host)
    compose(host, "up --detach --no-deps --force-recreate --timeout 3 exporter")


def _paused(host: Host) -> None:
    _recreated(host)
    host.run(f"docker pause {PROJECT}-exporter-1")


def _restarted(host: Host) -> None:
    was_healthy = host.is_healthy()  # In a set, something else may keep it from that.
    _with_sidecar(host)
    host.run(f"docker restart --time 30 {REDIS}")
    if was_healthy:
        wait_until(host.is_healthy, f"the API of {host.name} to find its Redis again", timeout=15)


def _gone(host: Host) -> None:
    """Somebody had Compose make Redis again, and nothing else."""
    was_healthy = host.is_healthy()
    _with_sidecar(host)
    compose(host, "up --detach --no-deps --force-recreate --timeout 30 redis")
    if was_healthy:
        wait_until(host.is_healthy, f"the API of {host.name} to find its Redis again", timeout=15)


def _backed_up(host: Host) -> None:
    recreate_without_secrets(host)
    host.run(
        f"docker run --detach --name {BACKUP} --network none --entrypoint sleep"
        f" --volume {host.volume}:/backup:ro {host.redis.name} infinity"
    )


def _converted(host: Host) -> None:
    # The incident's API needs it already: a validation that it waits for asks it.
    add_service(host, _CONVERTER, api="" if host.stack.validations else _NEEDS_POSTGRES)
    host.run(f"docker stop --time 30 {PROJECT}-postgres-1")
    compose(host, "--profile maintenance up --detach --no-deps convert")


FAULTS = (
    Fault(
        "sidecar-of-redis",
        "recreates Redis without its secrets, and an exporter that shares its network",
        "API degraded; whatever recreates Redis cuts the exporter off",
        None,
        _recreated,
        Repaired("recreate"),
        touching(
            *PROCESS, "redis-container", "redis-networks", "redis-conf", "compose-file", "stranger"
        ),
        stage=0,
    ),
    Fault(
        "sidecar-paused",
        "recreates Redis without its secrets, and pauses an exporter that lives in its network",
        "API degraded; the exporter could never go on, once Redis is recreated without it",
        None,
        _paused,
        Repaired("recreate"),
        touching(
            *PROCESS, "redis-container", "redis-networks", "redis-conf", "compose-file", "stranger"
        ),
        stage=0,
    ),
    Fault(
        "sidecar-stale",
        "restarts Redis, and not the exporter that shares its network",
        "API ok; the exporter reaches nobody, and docker ps shows everything up",
        "it lives in a network of its own",
        _restarted,
        Repaired("restart"),
        touching(*PROCESS, "redis-container", "redis-networks", "compose-file", "stranger"),
        stage=0,
        causes=frozenset({"sidecar-cut-off"}),
    ),
    Fault(
        "sidecar-left",
        "recreates Redis, and not the exporter that shares its network",
        "API ok; the exporter lives with a container that is gone, and can't start again",
        "it lives in a network of its own",
        _gone,
        Repaired("recreate"),
        touching(*PROCESS, "redis-container", "redis-networks", "compose-file", "stranger"),
        stage=0,
        causes=frozenset({"sidecar-cut-off"}),
    ),
    Fault(
        "backup-reads",
        f"recreates Redis without its secrets; {BACKUP} reads its data, and may not write",
        "API degraded; a container that only reads destroys no data",
        None,
        _backed_up,
        Repaired("recreate"),
        touching(*PROCESS, "redis-container", "redis-networks", "redis-conf", "stranger"),
        stage=0,
    ),
    Fault(
        "postgres-converted",
        "stops PostgreSQL, which the API needs, and has a service of a profile convert its data",
        "the API answers ok, since it does not ask there; two on one volume destroy it",
        "its health speaks of Redis alone",
        _converted,
        Refused("convert.* writes to the same data"),
        touching("postgres", "compose-file", "stranger"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
)
