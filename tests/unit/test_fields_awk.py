"""fields.awk, in every awk there is: in which fields a container is another than declared."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from awks import AWKS, SECRET
from comparing import ID, changed, differences
from composed import CONTAINER, IMAGE_CONFIG, MOUNTS, PROJECT, SERVICE, Parts, mount

from pyinfra_runbooks.engine.differences import Difference


@pytest.mark.parametrize("awk", AWKS)
def test_a_container_as_declared(awk: tuple[str, ...]) -> None:
    assert differences(awk, image=IMAGE_CONFIG) == ()


@pytest.mark.parametrize("awk", AWKS)
def test_its_image_is_gone(awk: tuple[str, ...]) -> None:
    """What it brought is not known, and so is no difference; but what is declared is."""
    assert differences(awk) == ()
    shown = differences(awk, changed(CONTAINER, ("Config", "Cmd"), ["sh"]))
    assert shown == (Difference("changed", "command"),)


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


@pytest.mark.parametrize("awk", AWKS)
def test_a_directory_that_has_two_names(awk: tuple[str, ...]) -> None:
    there = changed(CONTAINER, ("Mounts", 1, "Source"), "/mnt/link/x")
    different = (Difference("changed", "mounts", "/y"),)
    assert differences(awk, there, image=IMAGE_CONFIG) == different
    for names in ("/srv/shop\n/mnt/link", "/mnt/link\n\n/srv/shop", "/a\n/mnt/link\n/srv/shop"):
        assert differences(awk, there, image=IMAGE_CONFIG, spellings=names) == ()
    for names in ("/srv/shop\n/mnt/lin", "/srv/shop/x\n/mnt/link", "/srv/shop"):
        assert differences(awk, there, image=IMAGE_CONFIG, spellings=names) == different


@pytest.mark.parametrize("awk", AWKS)
def test_the_word_null_is_a_value(awk: tuple[str, ...]) -> None:
    """A string, and neither JSON's null nor a variable that is handed through."""
    project, there = copy.deepcopy(PROJECT), copy.deepcopy(CONTAINER)
    service = project["services"]["cache"]
    service["environment"]["WORD"] = service["labels"]["word"] = service["hostname"] = "null"
    service["command"] = ["null"]
    there["Config"]["Env"].append("WORD=null")
    there["Config"]["Labels"]["word"] = there["Config"]["Hostname"] = "null"
    there["Config"]["Cmd"] = ["null"]
    assert differences(awk, there, project, image=IMAGE_CONFIG) == ()
    there["Config"].update(Cmd=[""], Hostname="", Env=[*there["Config"]["Env"][:-1], "WORD="])
    there["Config"]["Labels"]["word"] = ""
    assert differences(awk, there, project, image=IMAGE_CONFIG) == (
        Difference("changed", "command"),
        Difference("changed", "environment", "WORD"),
        Difference("absent", "hostname"),
        Difference("changed", "labels", "word"),
    )


# One difference each: its place in the container, what is there, and what is shown.
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
    shown = {difference.field for _, _, difference in DIFFERENT.values()}
    apart = {"secrets", "configs", "volumes", "networks"}
    assert set(SERVICE) - apart <= shown


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
    "both policies, of which Compose takes deploy's": (
        lambda s: s.update(
            restart="always", deploy={"restart_policy": {"condition": "on-failure"}}
        ),
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


# What is no answer


@pytest.mark.parametrize("awk", AWKS)
def test_a_project_that_is_not_resolved_tells_nothing(awk: tuple[str, ...]) -> None:
    assert differences(awk, project={"name": "shop"}) is None


@pytest.mark.parametrize("awk", AWKS)
def test_a_service_that_is_not_declared_tells_nothing(awk: tuple[str, ...]) -> None:
    others = changed(PROJECT, ("services", "cache"), ...)
    assert differences(awk, project=others) is None
