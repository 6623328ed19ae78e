"""What ``docker compose config --format json`` declares."""

from __future__ import annotations

import json
from typing import Any

import pytest
import samples
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.engine import compose
from pyinfra_runbooks.engine.compose import (
    Attachment,
    DeclaredMount,
    DeclaredNetwork,
    DeclaredService,
)

NETWORKS = {
    "back": {"name": "shop_back", "ipam": None},
    "edge": {"name": "proxy", "external": True},
    "default": {"name": "shop_default"},
}


def project(service: Any = None, **top: Any) -> compose.Declared:
    config = {"name": "shop", "services": {"cache": service or {}}, "networks": NETWORKS, **top}
    return compose.declared(json.dumps(config), {})


def declared(service: dict[str, Any], **top: Any) -> DeclaredService:
    return project(service, **top).services["cache"]


# Networks


def test_networks_go_by_the_names_that_docker_knows() -> None:
    assert project().networks == {
        "shop_back": DeclaredNetwork("back", "shop_back", external=False),
        "proxy": DeclaredNetwork("edge", "proxy", external=True),
        "shop_default": DeclaredNetwork("default", "shop_default", external=False),
    }


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({}, {}),
        ({"networks": None}, {}),
        ({"networks": {"back": None}}, {"shop_back": Attachment()}),
        (
            {"networks": {"back": {"aliases": ["sessions", "store"]}, "edge": None}},
            {
                "shop_back": Attachment(aliases=frozenset({"sessions", "store"})),
                "proxy": Attachment(),
            },
        ),
        (
            {"networks": {"back": {"ipv4_address": "172.19.0.5", "ipv6_address": "fd00::5"}}},
            {"shop_back": Attachment(ipv4="172.19.0.5", ipv6="fd00::5")},
        ),
        (
            {"networks": {"back": {"link_local_ips": ["169.254.8.8"]}}},
            {"shop_back": Attachment(link_local=frozenset({"169.254.8.8"}))},
        ),
        (
            {"networks": {"back": {"driver_opts": {"b": "2", "a": "1"}}}},
            {"shop_back": Attachment(driver_opts=(("a", "1"), ("b", "2")))},
        ),
        (
            {"networks": {"back": {"gw_priority": 100, "priority": 10}}},
            {"shop_back": Attachment(gw_priority=100)},
        ),
        # Compose resolves what needs no network at all: neither is a place to attach to.
        ({"network_mode": "host"}, {}),
        ({"network_mode": "service:web", "networks": {"back": None}}, {}),
    ],
)
def test_attachments(reported: dict[str, Any], expected: dict[str, Attachment]) -> None:
    assert declared(reported).networks == expected


# Mounts


