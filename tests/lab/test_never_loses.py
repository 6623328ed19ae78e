"""Where data could be lost, or a new container does not come up: refused, or put back as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
import seen

from lab import keyspace, project, redis, versions
from lab.console import wait_until
from lab.faults.catalogue import break_host
from lab.hosts import DIRECTORY, HOSTS, REDIS, Host
from lab.runs import RECOVERY, Run, pyinfra, with_stack

COMPOSE = f"{DIRECTORY}/docker-compose.yml"
CONFIG = f"{DIRECTORY}/redis.conf"


def recover(host: Host, *options: str) -> Run:
    """Runs the recovery on one host."""
    return pyinfra(*options, RECOVERY, "--limit", host.name)


def ask_anybody(host: Host, *commands: str) -> str:
    """What an open Redis answers to a client without credentials."""
    lines = " ".join(map(quote, commands))
    return host.run(f"printf '%s\\n' {lines} | docker exec -i {REDIS} redis-cli -e --no-raw")


def in_container(host: Host, script: str) -> None:
    host.run(f"docker exec -u 0 {REDIS} sh -c {quote(script)}")


def _without_the_volume(host: Host) -> None:
    """Redis as it is where its volume was forgotten: in one that the image asks for."""
    whole = host.run(f"cat {COMPOSE}")
    less = whole.replace("      - redis_data:/data\n", "", 1)
    assert less != whole
    host.run(f"printf %s {quote(less)} >{COMPOSE}")
    # Compose itself would hand the volume on from one container to the next.
    project.compose(host, "stop --timeout 30 redis && docker compose rm --force redis")
    project.compose(host, "up --detach redis")
    host.run(f"printf %s {quote(whole)} >{COMPOSE}")
    _serves(host)


def _in_its_own_layer(host: Host) -> None:
    """Redis as it is while its configuration names a directory that nobody keeps."""
    host.run(f"sed -i 's|^dir .*|dir /var/lib/redis|' {CONFIG} && docker restart -t 30 {REDIS}")
    _serves(host)


def _serves(host: Host) -> None:
    wait_until(lambda: seen.acl_list(host).startswith('["user'), "Redis to serve", timeout=20)


def _not_writable(host: Host) -> None:
    in_container(host, "chown root:root /data && chmod 755 /data")


def _writable_again(host: Host) -> None:
    in_container(host, "chown redis:redis /data")


def _save_failed(host: Host) -> None:
    """A save fails, for a reason that is not to be seen from outside."""
    in_container(host, "rm -f /data/dump.rdb; mkdir /data/dump.rdb")
    ask_anybody(host, "BGSAVE")
    wait_until(
        lambda: "rdb_last_bgsave_status:err" in ask_anybody(host, "INFO persistence"),
        "a save to fail",
        timeout=20,
    )


def _saves_again(host: Host) -> None:
    in_container(host, "rmdir /data/dump.rdb")


@contextmanager
def _config_differs(host: Host) -> Iterator[None]:
    """The compose file moved on since Redis was made, in something harmless."""
    host.run(f"sed -i 's/retries: 3/retries: 4/' {COMPOSE}")
    yield


@contextmanager
def _open(host: Host) -> Iterator[None]:
    """Redis without its secrets: it takes a new container to repair that."""
    break_host(host, "secret-not-mounted")
    yield


# What is done, what undoes it (or its last save would fail, and Redis not stop), the reason.
Place = Callable[[Host], None]
UNSAFE: dict[str, tuple[Place, Place | None, str]] = {
    "anonymous-volume": (_without_the_volume, None, "is in an anonymous volume"),
    "own-layer": (_in_its_own_layer, None, "/var/lib/redis"),
    "not-writable": (
        _not_writable,
        _writable_again,
        "can't save: its data directory belongs to 0:0",
    ),
    "save-failed": (
        _save_failed,
        _saves_again,
        "its last save failed (rdb_last_bgsave_status:err)",
    ),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_a_recreate_that_could_lose_data_is_refused(redis7: Host, case: str) -> None:
    """With the reason, in a dry run too, and without a change."""
    makes, unmakes, reason = UNSAFE[case]
    later = case in ("not-writable", "save-failed")
    try:
        if not later:
            makes(redis7)
        with (_open if later else _config_differs)(redis7):
            ask = ask_anybody if later else redis.ask
            keys = keyspace.seed(redis7, ask)
            if later:
                makes(redis7)
        before = seen.snapshot(redis7)
        dry = recover(redis7, "--dry")
        assert dry.rc == 0, str(dry)
        assert any(reason in line for line in dry.said(redis7.name)), str(dry)
        refused = recover(redis7, "-y")
        assert refused.rc == 1, str(refused)
        said = [line for line in refused.said(redis7.name) if line.startswith("Refused: ")]
        assert any(reason in line for line in said), str(refused)
        assert seen.changes(before, seen.snapshot(redis7)) == {}
        assert keyspace.read(redis7, ask) == keys
    finally:
        if unmakes:
            unmakes(redis7)


def test_data_that_nothing_would_have_saved_is_saved(redis7: Host, ssh: dict[str, Any]) -> None:
    """Without save points Redis saves nothing when it stops, so it has to be made to before."""
    break_host(redis7, "secret-not-mounted")
    ask_anybody(redis7, 'CONFIG SET save ""')
    keys = keyspace.seed(redis7, ask_anybody)
    done = recover(redis7, "-y")
    assert done.rc == 0, str(done)
    assert seen.problems(redis7, ssh[redis7.name]) == [], str(done)
    assert keyspace.read(redis7) == keys


def test_a_recovery_is_no_upgrade(redis7: Host) -> None:
    """Where the image's tag has moved, the new container runs the image that was running."""
    tag = redis7.redis.name
    docker = redis7.docker()
    running = docker.images.get(tag).id
    newer = docker.images.get(versions.REDIS_8.name).id
    keys = keyspace.seed(redis7)
    break_host(redis7, "secret-not-mounted")
    try:
        redis7.run(f"docker tag {newer} {tag}")
        done = recover(redis7, "-y")
        assert done.rc == 0, str(done)
        assert docker.containers.get(REDIS).image.id == running
        assert docker.images.get(tag).id == newer
        assert keyspace.read(redis7) == keys
        again = recover(redis7, "-y", "--json")
        assert set(again.results(redis7.name).values()) == {"no_change"}, str(again)
    finally:
        redis7.run(f"docker tag {running} {tag}")


