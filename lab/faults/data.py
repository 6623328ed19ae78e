"""Faults of the data: where it is, and whether it can be saved and loaded."""

from __future__ import annotations

from contextlib import suppress
from shlex import quote

from ..aside import DATA, FILES, SMALL, VOLUME
from ..console import LabError, wait_until
from ..hosts import DIRECTORY, REDIS, Host
from ..keyspace import ask_anyhow
from ..project import compose
from .model import PROCESS, Fault, Refused, touching

_NOT_SAVED = Refused("its last save failed|could not be saved")
_SLOW = 400  # keys that take their time to load


def _volume_anonymous(host: Host) -> None:
    """Redis as it is while somebody forgot its volume: in one that the image asks for."""
    file = f"{DIRECTORY}/docker-compose.yml"
    whole = host.run(f"cat {file}")
    less = whole.replace("      - redis_data:/data\n", "", 1)
    host.run(f"printf %s {quote(less)} >{file}")
    # Compose itself would hand the volume on from one container to the next.
    compose(host, "stop --timeout 30 redis && docker compose rm --force redis")
    compose(host, "up --detach --no-deps redis")
    host.run(f"printf %s {quote(whole)} >{file}")
    wait_until(host.is_healthy, f"the API of {host.name} to find that Redis", timeout=15)


def _volume_missing(host: Host) -> None:
    host.run(
        f"""set -eu
        docker stop --time 30 {REDIS}
        docker rm {REDIS}
        mkdir -p {DATA}
        cp -a {FILES}/. {DATA}/
        docker volume rm {VOLUME}"""
    )


def _disk_full(host: Host) -> None:
    """A small file system over the volume's; of an overlay, as a tmpfs would hold no data."""
    host.run(
        f"""set -eu
        docker stop --time 30 {REDIS}
        mkdir -p {SMALL}
        mount -t tmpfs -o size=4m tmpfs {SMALL}
        mkdir {SMALL}/lower {SMALL}/upper {SMALL}/work
        cp -a {FILES}/. {SMALL}/upper/
        chown --reference={FILES} {SMALL}/upper
        chmod --reference={FILES} {SMALL}/upper
        layers=lowerdir={SMALL}/lower,upperdir={SMALL}/upper,workdir={SMALL}/work
        mount -t overlay -o $layers overlay {FILES}
        docker start {REDIS}
        dd if=/dev/zero of={FILES}/core bs=64k 2>/dev/null || :
        dd if=/dev/zero of={FILES}/core2 bs=1k 2>/dev/null || :"""
    )
    _fail_to_save(host)


def _bgsave_failing(host: Host) -> None:
    host.run(f"rm -f {FILES}/dump.rdb && mkdir {FILES}/dump.rdb")
    _fail_to_save(host)


def _fail_to_save(host: Host) -> None:
    def failed() -> bool:
        with suppress(LabError):
            if "rdb_last_bgsave_status:err" in ask_anyhow(host, "INFO persistence"):
                return True
            ask_anyhow(host, "BGSAVE")
        return False

    wait_until(failed, f"a save of {host.name} to fail", timeout=20, every=0.2)


def _loading(host: Host) -> None:
    """A data set that takes a minute, whatever the machine: Redis can be told to take its time.

    It answers between two of those keys, since each is more than a KiB.
    """
    fill = (
        f"for i = 1, {_SLOW} do redis.call('SET', 'slow:' .. i, string.rep('x', 1500), 'EX', 900)"
        " end return 1"
    )
    ask_anyhow(host, "CONFIG SET rdbcompression no", f'EVAL "{fill}" 0')
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        cp redis.conf redis.conf.right
        printf 'key-load-delay 150000\\nloading-process-events-interval-bytes 1024\\n' >>redis.conf
        docker restart --time 30 {REDIS}"""
    )
    wait_until(lambda: _is_loading(host), f"Redis of {host.name} to load", timeout=20)
    host.run(f"cd {DIRECTORY} && cat redis.conf.right >redis.conf && rm redis.conf.right")


def _is_loading(host: Host) -> bool:
    with suppress(LabError):
        return "loading:1" in ask_anyhow(host, "INFO persistence")
    return False


FAULTS = (
    Fault(
        "volume-anonymous",
        "brings Redis up without its volume; its data is in one that nobody named",
        "API ok, with an empty Redis; a new container would leave this one's data behind",
        "Redis serves",
        _volume_anonymous,
        Refused("is in an anonymous volume"),
        touching(*PROCESS, "redis-container", "data", "compose-file"),
        stage=0,
        other_data=True,
    ),
    Fault(
        "volume-missing",
        "removes the Redis container and its volume",
        "API degraded; a new Redis would be empty",
        None,
        _volume_missing,
        Refused("[Vv]olume"),
        touching(*PROCESS, "redis-container", "data"),
        stage=3,
    ),
    Fault(
        "data-disk-full",
        "leaves no space in the data directory, so that saves fail",
        "API degraded: Redis takes no writes",
        None,
        _disk_full,
        _NOT_SAVED,
        touching(*PROCESS, "redis-container", "data"),
        stage=0,
    ),
    Fault(
        "bgsave-failing",
        "puts a directory where Redis saves its data",
        "API degraded: Redis takes no writes",
        None,
        _bgsave_failing,
        _NOT_SAVED,
        touching(*PROCESS, "redis-container", "data"),
    ),
    Fault(
        "redis-loading",
        "restarts Redis with a data set that takes a minute to load",
        "API degraded: Redis answers that it is loading",
        None,
        _loading,
        Refused("loading"),
        touching(*PROCESS, "redis-container", "redis-conf", "data"),
    ),
)