SECRETS = {
    "token": {"name": "shop_token", "file": "/srv/shop/token"},
    "ambient": {"name": "shop_ambient", "environment": "TOKEN"},
    "swarm": {"name": "swarm", "external": True},
}
CONFIGS = {
    "limits": {"name": "shop_limits", "file": "/srv/shop/limits"},
    "inline": {"name": "shop_inline", "content": None},
}
VOLUMES = {"data": {"name": "shop_data"}, "shared": {"name": "lake", "external": True}, "bare": {}}


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        (
            {"secrets": [{"source": "token"}]},
            DeclaredMount("secret", "/srv/shop/token", "/run/secrets/token", "token"),
        ),
        (
            {"secrets": [{"source": "token", "target": "api_token", "mode": "0400"}]},
            DeclaredMount("secret", "/srv/shop/token", "/run/secrets/api_token", "token"),
        ),
        (
            {"secrets": [{"source": "token", "target": "/etc/token"}]},
            DeclaredMount("secret", "/srv/shop/token", "/etc/token", "token"),
        ),
        (
            {"secrets": [{"source": "ambient"}]},
            DeclaredMount("secret", None, "/run/secrets/ambient", "ambient"),
        ),
        (
            {"secrets": [{"source": "swarm"}]},
            DeclaredMount("secret", None, "/run/secrets/swarm", "swarm"),
        ),
        (
            {"secrets": [{"source": "unheard_of"}]},
            DeclaredMount("secret", None, "/run/secrets/unheard_of", "unheard_of"),
        ),
        (
            {"configs": [{"source": "limits"}]},
            DeclaredMount("config", "/srv/shop/limits", "/limits", "limits"),
        ),
        (
            {"configs": [{"source": "limits", "target": "/etc/limits"}]},
            DeclaredMount("config", "/srv/shop/limits", "/etc/limits", "limits"),
        ),
        (
            {"configs": [{"source": "inline", "target": "/etc/inline"}]},
            DeclaredMount("config", None, "/etc/inline", "inline"),
        ),
        (
            {"volumes": [{"type": "bind", "source": "/srv/shop/x", "target": "/x"}]},
            DeclaredMount("bind", "/srv/shop/x", "/x"),
        ),
        (
            {"volumes": [{"type": "volume", "source": "data", "target": "/data"}]},
            DeclaredMount("volume", "shop_data", "/data"),
        ),
        (
            {"volumes": [{"type": "volume", "source": "shared", "target": "/data"}]},
            DeclaredMount("volume", "lake", "/data"),
        ),
        (
            {"volumes": [{"type": "volume", "source": "bare", "target": "/data"}]},
            DeclaredMount("volume", "bare", "/data"),
        ),
        (
            {"volumes": [{"type": "volume", "target": "/data"}]},
            DeclaredMount("volume", None, "/data"),
        ),
        ({"volumes": [{"type": "tmpfs", "target": "/run"}]}, DeclaredMount("tmpfs", None, "/run")),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
)
def test_mounts(reported: dict[str, Any], expected: DeclaredMount) -> None:
    service = declared(reported, secrets=SECRETS, configs=CONFIGS, volumes=VOLUMES)
    assert service.mounts == (expected,)
    assert service.mount(expected.target) == expected
    assert service.mount("/elsewhere") is None


def test_a_secret_and_a_config_of_one_name() -> None:
    service = declared(
        {"secrets": [{"source": "limits"}], "configs": [{"source": "limits"}]},
        secrets={"limits": {"file": "/srv/shop/secret_limits"}},
        configs=CONFIGS,
    )
    assert [m.source for m in service.mounts] == ["/srv/shop/secret_limits", "/srv/shop/limits"]


# The rest


def test_services() -> None:
    service = declared({"image": "example/cache:1", "container_name": "vault"})
    assert (service.name, service.image, service.container_name) == (
        "cache",
        "example/cache:1",
        "vault",
    )
    built = declared({"build": None})
    assert (built.image, built.container_name, built.config_hash) == ("", None, None)


def test_services_of_other_profiles_are_not_there() -> None:
    # Compose leaves out what no active profile asks for; a project may have no service left.
    config = json.dumps({"name": "shop", "services": {}})
    assert compose.declared(config, {}).services == {}
    assert compose.declared('{"name": "shop"}', {}).services == {}


def test_hashes() -> None:
    cache, web = "a" * 64, "b" * 64
    lines = ("", f"cache {cache}", f"web {web}", 'level=warning msg="no"', "db short", "=0")
    assert compose.hashes(lines) == {"cache": cache, "web": web}
    config = json.dumps({"name": "shop", "services": {"cache": {}, "db": {}}})
    found = compose.declared(config, {"cache": cache}).services
    assert (found["cache"].config_hash, found["db"].config_hash) == (cache, None)


def test_variables_that_are_not_set_are_kept() -> None:
    assert compose.declared('{"name": "shop"}', {}, ("TAG",)).unset == ("TAG",)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_real_project(name: str) -> None:
    found = samples.look(name).declared
    assert found.name == "shop"
    assert set(found.services) == {"api", "caddy", "postgres", "qdrant", "redis"}
    assert list(found.networks) == ["shop_back"]
    redis = found.services["redis"]
    assert redis.networks == {"shop_back": Attachment()}
    assert redis.mount("/run/secrets/redis_users_acl") == DeclaredMount(
        "secret",
        "/srv/shop/secrets/redis_users.acl",
        "/run/secrets/redis_users_acl",
        "redis_users_acl",
    )
    assert redis.mount("/data") == DeclaredMount("volume", "shop_redis_data", "/data")
    assert all(len(service.config_hash or "") == 64 for service in found.services.values())