def test_an_older_redis_is_not_started_on_what_a_newer_one_wrote(redis8: Host) -> None:
    """Its container is gone, and the image's name stands for an older one now."""
    docker, tag = redis8.docker(), redis8.redis.name
    newer, older = docker.images.get(tag).id, docker.images.get(versions.REDIS_7.name).id
    keys = keyspace.seed(redis8)
    break_host(redis8, "redis-removed")
    try:
        redis8.run(f"docker tag {older} {tag}")
        before = seen.snapshot(redis8)
        refused = recover(redis8, "-y")
        assert refused.rc == 1, str(refused)
        said = "\n".join(refused.said(redis8.name))
        assert "a newer Redis wrote its data" in said, str(refused)
        assert seen.changes(before, seen.snapshot(redis8)) == {}
    finally:
        redis8.run(f"docker tag {newer} {tag}")
    done = recover(redis8, "-y")
    assert done.rc == 0, str(done)
    assert keyspace.read(redis8) == keys


@pytest.fixture
def broken_compose(redis7: Host) -> Host:
    """A compose file that Redis can't start from."""
    redis7.run(f"sed -i 's|redis/redis.conf\\]|redis/missing.conf]|' {COMPOSE}")
    return redis7


def test_what_does_not_come_up_is_put_back(broken_compose: Host) -> None:
    """Same image, data, mounts and networks as before, running, with what Redis itself said."""
    host = broken_compose
    keys = keyspace.seed(host)
    before = seen.snapshot(host)
    done = recover(host, "-y")
    assert done.rc == 1, str(done)
    said = "\n".join(done.said(host.name))
    assert "missing.conf" in said, str(done)
    assert "what was before is back" in said, str(done)
    after = seen.snapshot(host)
    was, now = before["containers"].pop(REDIS), after["containers"].pop(REDIS)
    for same in ("image", "status", "mounts", "networks"):
        assert now[same] == was[same], same
    assert _changes_but_the_acls_time(before, after) == {}
    assert host.is_healthy()
    assert keyspace.read(host) == keys


def test_what_was_open_serves_again_as_it_did(broken_compose: Host, ssh: dict[str, Any]) -> None:
    """A repair that fails stops nobody; all is right once the compose file is right again."""
    host = broken_compose
    keys = keyspace.seed(host)
    break_host(host, "secret-not-mounted")
    done = recover(host, "-y")
    assert done.rc == 1, str(done)
    assert "ticated clients, as it did" in "\n".join(done.said(host.name)), str(done)
    # What strangers may have done to its data, they did not do to a copy.
    copy = re.search(r"what was saved is in (/data/dump.rdb.before-recovery-\d+)$", done.text, re.M)
    assert copy, str(done)
    assert host.docker().containers.get(REDIS).status == "running"
    host.run(f"sed -i 's|missing.conf|redis.conf|' {COMPOSE}")
    repaired = recover(host, "-y")
    assert repaired.rc == 0, str(repaired)
    assert seen.problems(host, ssh[host.name]) == [], str(repaired)
    assert keyspace.read(host) == keys
    in_container(host, f"rm {copy[1]}")


@pytest.mark.parametrize(
    ("host", "fault"),
    [
        (HOSTS[0], None),
        (HOSTS[1], "acl-tampered"),
        pytest.param(HOSTS[1], None, marks=pytest.mark.thorough),
        pytest.param(HOSTS[0], "acl-tampered", marks=pytest.mark.thorough),
    ],
    ids=["redis7-loaded", "redis8-tampered", "redis8-loaded", "redis7-tampered"],
)
def test_an_acl_that_redis_refuses_is_not_left_behind(
    host: Host, fault: str | None, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """By ACL LOAD, or, where it takes a restart, by a trial before that."""
    request.getfixturevalue("redis7" if host is HOSTS[0] else "redis8")
    rules = "~* &* +@all -@nosuchcategory"
    user = f"replace(lab.servers[0].users[0], rules={rules!r})"
    options = with_stack(
        tmp_path, f"components=(replace(lab.servers[0], users=({user},)), *lab.clients)"
    )
    keys = keyspace.seed(host)
    if fault:
        break_host(host, fault)
    before = seen.snapshot(host)
    refused = recover(host, "-y", *options, "--data", "allow_data_loss=redis")
    assert refused.rc == 1, str(refused)
    assert "nosuchcategory" in "\n".join(refused.said(host.name)), str(refused)
    assert _changes_but_the_acls_time(before, seen.snapshot(host)) == {}
    if not fault:
        assert keyspace.read(host) == keys
        assert host.is_healthy()


def _changes_but_the_acls_time(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The ACL file may have been written and put back: the same inode, owner, mode and content."""
    for snapshot in (before, after):
        shown = snapshot["files"][seen.ACL_FILE].split()
        snapshot["files"][seen.ACL_FILE] = [word for n, word in enumerate(shown) if n != 4]
    return seen.changes(before, after)
