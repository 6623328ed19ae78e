"""Faults of the data: where it is, and whether it can be written, saved and loaded."""

from __future__ import annotations

from contextlib import suppress
from shlex import quote

from lab.aside import DATA, SMALL
from lab.console import LabError, wait_until
from lab.faults.model import PROCESS, ByStack, Fault, Refused, Repaired, Unaffected, touching
from lab.hosts import DIRECTORY, REDIS, Host
from lab.keyspace import ask_anyhow, rewrite
from lab.project import compose
from lab.redis import ACL_FILE

_FILE = f"{DIRECTORY}/docker-compose.yml"
_NOT_SAVED = Refused("its last save failed|could not be saved")
_SLOW = 400  # keys that take their time to load
_SESSIONS = 3000  # keys of which one or another expires at any moment of a run


def _volume_anonymous(host: Host) -> None:
    """Redis as it is where its volume was forgotten: in one that the image asks for."""
    whole = host.run(f"cat {_FILE}")
    less = whole.replace(f"      - {host.stack.volume}:{host.stack.data}\n", "", 1)
    host.run(f"printf %s {quote(less)} >{_FILE}")
    # Compose itself would hand the volume on from one container to the next.
    compose(host, "stop --timeout 30 redis && docker compose rm --force redis")
    compose(host, "up --detach --no-deps redis")
    host.run(f"printf %s {quote(whole)} >{_FILE}")
    wait_until(host.is_healthy, f"the API of {host.name} to find that Redis", timeout=15)


def _volume_missing(host: Host) -> None:
    host.run(
        f"""set -eu
        docker stop --time 30 {REDIS}
        docker rm {REDIS}
        mkdir -p {DATA}
        cp -a {host.files}/. {DATA}/
        docker volume rm {host.volume}"""
    )


def _disk_full(host: Host) -> None:
    """A small file system over the volume's; of an overlay, as a tmpfs would hold no data."""
    host.run(
        f"""set -eu
        docker stop --time 30 {REDIS}
        mkdir -p {SMALL}
        mount -t tmpfs -o size=4m tmpfs {SMALL}
        mkdir {SMALL}/lower {SMALL}/upper {SMALL}/work
        cp -a {host.files}/. {SMALL}/upper/
        chown --reference={host.files} {SMALL}/upper
        chmod --reference={host.files} {SMALL}/upper
        layers=lowerdir={SMALL}/lower,upperdir={SMALL}/upper,workdir={SMALL}/work
        mount -t overlay -o $layers overlay {host.files}
        docker start {REDIS}
        dd if=/dev/zero of={host.files}/core bs=64k 2>/dev/null || :
        dd if=/dev/zero of={host.files}/core2 bs=1k 2>/dev/null || :"""
    )
    _fail_to_save(host)


def _bgsave_failing(host: Host) -> None:
    host.run(f"rm -f {host.files}/dump.rdb && mkdir {host.files}/dump.rdb")
    _fail(host, "rdb_last_bgsave_status:err", "BGSAVE")


def _full(host: Host) -> None:
    """As declared, so that nothing but its memory is wrong: less than it needs without any key."""
    options = "--maxmemory, 100kb, --maxmemory-policy, noeviction"
    in_redis = "/^  redis:/,/^  postgres:/"
    host.run(rf"""sed -i '{in_redis}s/^\(    command: \[.*\)\]$/\1, {options}]/' {_FILE}""")
    compose(host, "up --detach --no-deps --timeout 30 redis")
    wait_until(host.is_healthy, f"the API of {host.name} to find that Redis", timeout=15)


def _fail_to_save(host: Host) -> None:
    """A Redis that keeps a log says so of that."""
    if host.stack.logs:
        _fail(host, "aof_last_write_status:err", "SET lab:filler 1")
    else:
        _fail(host, "rdb_last_bgsave_status:err", "BGSAVE")


def _fail(host: Host, sign: str, command: str) -> None:
    """Until Redis says that it can't do it."""

    def failed() -> bool:
        with suppress(LabError):
            if sign in ask_anyhow(host, "INFO persistence"):
                return True
            ask_anyhow(host, command)
        return False

    wait_until(failed, f"Redis of {host.name} to say {sign}", timeout=20, every=0.2)