# Garbage


BROKEN: list[Any] = [
    [],
    None,
    7,
    {},
    {"services": {}},
    {"name": "shop", "services": ["cache"]},
    {"name": "shop", "services": {"cache": None}},
    {"name": "shop", "services": {"cache": {"networks": {"unheard_of": None}}}},
    {"name": "shop", "services": {"cache": {"networks": 7}}},
    {"name": "shop", "services": {"cache": {"volumes": [{}]}}},
    {"name": "shop", "services": {"cache": {"volumes": ["data:/data"]}}},
    {"name": "shop", "services": {"cache": {"secrets": ["token"]}}},
    {"name": "shop", "networks": ["back"]},
    {"name": "shop", "networks": {"back": 7}},
]


@pytest.mark.parametrize("config", BROKEN, ids=json.dumps)
def test_garbage_is_one_clear_error(config: Any) -> None:
    with pytest.raises(ValueError, match="docker compose config answered something"):
        compose.declared(json.dumps(config), {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "networks",
                    "secrets",
                    "volumes",
                    "source",
                    "target",
                    "type",
                    "back",
                    "file",
                ]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_nothing_but_a_value_error_comes_out(service: Any, top: Any) -> None:
    config = {"name": "shop", "services": {"cache": service}, "networks": top, "volumes": top}
    try:
        seen = repr(compose.declared(json.dumps(config), {}))
    except ValueError as error:
        seen = str(error)
    assert seen


def test_what_a_deploy_needs_of_it() -> None:
    service = {
        "image": "web",
        "build": {"context": None},
        "user": "1000:1000",
        "platform": "linux/amd64",
        "pull_policy": "never",
        "cap_drop": ["ALL"],
        "cap_add": ["CAP_SETUID", "setgid"],
        "group_add": ["50"],
        "working_dir": "/app",
        "ports": [
            {"target": 80, "published": "80", "protocol": "tcp", "host_ip": "::1"},
            {"target": 53, "published": "8000-8010", "protocol": "udp"},
            *({"target": 1}, {"target": 1, "published": "0"}, {"target": 1, "published": "$P"}),
        ],
        "volumes": [
            {"type": "bind", "source": "/a", "target": "/a", "bind": {"create_host_path": False}},
            {"type": "bind", "source": "/b", "target": "/b", "bind": {}, "read_only": True},
            {"type": "volume", "source": "data", "target": "/data", "volume": {}},
        ],
    }
    volumes = {"data": {"name": "shop_data", "external": True}, "own": {"name": "shop_own"}}
    config = {"name": "shop", "services": {"web": service}, "volumes": volumes}
    found = compose.declared(json.dumps(config), {})
    assert found.external_volumes == {"shop_data"}
    web = found.services["web"]
    assert [port.shown for port in web.ports] == ["[::1]:80", "8000-8010/udp"]
    assert (web.user, web.groups, web.working_dir) == ("1000:1000", ("50",), "/app")
    assert (web.platform, web.pull_policy, web.built) == ("linux/amd64", "never", True)
    assert (web.root_reads_all, web.root_becomes) == (False, True)
    assert [(m.writable, m.created) for m in web.mounts] == [
        (True, False),
        (False, None),
        (True, None),
    ]


def test_dependents_are_those_that_wait_for_one_by_way_of_others_too() -> None:
    """As `up` of Compose 2.26 recreates them; a circle, which Compose refuses, ends as well."""
    waits = {"db": (), "cache": ("web",), "check": ("cache",), "web": ("check", "db"), "mail": ()}
    config = {
        "name": "shop",
        "services": {
            name: {"depends_on": {other: {"condition": "service_started"} for other in others}}
            for name, others in waits.items()
        },
    }
    found = compose.declared(json.dumps(config), {})
    assert found.dependents(["cache"]) == {"check", "web"}
    assert found.dependents(["db"]) == {"web", "cache", "check"}
    assert found.dependents(["mail"]) == frozenset()
