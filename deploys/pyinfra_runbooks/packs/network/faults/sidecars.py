"""Faults of containers that live in the network namespace of Redis."""

from __future__ import annotations

from lab.console import wait_until
from lab.faults.common import add_service, recreate_without_secrets
from lab.faults.model import PROCESS, Fault, Repaired, touching
from lab.hosts import PROJECT, REDIS, Host
from lab.project import compose

# It does nothing: that it is in the right network is all that is asked of it.
_SERVICE = """\
  exporter:
    image: ${REDIS_IMAGE}
    entrypoint: [sleep, infinity]
    init: true
    network_mode: service:redis
    restart: unless-stopped

"""


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
    """Compose was made to create Redis again, and nothing else."""
    was_healthy = host.is_healthy()
    _with_sidecar(host)
    compose(host, "up --detach --no-deps --force-recreate --timeout 30 redis")
    if was_healthy:
        wait_until(host.is_healthy, f"the API of {host.name} to find its Redis again", timeout=15)


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
)
