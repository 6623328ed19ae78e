"""A preflight of a host that has nothing but stand-ins, from its first command to its verdict."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from hashlib import sha256

import pytest
from hosts import Host
from undeployed import Undeployed

from pyinfra_runbooks.preflight.words import Checked, Weight
from pyinfra_runbooks.settings import Compose, HostFile, Redis, RedisUser, Secret, Stack

OWNERS = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def before(host: Host) -> Undeployed:
    """The host, where all is as it has to be."""
    return Undeployed(host)


def kinds(checked: Checked) -> list[str]:
    return [obstacle.kind for obstacle in checked.obstacles]


@OWNERS
def test_a_host_that_is_ready_says_what_it_has(any_host: Host) -> None:
    before = Undeployed(any_host)
    checked = before.check()
    assert checked.ready
    assert checked.notes == ("volume shop_data is new: cache begins without data",)
    assert [line for line in checked.fine if " GiB " not in line] == [
        "3 images are there",
        "3 mounted paths are there, 2 of them secrets",
        "cache takes its configuration and its ACL, in a trial with its image redis:7",
        "cache, as 999, can use its data in volume shop_data",
        "3 mounted files are readable for who opens it",
        "free ports: 1",
    ]
    # Nothing is left, nothing is fetched, and a trial has neither a network nor its data.
    assert before.kept == []
    assert {line.split()[0] for line in before.calls()} <= {
        *("ps", "network", "volume", "info", "image", "create", "cp", "rm", "run"),
    }
    (trial,) = before.calls("run")
    for option in ("--network none", "--pull never", "--log-driver none", "--read-only", "--rm"):
        assert option in trial
    assert "shop_data" not in trial
    assert f'src="{before.project}/users.acl"'.replace('src="', '"src=') in trial
    assert "readonly" in trial
    for line in before.calls("create"):
        assert "--network none --pull never" in line


def _without_a_file(name: str) -> Callable[[Undeployed], object]:
    return lambda before: (before.project / name).unlink()


def _directory(name: str) -> Callable[[Undeployed], object]:
    def make(before: Undeployed) -> None:
        (before.project / name).unlink()
        (before.project / name).mkdir()

    return make


def _says(text: str) -> Callable[[Undeployed], object]:
    return lambda before: before.has("says", f"{text}\n")


def _declares(service: str, **more: object) -> Callable[[Undeployed], object]:
    return lambda before: before.service(service).update(more)


def _top(part: str, **more: object) -> Callable[[Undeployed], object]:
    return lambda before: before.config.setdefault(part, {}).update(more)


def _other_server(before: Undeployed) -> None:
    before.has("says", "Can't handle RDB format version 12")
    place = before.project / "data"
    place.mkdir()
    (place / "dump.rdb").write_text("REDIS0012 and so on")
    before.service("cache")["volumes"][0] = before.bind("data")
    before.file("redis.conf", f"dir {place}\n", 0o644)
    before.service("cache")["secrets"] = []


_PORT = {"mode": "ingress", "target": 80, "published": "1", "protocol": "tcp"}
BROKEN = "*** FATAL CONFIG FILE ERROR (Redis 7) ***\n>>> 'nonsense hunter2'\nBad directive"
UNRESOLVED = (
    "1:M 26 Nov 2026 21:47:44.073 # Unresolved Configuration(s) Detected:\n"
    "1:M 26 Nov 2026 21:47:44.073 # >>> 'nonsense hunter2'\n"
)
ACL_ERROR = "Aborting Redis startup because of ACL errors: /users.acl:1: Error in '>hunter2': no"

FAULTS: dict[str, tuple[Callable[[Undeployed], object], str, Weight]] = {
    "an ACL that is empty": (
        lambda before: before.file("users.acl", "", 0o440, 999),
        "acl-empty",
        Weight.DANGER,
    ),
    "an ACL that is a directory": (_directory("users.acl"), "file-is-directory", Weight.STOPS),
    "an ACL that is gone": (_without_a_file("users.acl"), "file-missing", Weight.STOPS),
    "an ACL that Redis refuses": (_says(ACL_ERROR), "acl-refused", Weight.STOPS),
    "a secret that is a directory": (_directory("clerk.txt"), "file-is-directory", Weight.STOPS),
    "a secret that is a line's end": (
        lambda before: before.file("clerk.txt", "\n", 0o440, 1000),
        "secret-empty",
        Weight.STOPS,
    ),
    "a configuration that is gone": (
        _without_a_file("redis.conf"),
        "file-missing",
        Weight.STOPS,
    ),
    "a configuration that Docker made": (
        _directory("redis.conf"),
        "file-is-directory",
        Weight.STOPS,
    ),
    "a configuration that Redis refuses": (_says(BROKEN), "config-refused", Weight.STOPS),
    "a configuration that Redis 8 refuses": (_says(UNRESOLVED), "config-refused", Weight.STOPS),
    "a configuration that is nowhere": (
        _declares("cache", command=["/etc/nowhere.conf"]),
        "config-missing",
        Weight.STOPS,
    ),
    "an image that is gone": (
        lambda before: before.without_image("example/web:1"),
        "image-missing",
        Weight.LATER,
    ),
    "an image that must not be fetched": (
        lambda before: (
            before.without_image("example/web:1"),
            _declares("web", pull_policy="never")(before),
        ),
        "image-missing",
        Weight.STOPS,
    ),
    "an image of another machine": (
        lambda before: before.image("example/web:1", cmd=["web"], architecture="s390x"),
        "image-platform",
        Weight.STOPS,
    ),
    "an image of another platform than declared": (
        _declares("web", platform="linux/arm64/v8"),
        "image-platform",
        Weight.STOPS,
    ),
    "an external network that is gone": (
        _top("networks", proxy={"name": "proxy", "external": True}),
        "network-missing",
        Weight.STOPS,
    ),
    "an external volume that is gone": (
        _top("volumes", data={"name": "shop_data", "external": True}),
        "volume-missing",
        Weight.STOPS,
    ),
    "a port that is published twice": (
        _declares("web", ports=[_PORT]),
        "port-twice",
        Weight.STOPS,
    ),
    "an address of another host": (
        _declares("door", ports=[{**_PORT, "host_ip": "203.0.113.9"}]),
        "address-missing",
        Weight.STOPS,
    ),
    "data that a newer Redis wrote": (_other_server, "data-newer", Weight.DANGER),
}


@OWNERS
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_first_thing_that_is_said(before: Undeployed, fault: str) -> None:
    make, kind, weight = FAULTS[fault]
    make(before)
    checked = before.check()
    assert not checked.ready
    assert checked.obstacles
    worst = checked.obstacles[0]
    assert (worst.kind, worst.weight) == (kind, weight), checked
    said = "\n".join(line for o in checked.obstacles for line in o.lines())
    assert "hunter2" not in said
    assert before.kept == []


@OWNERS
@pytest.mark.parametrize(
    ("owner", "mode", "who"),
    [(0, 0o600, "999"), (999, 0o000, "999"), (1000, 0o400, "999")],
)
def test_an_acl_is_read_by_who_the_start_script_becomes(
    before: Undeployed, owner: int, mode: int, who: str
) -> None:
    before.file("users.acl", "user default off\n", mode, owner)
    (found,) = before.check().obstacles
    assert found.kind == "file-unreadable"
    assert f"cache is {who} (its image's docker-entrypoint.sh becomes redis)" in found.seen
    assert found.path.endswith("/users.acl")


@OWNERS
def test_a_file_that_only_root_may_read_is_no_fault_where_root_reads_it(
    before: Undeployed,
) -> None:
    before.file("clerk.txt", "a password\n", 0o400, 0)
    assert kinds(before.check()) == ["file-unreadable"]  # web is user 1000
    before.service("web")["user"] = "0:0"
    assert before.check().ready
    before.service("web")["cap_drop"] = ["ALL"]
    before.file("clerk.txt", "a password\n", 0o400, 1000)
    assert kinds(before.check()) == ["file-unreadable"]


@OWNERS
def test_a_group_reads_what_is_its_own(before: Undeployed) -> None:
    path = before.file("clerk.txt", "a password\n", 0o440, 0)
    os.chown(path, 0, 50)
    assert kinds(before.check()) == ["file-unreadable"]
    before.service("web")["group_add"] = ["readers"]
    assert before.check().ready
    before.service("web").update(group_add=[], user="redis")  # the image has it in that group
    assert before.check().ready


@OWNERS
def test_a_script_that_starts_redis_gives_up_no_rights(before: Undeployed) -> None:
    """The start script becomes another user only for a command that it knows."""
    before.file("users.acl", "user default off\n", 0o600, 0)
    conf = before.project / "redis.conf"
    before.service("cache")["command"] = ["sh", "-c", f"exec redis-server {conf}"]
    assert before.check().ready


@OWNERS
def test_who_can_not_use_its_data(before: Undeployed) -> None:
    """A directory that is not there becomes root's; a start script as root gives it away."""
    before.service("cache")["volumes"][0] = before.bind("data", target="/data")
    checked = before.check()
    assert checked.ready
    assert f"{before.project}/data is new: cache begins without data" in checked.notes
    before.service("cache")["user"] = "999:999"
    checked = before.check()
    assert kinds(checked) == ["data-unusable"]
    assert "/data is 0:0 0755; cache is 999 (user: 999:999)" in checked.obstacles[0].seen


