"""Faults of services: stopped, gone, stuck, or starting again and again."""

from __future__ import annotations

from collections.abc import Callable

from ..aside import ADDED, UPLOADED
from ..hosts import API, DIRECTORY, PROJECT, REDIS, Host
from ..redis import ACL_FILE
from .compose import recreate_without_secrets
from .model import PROCESS, ByStack, Fault, Refused, Repaired, touching
from .networks import TEST_NETWORK, create_test_network

CADDY, POSTGRES = f"{PROJECT}-caddy-1", f"{PROJECT}-postgres-1"
DOOR = "shop-door-1"


def _on_the_host(script: str) -> Callable[[Host], object]:
    return lambda host: host.run(script)


def _port_taken(host: Host) -> None:
    host.run(
        f"docker stop {CADDY} && docker run --detach --name {DOOR} --publish 443:443"
        f" --entrypoint sleep {host.redis.name} infinity"
    )


def _incident(host: Host) -> None:
    host.run(create_test_network())
    recreate_without_secrets(host, TEST_NETWORK)


FAULTS = (
    Fault(
        "redis-stopped",
        "stops the Redis container",
        "API degraded; Docker leaves it stopped",
        None,
        _on_the_host(f"docker stop --time 30 {REDIS}"),
        Repaired("none"),
        touching(*PROCESS),
        stage=3,
        causes=frozenset({"redis-stopped"}),
    ),
    Fault(
        "redis-removed",
        "stops and removes the Redis container; its volume stays",
        "API degraded; there is no container to start",
        None,
        _on_the_host(f"docker stop --time 30 {REDIS} && docker rm {REDIS}"),
        Repaired("none"),
        touching(*PROCESS, "redis-container", "redis-networks"),
        stage=3,
        causes=frozenset({"redis-removed"}),
    ),
    Fault(
        "redis-paused",
        "pauses the Redis container",
        "API degraded: Redis takes connections, and answers nothing",
        None,
        _on_the_host(f"docker pause {REDIS}"),
        Repaired("none"),
        # Nothing can be done in a container that is paused; it has to come last.
        touching("redis-process"),
        stage=3,
    ),
    Fault(
        "redis-restart-loop",
        "puts a # comment into the ACL file, and restarts Redis",
        "API degraded: Redis refuses its ACL file, and restarts for ever",
        None,
        _on_the_host(f"echo '# restarted' >>{ACL_FILE} && docker restart -t 30 {REDIS}"),
        Repaired("restart"),
        touching(*PROCESS, "acl-file"),
        loops=True,
    ),
    Fault(
        "api-stuck",
        "opens the API's circuit breaker, which only a restart closes",
        "API degraded, though Redis is well",
        None,
        _on_the_host(f"docker kill --signal USR1 {API}"),
        Repaired("restart"),
        touching("api"),
        causes=frozenset({"api-unwell"}),
    ),
    Fault(
        "api-lacks-secret",
        "has the API mount one secret more, and puts a file into its container",
        "API ok; its container lacks that secret, and holds what a new one would not have",
        "it does not read that secret",
        _on_the_host(
            f"sed -i '/^  api:/,/^  redis:/s/^      - redis_password$/&\\n      - redis_users_acl/'"
            f" {DIRECTORY}/docker-compose.yml && printf uploaded >{ADDED}"
            f" && docker cp {ADDED} {API}:{UPLOADED}"
        ),
        Refused(f"{UPLOADED} is in the container {API} itself"),
        touching("api", "compose-file"),
    ),
    Fault(
        "api-hung",
        "stops the API's process as a debugger would: it answers nothing, SIGTERM included",
        "no answer through Caddy; a plain docker restart takes ten seconds",
        None,
        _on_the_host(f"docker kill --signal STOP {API}"),
        Repaired("restart"),
        touching("api"),
        stage=3,
    ),
    Fault(
        "api-removed",
        "stops and removes the API's container",
        "no answer through Caddy",
        None,
        _on_the_host(f"docker stop {API} && docker rm {API}"),
        Repaired("none"),
        touching("api"),
        stage=3,
    ),
    Fault(
        "caddy-down",
        "stops Caddy",
        "nothing answers from outside; API and Redis are well",
        None,
        _on_the_host(f"docker stop {CADDY}"),
        Refused("caddy: is not running"),
        touching("caddy"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
    Fault(
        "port-taken",
        f"stops Caddy, and has {DOOR}, another project's container, take its port",
        "nothing answers from outside, and Caddy can't be started",
        None,
        _port_taken,
        Refused("caddy: is not running"),
        touching("caddy", "stranger"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
    Fault(
        "postgres-stopped",
        "stops PostgreSQL, which ends with code 0 as a job does",
        "the API answers ok, since it does not ask there",
        "its health speaks of Redis alone",
        _on_the_host(f"docker stop --time 30 {POSTGRES}"),
        # There the API waits for its start-up validation; here nothing says who needs it.
        ByStack(
            incident=Repaired("none"),
            bare=Refused(f"postgres: is not running(.|\n)*docker start {POSTGRES}"),
        ),
        touching("postgres"),
        stage=3,
        causes=frozenset({"not-running"}),
    ),
    Fault(
        "incident",
        f"the report's three causes: no secrets, no ACL, and only on {TEST_NETWORK}",
        "API degraded; docker ps shows everything up",
        None,
        _incident,
        Repaired("recreate"),
        touching(*PROCESS, "redis-container", "redis-networks", "redis-conf"),
        stage=0,
    ),
)
