"""Faults of the container of Redis: stopped, gone, made otherwise, or starting again and again."""

from __future__ import annotations

from lab.faults.common import on_the_host, recreate_without_secrets
from lab.faults.model import PROCESS, Fault, Refused, Repaired, touching
from lab.hosts import DIRECTORY, NETWORK, REDIS, Host
from lab.redis import ACL_FILE

BACKUP = "shop-backup-1"


def _by_hand(host: Host) -> None:
    host.run(
        f"docker stop --time 30 {REDIS} && docker rm {REDIS}"
        f" && docker run --detach --name {REDIS} --network {NETWORK} --network-alias redis"
        f" --volume {host.volume}:{host.stack.data} {host.redis.name} {host.stack.server}"
    )


def _backed_up(host: Host) -> None:
    recreate_without_secrets(host)
    host.run(
        f"docker run --detach --name {BACKUP} --network none --entrypoint sleep"
        f" --volume {host.volume}:/backup:ro {host.redis.name} infinity"
    )


# In place: what is mounted stays the same file. Who may not read it finds out on the way.
_WITHOUT_USER = f"""others=$(grep -v '^user lwe-app ' {ACL_FILE})
    printf '%s\\n' "$others" >{ACL_FILE}"""

FAULTS = (
    Fault(
        "redis-stopped",
        "stops the Redis container",
        "API degraded; Docker leaves it stopped",
        None,
        on_the_host(f"docker stop --time 30 {REDIS}"),
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
        on_the_host(f"docker stop --time 30 {REDIS} && docker rm {REDIS}"),
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
        on_the_host(f"docker pause {REDIS}"),
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
        on_the_host(f"echo '# restarted' >>{ACL_FILE} && docker restart -t 30 {REDIS}"),
        Repaired("restart"),
        touching(*PROCESS, "acl-file"),
        loops=True,
    ),
    Fault(
        "redis-conf-broken",
        "puts a line into redis.conf that Redis does not know, with a password, and restarts it",
        "API degraded: Redis refuses its configuration, and restarts for ever",
        None,
        on_the_host(
            f"echo 'nosuchdirective hunter2' >>{DIRECTORY}/redis.conf"
            f" && docker restart -t 30 {REDIS}"
        ),
        Refused("nosuchdirective", never="hunter2"),
        touching(*PROCESS, "redis-conf"),
        loops=True,
    ),
    Fault(
        "by-hand",
        "replaces Redis by a container of the same name, made by a plain docker run",
        "API degraded: its user is unknown; strangers are let in",
        None,
        _by_hand,
        Refused("what it holds is not known"),
        touching(*PROCESS, "redis-container", "redis-networks", "redis-conf"),
        stage=0,
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
        "stopped-without-user",
        "stops Redis, and takes the API's user out of its ACL file",
        "API degraded; started as it is, Redis would lock it out",
        None,
        on_the_host(f"docker stop --time 30 {REDIS} && {_WITHOUT_USER}"),
        Repaired("none"),
        touching(*PROCESS, "acl-file"),
        stage=3,
    ),
    Fault(
        "paused-without-user",
        "pauses Redis, and takes the API's user out of its ACL file",
        "API degraded: Redis takes connections, and answers nothing",
        None,
        on_the_host(f"docker pause {REDIS} && {_WITHOUT_USER}"),
        Repaired("none"),
        touching(*PROCESS, "acl-file"),
        stage=3,
    ),
)