@OWNERS
def test_a_new_volume_becomes_what_the_image_has_there(before: Undeployed) -> None:
    before.service("cache")["user"] = "999:999"
    assert before.check().ready
    shutil.rmtree(before.engine / "root" / "data")
    assert kinds(before.check()) == ["data-unusable"]


@OWNERS
def test_data_that_is_there(before: Undeployed) -> None:
    place = before.project / "data"
    place.mkdir()
    os.chown(place, 999, 999)
    before.service("cache").update(user="999:999")
    before.service("cache")["volumes"][0] = before.bind("data")
    before.file("redis.conf", f'dir "{place}"\naclfile @PROJECT@/users.acl\n', 0o644)
    checked = before.check()
    assert checked.ready
    assert f"cache, as 999, can use its data in {place}" in checked.fine
    (place / "dump.rdb").write_text("")
    (place / "dump.rdb").chmod(0o600)
    checked = before.check()
    assert kinds(checked) == ["data-unusable"]
    assert f"{place}/dump.rdb is 0:0 0600" in checked.obstacles[0].seen
    before.service("cache")["volumes"][0]["read_only"] = True
    assert "mounted read-only" in before.check().obstacles[0].problem


@OWNERS
def test_data_in_no_volume_is_a_note_unless_it_is_to_be_kept(before: Undeployed) -> None:
    del before.service("cache")["volumes"][0]
    checked = before.check()
    assert checked.ready
    assert checked.notes == ("cache's data in /data is in no volume: it goes with its container",)
    before.file("redis.conf", "appendonly yes\n", 0o644)
    assert kinds(before.check()) == ["data-unkept"]


