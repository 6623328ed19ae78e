"""What ``docker inspect`` tells, of several versions of the engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.engine import docker as engine
from pyinfra_runbooks.engine.docker import Endpoint, Mount

ID = "6fabd353b13a72d5aba027b0b45d425535fb1c5417d00f9c6e933ff58419ae0b"
NET = "014fd54e4fe05b5de005b03f195e7d23a9934d48e330dc623743ab1d194757d4"
RAW: dict[str, Any] = {
    "id": ID,
    "name": "/shop-cache-1",
    "image": "sha256:551115ce",
    "image_name": "example/cache:1",
    "status": "running",
    "created": "2026-11-20T08:15:30.123456789Z",
    "swarm": "",
    "health": "",
    "exit_code": 0,
    "restarts": 0,
    "restart_policy": "unless-stopped",
    "mounts": [],
    "ports": None,
    "network_mode": "shop_back",
    "networks": {},
    "project": "shop",
    "service": "cache",
    "oneoff": "False",
    "config_hash": "8e0e",
    "config_files": "/srv/shop/compose.yml,/srv/shop/compose.prod.yml",
    "env_files": None,
    "working_dir": "/srv/shop",
    "compose_version": "2.26.1",
}
# What every version tells of an endpoint, and nobody asks for.
REST = {
    "EndpointID": "3cabb2d4",
    "Gateway": "172.19.0.1",
    "GlobalIPv6Address": "",
    "GlobalIPv6PrefixLen": 0,
    "IPAddress": "172.19.0.6",
    "IPPrefixLen": 16,
    "IPv6Gateway": "",
    "Links": None,
    "MacAddress": "02:42:ac:13:00:06",
    "NetworkID": NET,
}


def container(**changes: Any) -> engine.Container:
    return engine.container(json.dumps({**RAW, **changes}))


def endpoint(**changes: Any) -> Endpoint:
    (only,) = container(networks={"shop_back": {**REST, **changes}}).networks.values()
    return only


# Endpoints


NAMES = frozenset({"shop-cache-1", "cache", "sessions"})


@pytest.mark.parametrize(
    "shown",
    [
        # API 1.44 and before: the short id among the aliases, and no DNSNames at all.
        {"Aliases": ["shop-cache-1", "cache", "sessions", ID[:12]]},
        # API 1.44 of a newer engine: both, the short id in both.
        {
            "Aliases": ["shop-cache-1", "cache", "sessions", ID[:12]],
            "DNSNames": ["shop-cache-1", "cache", "sessions", ID[:12]],
        },
        # API 1.45: the user's own in Aliases, everything in DNSNames.
        {
            "Aliases": ["shop-cache-1", "cache", "sessions"],
            "DNSNames": ["shop-cache-1", "cache", "sessions", ID[:12]],
        },
        {"Aliases": None, "DNSNames": ["shop-cache-1", "cache", "sessions", ID[:12]]},
    ],
    ids=["1.43", "1.44", "1.45", "no alias of the user"],
)
def test_names(shown: dict[str, Any]) -> None:
    assert endpoint(**shown).names == NAMES


def test_an_endpoint_without_names() -> None:
    assert endpoint(Aliases=None, DNSNames=None).names == frozenset()
    assert endpoint().names == frozenset()


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"IPAMConfig": None}, {}),
        ({"IPAMConfig": {}}, {}),
        ({"IPAMConfig": {"IPv4Address": "172.19.0.6"}}, {"ipv4": "172.19.0.6"}),
        ({"IPAMConfig": {"IPv4Address": ""}}, {}),
        ({"IPAMConfig": {"IPv6Address": "fd00::6"}}, {"ipv6": "fd00::6"}),
        (
            {"IPAMConfig": {"LinkLocalIPs": ["169.254.8.8", "fe80::8"]}},
            {"link_local": frozenset({"169.254.8.8", "fe80::8"})},
        ),
        ({"IPAMConfig": {"LinkLocalIPs": None}}, {}),
        ({"DriverOpts": None}, {}),
        ({"DriverOpts": {}}, {}),
        ({"DriverOpts": {"b": "2", "a": "1"}}, {"driver_opts": (("a", "1"), ("b", "2"))}),
        # Docker Engine 28.
        ({"GwPriority": 100}, {"gw_priority": 100}),
        ({"GwPriority": 0}, {}),
    ],
    ids=lambda value: json.dumps(value, default=sorted) if isinstance(value, dict) else None,
)
def test_what_was_asked_of_an_endpoint(shown: dict[str, Any], expected: dict[str, Any]) -> None:
    plain = Endpoint(NET, frozenset(), "172.19.0.6", gateways=frozenset({"172.19.0.1"}))
    assert endpoint(**shown) == Endpoint(
        **{f: getattr(plain, f) for f in Endpoint.__slots__} | expected
    )


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "address"),
    [
        ("172.19.0.6", "", "172.19.0.6"),
        ("", "fd00::6", "fd00::6"),
        ("172.19.0.6", "fd00::6", "172.19.0.6"),
        ("", "", ""),
        (None, None, ""),
    ],
)
def test_address(ipv4: str | None, ipv6: str | None, address: str) -> None:
    assert endpoint(IPAddress=ipv4, GlobalIPv6Address=ipv6).address == address


def test_an_endpoint_that_was_never_connected() -> None:
    # Seen of a container that was created and never started.
    assert endpoint(NetworkID="", IPAddress="", Aliases=["cache"]) == Endpoint(
        "", frozenset({"cache"}), "", gateways=frozenset({"172.19.0.1"})
    )


@pytest.mark.parametrize(
    ("status", "there"),
    [("running", False), ("paused", False), ("exited", True), ("created", True)],
)
def test_an_attachment_that_failed_is_none(status: str, there: bool) -> None:
    # Seen after `docker network connect` said "Address already in use".
    failed = {**REST, "NetworkID": "", "EndpointID": "", "IPAddress": ""}
    made = container(status=status, networks={"shop_back": failed})
    assert ("shop_back" in made.networks) is there


# Containers


def test_a_container_of_compose() -> None:
    made = container()
    assert made.name == "shop-cache-1"
    assert made.running
    assert made.config_files == ("/srv/shop/compose.yml", "/srv/shop/compose.prod.yml")
    assert made.env_files == ()
    assert not made.oneoff


def test_a_container_that_nobody_labelled() -> None:
    labels = ("project", "service", "oneoff", "config_hash", "config_files", "working_dir")
    plain = container(**dict.fromkeys((*labels, "compose_version")))
    assert [getattr(plain, label) for label in labels] == ["", "", False, "", (), ""]


@pytest.mark.parametrize(
    ("label", "expected"),
    [("True", True), ("true", True), ("False", False), ("", False), (None, False)],
)
def test_oneoff(label: str | None, expected: bool) -> None:
    assert container(oneoff=label).oneoff is expected


@pytest.mark.parametrize(
    ("status", "running"),
    [("running", True), ("paused", False), ("restarting", False), ("exited", False)],
)
def test_running(status: str, running: bool) -> None:
    assert container(status=status).running is running


@pytest.mark.parametrize(
    ("exposed", "ports"),
    [
        (None, ()),
        ({}, ()),
        ({"6379/tcp": {}}, (6379,)),
        ({"443/udp": {}, "443/tcp": {}, "80/tcp": {}, "9/sctp": {}}, (80, 443)),
        # Compose's `expose: ["8000"]`, seen on Docker Engine 26.1.
        ({"8000": {}}, (8000,)),
    ],
)
def test_ports(exposed: Any, ports: tuple[int, ...]) -> None:
    assert container(ports=exposed).ports == ports


ANONYMOUS = "f64d1b31beb06d9c9579f659cd15d214784793203b23b3b5a8e9e4ac8db99e70"


@pytest.mark.parametrize(
    ("shown", "expected", "anonymous"),
    [
        (
            {"Type": "bind", "Source": "/srv/x", "Destination": "/x", "RW": False},
            Mount("bind", "/srv/x", "/x", writable=False),
            False,
        ),
        (
            {"Type": "volume", "Name": "shop_data", "Source": "/var/v", "Destination": "/data"},
            Mount("volume", "/var/v", "/data", "shop_data"),
            False,
        ),
        (
            {"Type": "volume", "Name": ANONYMOUS, "Source": "/var/v", "Destination": "/data"},
            Mount("volume", "/var/v", "/data", ANONYMOUS),
            True,
        ),
        ({"Type": "tmpfs", "Destination": "/run"}, Mount("tmpfs", "", "/run"), False),
        (
            {"Type": "bind", "Name": ANONYMOUS, "Source": "/s", "Destination": "/d"},
            Mount("bind", "/s", "/d", ANONYMOUS),
            False,
        ),
    ],
    ids=["bind", "volume", "anonymous volume", "tmpfs", "a bind of such a name"],
)
def test_mounts(shown: dict[str, Any], expected: Mount, anonymous: bool) -> None:
    (mount,) = container(mounts=[shown]).mounts
    assert mount == expected
    assert mount.anonymous is anonymous


def test_the_mount_at_a_path() -> None:
    shown = [{"Type": "bind", "Source": f"/srv/{p}", "Destination": f"/{p}"} for p in "ab"]
    made = container(mounts=shown)
    assert made.mount("/b") == Mount("bind", "/srv/b", "/b")
    assert made.mount("/c") is None
    assert container(mounts=None).mounts == ()


# Networks


def test_network() -> None:
    line = json.dumps({"id": NET, "name": "shop_back", "driver": "bridge"})
    assert engine.network(line) == engine.Network(NET, "shop_back", "bridge")


# Garbage


BROKEN = [
    "",
    "{",
    "[]",
    "null",
    "7",
    '"text"',
    "{}",
    json.dumps({**RAW, "name": None}),
    json.dumps({**RAW, "exit_code": "none"}),
    json.dumps({**RAW, "exit_code": None}),
    json.dumps({**RAW, "mounts": [7]}),
    json.dumps({**RAW, "mounts": [{"Type": "bind"}]}),
    json.dumps({**RAW, "mounts": 7}),
    json.dumps({**RAW, "networks": ["shop_back"]}),
    json.dumps({**RAW, "networks": {"shop_back": 7}}),
    json.dumps({**RAW, "networks": {"shop_back": {"Aliases": 7}}}),
    json.dumps({**RAW, "networks": {"shop_back": {"GwPriority": "high"}}}),
    json.dumps({**RAW, "config_files": 7}),
    json.dumps({**RAW, "oneoff": True}),
    json.dumps({k: v for k, v in RAW.items() if k != "status"}),
]


@pytest.mark.parametrize("line", BROKEN, ids=range(len(BROKEN)))
def test_garbage_is_one_clear_error(line: str) -> None:
    with pytest.raises(ValueError, match="docker inspect answered something") as raised:
        engine.container(line)
    assert len(str(raised.value)) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(RAW)), JSON)
def test_nothing_but_a_value_error_comes_out(field: str, value: Any) -> None:
    understood: object
    try:
        understood = container(**{field: value})
    except ValueError as error:
        understood = str(error)
    assert understood


def test_what_nests_too_deep_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="docker inspect"):
        engine.container("[" * 60_000)


def test_the_templates_ask_for_no_environment_and_no_command() -> None:
    for secret in (".Env", ".Cmd", ".Args", ".Entrypoint", "json .Config}", "json .}"):
        assert secret not in engine.CONTAINER_TEMPLATE + engine.NETWORK_TEMPLATE
