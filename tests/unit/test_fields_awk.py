"""fields.awk, in every awk there is: in which fields a container is another than declared."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awks import AWKS, SECRET
from composed import CONTAINER, IMAGE_CONFIG, MOUNTS, PROJECT, SERVICE, Parts, mount

from pyinfra_runbooks import shell
from pyinfra_runbooks.differences import Difference, parse

PROGRAM = "".join(shell.text(f"{name}.awk") for name in ("json", "fields", "variables"))
ID, IMAGE = "e" * 64, f"sha256:{'1' * 64}"


def differences(
    awk: tuple[str, ...],
    container: Parts | None = None,
    project: Parts | None = None,
    raw: Parts | None = None,
    image: Parts | None = None,
    env_files: str = "",
) -> tuple[Difference, ...] | None:
    """What the program tells of one container.

    + raw: the project without its variables; None: it is the resolved one
    + image: None: there is none any more
    """
    project = project or PROJECT
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    lines = [f"s {ID} cache {IMAGE}", f"k {ID} {json.dumps(container or CONTAINER, **compact)}"]
    if image is not None:
        lines.append(f"i {IMAGE} {json.dumps(image, **compact)}")
    for word, printed in (("c", project), ("v", raw if raw is not None else project)):
        text = json.dumps(printed, indent=2, ensure_ascii=False)
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        lines += [f"{word} {line}" for line in text.split("\n")]
    done = subprocess.run(
        [*awk, PROGRAM],
        input="\n".join((*lines, "")).encode(),
        capture_output=True,
        check=True,
        timeout=10,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "env_files": env_files},
    )
    assert done.stderr == b""
    assert SECRET not in done.stdout.decode()
    return parse(done.stdout.decode().splitlines()).get(ID)


def changed(parts: Parts, path: tuple[Any, ...], new: object) -> Parts:
    """A copy with something else at that place; ``...`` leaves it out."""
    copied = copy.deepcopy(parts)
    at: Any = copied
    for key in path[:-1]:
        at = at[key]
    if new is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return copied


@pytest.mark.parametrize("awk", AWKS)
def test_a_container_as_declared(awk: tuple[str, ...]) -> None:
    assert differences(awk, image=IMAGE_CONFIG) == ()


@pytest.mark.parametrize("awk", AWKS)
def test_its_image_is_gone(awk: tuple[str, ...]) -> None:
    """What it brought is not known, and so is no difference; but what is declared is."""
    assert differences(awk) == ()
    told = differences(awk, changed(CONTAINER, ("Config", "Cmd"), ["sh"]))
    assert told == (Difference("changed", "command"),)


@pytest.mark.parametrize("awk", AWKS)
def test_nothing_is_declared_at_all(awk: tuple[str, ...]) -> None:
    """Then all is as the image has it, and as Docker does it."""
    bare = changed(PROJECT, ("services", "cache"), {"image": "example/cache:1"})
    host = {"RestartPolicy": {"Name": "", "MaximumRetryCount": 0}, "NetworkMode": "shop_default"}
    host |= {"LogConfig": {"Type": "journald", "Config": {"tag": "x"}}, "ShmSize": 67108864}
    host |= {"Ulimits": [{"Name": "nofile", "Hard": 1, "Soft": 1}], "IpcMode": "private"}
    config = {**IMAGE_CONFIG, "Hostname": ID[:12], "Image": "example/cache:1"}
    there = {"Name": "/shop-cache-1", "Config": config, "HostConfig": host, "Mounts": MOUNTS[-1:]}
    assert differences(awk, there, bare, image=IMAGE_CONFIG) == ()


# One difference each: its place in the container, what is there, and what is told.
DIFFERENT: dict[str, tuple[tuple[Any, ...], object, Difference]] = {
    "command": (("Config", "Cmd"), ["cache-server"], Difference("changed", "command")),
    "entrypoint": (("Config", "Entrypoint"), ["/x"], Difference("changed", "entrypoint")),
    "image": (("Config", "Image"), "example/cache:2", Difference("changed", "image")),
    "user": (("Config", "User"), "root", Difference("changed", "user")),
    "working_dir": (("Config", "WorkingDir"), "/", Difference("changed", "working_dir")),
    "hostname": (("Config", "Hostname"), ID[:12], Difference("changed", "hostname")),
    "stop_signal": (("Config", "StopSignal"), ..., Difference("absent", "stop_signal")),
    "stop": (("Config", "StopTimeout"), 10, Difference("changed", "stop_grace_period")),
    "tty": (("Config", "Tty"), True, Difference("changed", "tty")),
    "a variable": (
        ("Config", "Env", 0),
        f"PASSWORD={SECRET}",
        Difference("changed", "environment", "PASSWORD"),
    ),
    "an image's variable": (
        ("Config", "Env", 4),
        "VERSION=2",
        Difference("changed", "environment", "VERSION"),
    ),
    "a variable more": (
        ("Config", "Env", 5),
        f"MORE={SECRET}",
        Difference("extra", "environment", "MORE"),
    ),
    "a variable less": (("Config", "Env", 1), ..., Difference("absent", "environment", "LINES")),
    "a label": (("Config", "Labels", "n"), SECRET, Difference("changed", "labels", "n")),
    "a label less": (("Config", "Labels", "a.b"), ..., Difference("absent", "labels", "a.b")),
    "a label more": (
        ("Config", "Labels", f"{SECRET} {{"),
        "x",
        Difference("extra", "labels"),
    ),
    "a test": (
        ("Config", "Healthcheck", "Test"),
        ["CMD", "cache-cli", "-a", SECRET],
        Difference("changed", "healthcheck"),
    ),
    "an interval": (
        ("Config", "Healthcheck", "Interval"),
        30000000000,
        Difference("changed", "healthcheck"),
    ),
    "retries": (("Config", "Healthcheck", "Retries"), 4, Difference("changed", "healthcheck")),
    "its name": (("Name",), "/shop-cache-1", Difference("changed", "container_name")),
    "privileged": (("HostConfig", "Privileged"), True, Difference("changed", "privileged")),
    "writable": (("HostConfig", "ReadonlyRootfs"), False, Difference("changed", "read_only")),
    "init": (("HostConfig", "Init"), None, Difference("changed", "init")),
    "restart": (
        ("HostConfig", "RestartPolicy", "MaximumRetryCount"),
        4,
        Difference("changed", "restart"),
    ),
    "a capability more": (
        ("HostConfig", "CapDrop"),
        ["ALL"],
        Difference("extra", "cap_drop"),
    ),
    "a capability less": (("HostConfig", "CapAdd"), [], Difference("absent", "cap_add")),
    "a name server": (("HostConfig", "Dns"), ["9.9.9.9"], Difference("changed", "dns")),
    "a group": (("HostConfig", "GroupAdd"), None, Difference("absent", "group_add")),
    "a port": (
        ("HostConfig", "PortBindings", "6379/tcp", 0, "HostPort"),
        "6380",
        Difference("changed", "ports", "6379/tcp"),
    ),
    "a port's address": (
        ("HostConfig", "PortBindings", "53/udp", 0, "HostIp"),
        "",
        Difference("changed", "ports", "53/udp"),
    ),
    "a port more": (
        ("HostConfig", "PortBindings", "80/tcp"),
        [{"HostIp": "", "HostPort": "80"}],
        Difference("extra", "ports", "80/tcp"),
    ),
    "a port less": (
        ("HostConfig", "PortBindings", "6379/tcp"),
        ...,
        Difference("absent", "ports", "6379/tcp"),
    ),
    "the host's network": (
        ("HostConfig", "NetworkMode"),
        "host",
        Difference("changed", "network_mode"),
    ),
    "a host": (
        ("HostConfig", "ExtraHosts", 0),
        "one:10.0.0.2",
        Difference("changed", "extra_hosts", "one"),
    ),
    "memory": (("HostConfig", "Memory"), 8589934593, Difference("changed", "mem_limit")),
    "cpus": (("HostConfig", "NanoCpus"), 0, Difference("changed", "cpus")),
    "shm": (("HostConfig", "ShmSize"), 67108864, Difference("changed", "shm_size")),
    "a limit": (
        ("HostConfig", "Ulimits", 0, "Hard"),
        10,
        Difference("changed", "ulimits", "nofile"),
    ),
    "a sysctl": (
        ("HostConfig", "Sysctls"),
        None,
        Difference("absent", "sysctls", "net.core.somaxconn"),
    ),
    "security": (("HostConfig", "SecurityOpt"), [], Difference("absent", "security_opt")),
    "a device": (
        ("HostConfig", "Devices", 0, "CgroupPermissions"),
        "r",
        Difference("changed", "devices", "/dev/x"),
    ),
    "a log option": (
        ("HostConfig", "LogConfig", "Config", "max-size"),
        "20m",
        Difference("changed", "logging", "max-size"),
    ),
    "a log driver": (
        ("HostConfig", "LogConfig", "Type"),
        "local",
        Difference("changed", "logging"),
    ),
    "a tmpfs": (("HostConfig", "Tmpfs", "/run"), "ro", Difference("changed", "tmpfs", "/run")),
    "another volume": (("Mounts", 0, "Name"), "shop_old", Difference("changed", "mounts", "/data")),
    "a mount that may be written": (
        ("Mounts", 1, "RW"),
        True,
        Difference("changed", "mounts", "/y"),
    ),
    "a secret from elsewhere": (
        ("Mounts", 4, "Source"),
        "/else",
        Difference("changed", "mounts", "/run/secrets/acl"),
    ),
    "a secret less": (("Mounts", 4), ..., Difference("absent", "mounts", "/run/secrets/acl")),
    "a config less": (("Mounts", 5), ..., Difference("absent", "mounts", "/limits")),
    "a mount more": (
        ("Mounts", 6),
        mount("bind", "/var", "/var/x"),
        Difference("extra", "mounts", "/var/x"),
    ),
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("name", DIFFERENT)
def test_one_field_differs(awk: tuple[str, ...], name: str) -> None:
    path, new, expected = DIFFERENT[name]
    assert differences(awk, changed(CONTAINER, path, new), image=IMAGE_CONFIG) == (expected,)


def test_every_field_of_the_container_counts() -> None:
    """Whatever is declared above is compared: a field that is left out is seen."""
    told = {difference.field for _, _, difference in DIFFERENT.values()}
    apart = {"secrets", "configs", "volumes", "networks"}
    assert set(SERVICE) - apart <= told


# What Compose declares in another way

DECLARED: dict[str, tuple[Callable[[Parts], None], list[Difference]]] = {
    "a limit of deploy": (
        lambda s: s.update(deploy={"resources": {"limits": {"memory": "5"}}}),
        [Difference("changed", "mem_limit")],
    ),
    "deploy's restart policy": (
        lambda s: (s.pop("restart"), s.update(deploy={"restart_policy": {"condition": "any"}})),  # type: ignore[func-returns-value]
        [],
    ),
    "no health check": (
        lambda s: s.update(healthcheck={"disable": True}),
        [Difference("changed", "healthcheck")],
    ),
    "an entrypoint, without the image's command": (
        lambda s: s.update(entrypoint=["/x"], command=None),
        [Difference("changed", "command"), Difference("changed", "entrypoint")],
    ),
    "an empty entrypoint, of which engines make different things": (
        lambda s: s.update(entrypoint=[], command=["x"]),
        [],
    ),
    "another's namespace": (
        lambda s: s.update(network_mode="service:web", ports=[]),
        [Difference("changed", "network_mode")],
    ),
    "another's volumes": (
        lambda s: s.update(volumes_from=["web"], volumes=s["volumes"][:1], secrets=[], configs=[]),
        [],
    ),
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("name", DECLARED)
def test_it_is_declared_in_another_way(awk: tuple[str, ...], name: str) -> None:
    change, expected = DECLARED[name]
    project = copy.deepcopy(PROJECT)
    change(project["services"]["cache"])
    assert differences(awk, project=project, image=IMAGE_CONFIG) == tuple(expected)


# Variables


def variables(
    awk: tuple[str, ...], path: tuple[Any, ...], new: object, raw: Parts, env_files: str = ""
) -> tuple[str, ...]:
    told = differences(awk, changed(CONTAINER, path, new), PROJECT, raw, IMAGE_CONFIG, env_files)
    assert told is not None
    (difference,) = told
    return difference.variables


RAW: dict[str, tuple[tuple[Any, ...], object, tuple[Any, ...], object, tuple[str, ...]]] = {
    "in a command": (
        ("Config", "Cmd"),
        ["x"],
        ("command",),
        "sh ${LEVEL:-1} ${OTHER} $$NONE $${NONE}",
        ("LEVEL", "OTHER"),
    ),
    "that may be a piece of a password": (
        ("Config", "Env", 0),
        "PASSWORD=x",
        ("environment",),
        [f"PASSWORD=a${SECRET}", "OTHER=${LEVEL}"],
        ("?",),
    ),
    "of another item": (
        ("Config", "Env", 0),
        "PASSWORD=x",
        ("environment",),
        {"PASSWORD": "a", "OTHER": "${LEVEL}"},
        (),
    ),
    "of another field": (("Config", "User"), "0", ("command",), "${LEVEL}", ()),
    "that is handed through": (
        ("Config", "Env", 5),
        f"NONE={SECRET}",
        ("environment",),
        ["NONE"],
        ("NONE",),
    ),
    "in a secret's path": (
        ("Mounts", 4, "Source"),
        "/else",
        ("secrets",),
        [{"source": "acl", "target": "/run/secrets/acl"}],
        ("KEYS",),
    ),
    "in a port": (
        ("HostConfig", "PortBindings", "6379/tcp", 0, "HostPort"),
        "1",
        ("ports",),
        ["${PORT:-6379}:6379"],
        ("PORT",),
    ),
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("name", RAW)
def test_a_variable(awk: tuple[str, ...], name: str, tmp_path: Path) -> None:
    path, new, field, text, expected = RAW[name]
    raw = changed(PROJECT, ("services", "cache", *field), text)
    raw["secrets"]["acl"]["file"] = "/srv/${KEYS:-k}/acl"
    assert variables(awk, path, new, raw) == expected
    settled = tmp_path / "settled.env"
    settled.write_text("# LEVEL=\nLEVEL=2\nexport OTHER = x\nKEYS=\nPORT: 7\n")
    both = f"{tmp_path}/none.env\n{settled}"
    left = tuple(name for name in expected if name in ("?", "NONE"))
    assert variables(awk, path, new, raw, both) == left


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PASSWORD=plain", ()),
        (f"PASSWORD=a${SECRET}", ("?",)),
        (f"PASSWORD='a${SECRET}'", ()),
        ("PASSWORD", ("PASSWORD",)),
        ("HERE=1\nPASSWORD=${HERE}", ()),
        ("OTHER=$X", ()),
    ],
)
def test_a_variable_of_an_env_file(
    awk: tuple[str, ...], line: str, expected: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "cache.env"
    file.write_text(f"# comment\n\n{line}\n")
    for listed in ([str(file)], [{"path": str(file), "required": True}]):
        raw = changed(PROJECT, ("services", "cache", "env_file"), listed)
        assert variables(awk, ("Config", "Env", 0), "PASSWORD=x", raw) == expected


@pytest.mark.parametrize("awk", AWKS)
def test_an_env_file_that_can_not_be_read(awk: tuple[str, ...]) -> None:
    raw = changed(PROJECT, ("services", "cache", "env_file"), ["/nowhere/cache.env"])
    assert variables(awk, ("Config", "Env", 0), "PASSWORD=x", raw) == ("?",)


@pytest.mark.parametrize("awk", AWKS)
def test_without_its_variables_nothing_is_sure(awk: tuple[str, ...]) -> None:
    assert variables(awk, ("Config", "User"), "0", {}) == ("?",)


# What is no answer


@pytest.mark.parametrize("awk", AWKS)
def test_a_project_that_is_not_resolved_tells_nothing(awk: tuple[str, ...]) -> None:
    assert differences(awk, project={"name": "shop"}) is None


@pytest.mark.parametrize("awk", AWKS)
def test_a_service_that_is_not_declared_tells_nothing(awk: tuple[str, ...]) -> None:
    others = changed(PROJECT, ("services", "cache"), ...)
    assert differences(awk, project=others) is None