@OWNERS
def test_a_port_that_a_process_has(before: Undeployed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        published = {**_PORT, "published": port}
        before.service("door")["ports"] = [published]
        (found,) = before.check().obstacles
        assert found.kind == "port-taken"
        assert f"(process {os.getpid()}) listens on 127.0.0.1:{port}/tcp" in found.seen
        # Another address is free, another protocol too, and of a range there is another one.
        for free in (
            {**published, "host_ip": "127.0.0.2"},
            {**published, "protocol": "udp"},
            {**published, "published": f"{port}-{int(port) + 1}"},
        ):
            before.service("door")["ports"] = [free]
            assert before.check().ready, free


@OWNERS
def test_what_could_not_be_looked_at_is_not_fine(before: Undeployed) -> None:
    before.has("says", "Failed to load certificate")
    checked = before.check()
    assert checked.obstacles == ()
    assert not checked.ready
    assert "could not be tried: Failed to load certificate" in checked.unseen[0]


@OWNERS
def test_an_engine_that_maps_users_can_not_be_judged_by_owners(before: Undeployed) -> None:
    about = {"os": "linux", "architecture": "x86_64", "security": ["name=userns"], "root": "/"}
    before.has("info", json.dumps(about))
    checked = before.check()
    assert not checked.ready
    assert "userns-remap" in " ".join(checked.unseen)


def test_compose_that_can_not_resolve_is_the_one_thing(before: Undeployed) -> None:
    plugin = before.place / "docker" / "cli-plugins" / "docker-compose"
    plugin.write_text("#!/bin/sh\necho 'yaml: line 3: hunter2' >&2\nexit 15\n")
    checked = before.check()
    assert kinds(checked) == ["compose"]
    assert "the compose file, line 3: no valid YAML" in checked.obstacles[0].problem
    assert "hunter2" not in str(checked)


def test_an_engine_that_does_not_answer(before: Undeployed) -> None:
    before.host.tool(
        "docker", "#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n"
    )
    checked = before.check()
    assert checked.unseen[0].startswith("the Docker daemon does not answer")


# What an inventory adds


def inventory(before: Undeployed, **more: object) -> Stack:
    user = RedisUser("clerk", rules="~* +@all", password=HostFile("clerk.txt"))
    redis = Redis(service="cache", users=(user,), acl_file=str(before.project / "users.acl"))
    return Stack(compose=Compose(str(before.project)), redis=redis, **more)  # type: ignore[arg-type]


@OWNERS
def test_the_inventory_s_acl_and_secrets(before: Undeployed) -> None:
    secret = Secret("clerk", owner=1000, mode=0o440)
    stack = inventory(before, secrets=(secret,))
    found = kinds(before.check(stack))
    assert found == ["acl-file"]
    digest = sha256(b"a password").hexdigest()
    before.file("users.acl", f"user default off\nuser clerk on #{digest} ~* +@all\n", 0o440, 999)
    checked = before.check(stack)
    assert checked.ready, checked
    assert "the ACL file and clerk's password agree with the inventory" in checked.fine
    before.file("clerk.txt", "a password\n", 0o400, 1000)
    assert kinds(before.check(stack)) == ["secret-file"]
    before.file("clerk.txt", "a password\n\n", 0o440, 1000)
    assert kinds(before.check(stack)) == ["acl-unknown"]


@OWNERS
def test_a_redis_that_only_the_inventory_knows(before: Undeployed) -> None:
    before.service("cache")["command"] = ["/start.sh"]
    assert "takes" not in " ".join(before.check().fine)
    checked = before.check(inventory(before))
    assert any(line.startswith("cache takes its configuration") for line in checked.fine)


@OWNERS
def test_an_acl_in_a_directory_that_is_mounted(before: Undeployed) -> None:
    """Only the trial sees it, whose it is, and that it is empty."""
    place = before.project / "acls"
    place.mkdir()
    users = place / "users.acl"
    users.write_text("user default off\n")
    users.chmod(0o600)
    before.file("redis.conf", f"aclfile {users}\n", 0o644)
    before.service("cache")["volumes"].append(before.bind("acls"))
    (found,) = before.check().obstacles
    assert (found.kind, found.path) == ("file-unreadable", str(users))
    os.chown(users, 999, 999)
    assert before.check().ready
    users.write_text("")
    (found,) = before.check().obstacles
    assert (found.kind, found.path) == ("acl-empty", str(users))


@OWNERS
def test_what_a_command_keeps_on_disk_needs_a_volume(before: Undeployed) -> None:
    before.service("cache").update(command=["--appendonly", "yes"], volumes=[], secrets=[])
    assert kinds(before.check()) == ["data-unkept"]
    before.service("cache")["command"] = ["--save", "", "--appendonly", "no"]
    assert before.check().ready


# As Redis 8 has it: in other words, behind conditions, and it gives its configuration away, too.
ENTRY_8 = """#!/bin/bash
# gosu nobody would do as well
SETPRIV="/usr/bin/setpriv --reuid redis --regid redis --clear-groups"
has_cap() { /usr/bin/setpriv -d | grep -q "$1"; }
fix_config_perms() { chown redis "$1"; }
exec $SETPRIV --nnp "$0" "$@"
"""


@OWNERS
def test_the_start_script_of_redis_8(before: Undeployed) -> None:
    before.root("usr/local/bin/docker-entrypoint.sh", ENTRY_8)
    assert before.check().ready
    before.file("redis.conf", "dir /data\naclfile @PROJECT@/users.acl\n", 0o600, 0)
    checked = before.check()
    assert checked.ready
    assert f"{before.project}/redis.conf: its image's docker-entrypoint.sh" in " ".join(
        checked.notes
    )
    before.service("cache")["volumes"][1]["read_only"] = True
    assert kinds(before.check()) == ["file-unreadable"]
    # What its environment says of it is not known but for this.
    before.service("cache")["environment"] = {"SKIP_DROP_PRIVS": "1"}
    assert before.check().ready


@OWNERS
def test_a_start_script_that_may_not_become_anybody(before: Undeployed) -> None:
    before.service("cache")["cap_drop"] = ["ALL"]
    checked = before.check()
    assert not checked.ready
    assert "cap_drop keeps its image's docker-entrypoint.sh from becoming redis" in str(
        checked.unseen
    )
    before.service("cache")["cap_add"] = ["SETUID", "CAP_SETGID"]
    assert before.check().ready


@OWNERS
def test_a_start_script_that_nobody_understands(before: Undeployed) -> None:
    before.root("usr/local/bin/docker-entrypoint.sh", '#!/bin/sh\nexec gosu "$USER_OF_MINE" "$@"\n')
    checked = before.check()
    assert not checked.ready
    assert "gives up root's rights in a way nobody knows" in str(checked.unseen)


@OWNERS
def test_a_secret_for_root_alone_is_told_where_a_server_becomes_another_user(
    before: Undeployed,
) -> None:
    secret = {"source": "clerk", "target": str(before.project / "clerk.txt")}
    before.service("cache")["secrets"].append(secret)
    checked = before.check()
    assert checked.ready
    assert f"{before.project}/clerk.txt is for root alone in cache" in " ".join(checked.notes)