def _slow_to_load(host: Host, seconds: int) -> None:
    """From its next start on, whatever the machine: Redis can be made to take its time.

    It does over every key of a snapshot, and a log that was just rewritten begins with one; the
    recovery rewrites it as well. It answers between two of ours, since each is more than a KiB.

    + seconds: that it takes over all of its keys
    """
    fill = (
        f"for i = 1, {_SLOW} do redis.call('SET', 'slow:' .. i, string.rep('x', 1500), 'EX', 900)"
        " end return 1"
    )
    ask_anyhow(host, "CONFIG SET rdbcompression no", f'EVAL "{fill}" 0')
    if host.stack.logs:
        rewrite(host, ask_anyhow)
    keys = int(ask_anyhow(host, "DBSIZE"))
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        cp redis.conf redis.conf.right
        echo key-load-delay {seconds * 1_000_000 // keys} >>redis.conf
        echo loading-process-events-interval-bytes 1024 >>redis.conf"""
    )


def _loading(host: Host) -> None:
    _slow_to_load(host, 60)
    host.run(f"docker restart --time 30 {REDIS}")
    wait_until(lambda: _is_loading(host), f"Redis of {host.name} to load", timeout=20)
    host.run(f"cd {DIRECTORY} && cat redis.conf.right >redis.conf && rm redis.conf.right")


def _stale_acl(host: Host) -> None:
    """Another inode that says the same: an editor does that. Nothing but a restart brings it in."""
    sessions = (
        f"for i = 1, {_SESSIONS} do redis.call('SET', 'session:' .. i, i, 'PX', 1000 + 15 * i)"
        " end return 1"
    )
    ask_anyhow(host, f'EVAL "{sessions}" 0')
    _rename_acl(host)


def _rename_acl(host: Host) -> None:
    host.run(
        f"""set -eu
        cp -p {ACL_FILE} {ACL_FILE}.new
        echo >>{ACL_FILE}.new
        mv {ACL_FILE}.new {ACL_FILE}"""
    )


def _stale_acl_slow(host: Host) -> None:
    _slow_to_load(host, 40)
    _rename_acl(host)


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
        ByStack(Refused("is in an anonymous volume"), Refused("is in the container itself")),
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
        ByStack(_NOT_SAVED, Unaffected()),
        touching(*PROCESS, "redis-container", "data"),
        bare_why_not="its log is written, and nobody needs a snapshot",
    ),
    Fault(
        "maxmemory-reached",
        "brings Redis up with less memory than it uses, and a policy that evicts nothing",
        "API ok, and gives no tokens: Redis refuses whatever takes memory",
        "its health asks for a PING, and stores nothing",
        _full,
        Refused("refuses writes: it has reached maxmemory"),
        touching(*PROCESS, "redis-container", "redis-conf", "data", "compose-file"),
        stage=0,
        causes=frozenset({"maxmemory-reached"}),
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
    Fault(
        "acl-stale-inode",
        "renames another ACL file, which says the same, over the one that is mounted",
        "API ok; Redis sees a file that nobody can change any more; sessions expire meanwhile",
        "what Redis has loaded is right",
        _stale_acl,
        Repaired("restart"),
        touching(*PROCESS, "acl-file"),
        causes=frozenset({"secret-stale"}),
    ),
    Fault(
        "acl-stale-inode-written",
        "does the same to a Redis that a client writes to all the time",
        "API ok; Redis sees a file that nobody can change any more",
        "what Redis has loaded is right",
        _stale_acl,
        Repaired("restart"),
        touching(*PROCESS, "acl-file"),
        written=True,
        causes=frozenset({"secret-stale"}),
    ),
    Fault(
        "acl-stale-inode-slow",
        "does the same to a Redis that takes 40 seconds to load, once it is restarted",
        "API ok; a restart is an outage of that long, and no reason to give up",
        "what Redis has loaded is right",
        _stale_acl_slow,
        Repaired("restart"),
        touching(*PROCESS, "acl-file", "redis-conf", "data"),
        causes=frozenset({"secret-stale"}),
    ),
)
