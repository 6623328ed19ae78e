"""A preflight of a host that has nothing but stand-ins, from its first command to its verdict."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from hashlib import sha256

import pytest
from fresh_host import OWNERS, Undeployed, kinds
from hosts import Host

from pyinfra_runbooks.preflight.obstacles import Weight
from pyinfra_runbooks.settings import Api, HostFile, Redis, RedisUser, Secret, Stack


@pytest.fixture
def before(host: Host) -> Undeployed:
    """The host, where all is as it has to be."""
    return Undeployed(host)


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
def test_a_file_that_is_gone_is_not_to_be_made_a_directory(before: Undeployed) -> None:
    (before.project / "redis.conf").unlink()
    before.service("web")["volumes"] = [before.bind("assets", read_only=True)]
    do = {o.path.rpartition("/")[2]: o.do for o in before.check().obstacles}
    assert do["redis.conf"] == "put the file there"
    assert do["assets"].endswith(f"if it is a directory: mkdir {before.project}/assets")


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
    redis = Redis("cache", users=(user,), acl_file=str(before.project / "users.acl"))
    return Stack(str(before.project), redis, Api(), **more)  # type: ignore[arg-type]


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
@pytest.mark.parametrize(
    "lines", ["user default on nopass ~* +@all\n", "", "user default off\nuser guest on nopass\n"]
)
def test_an_acl_that_lets_clients_in_without_a_password_is_a_danger(
    before: Undeployed, lines: str
) -> None:
    digest = sha256(b"a password").hexdigest()
    before.file("users.acl", f"{lines}user clerk on #{digest} ~* +@all\n", 0o440, 999)
    assert before.check(inventory(before)).obstacles[0].weight is Weight.DANGER


@OWNERS
def test_a_redis_that_only_the_inventory_knows(before: Undeployed) -> None:
    before.service("cache")["command"] = ["/start.sh"]
    assert "takes" not in " ".join(before.check().fine)
    checked = before.check(inventory(before))
    assert any(line.startswith("cache takes its configuration") for line in checked.fine)
