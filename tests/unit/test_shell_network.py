"""The scripts that attach containers to networks: any name stays a name."""

from __future__ import annotations

import pytest
from hosts import HOSTILE, Host, in_directory
from looks import endpoint
from looks import stack as shop

from pyinfra_runbooks.compose import Attachment
from pyinfra_runbooks.rules.network import Attach, CreateNetwork, Detach
from pyinfra_runbooks.shell import network


@pytest.mark.parametrize("name", HOSTILE)
def test_attach(host: Host, name: str) -> None:
    wanted = Attachment(
        frozenset({name, "cache"}), "172.30.0.5", "fd00::5", frozenset({"169.254.8.8"})
    )
    done = host.run(network.attach(shop(), Attach(name, f"net {name}", wanted)))
    assert done.of("docker") == [
        [
            *("network", "connect"),
            *(f"--alias={alias}" for alias in sorted(wanted.aliases)),
            *("--ip=172.30.0.5", "--ip6=fd00::5", "--link-local-ip=169.254.8.8"),
            *(f"net {name}", name),
        ]
    ]
    assert not host.canary


@pytest.mark.parametrize("name", HOSTILE)
def test_reattach(host: Host, name: str) -> None:
    had = endpoint("cache", names=frozenset({f"former {name}"}))
    wanted = Attachment(frozenset({name}), driver_opts=(("a", name),), gw_priority=7)
    done = host.run(network.attach(shop(), Attach("shop-cache-1", "shop_back", wanted, had)))
    assert done.code == 0
    assert done.of("docker", "network", "disconnect") == [
        ["network", "disconnect", "--force", "shop_back", "shop-cache-1"]
    ]
    assert done.of("docker", "network", "connect") == [
        [
            *("network", "connect", f"--alias={name}", f"--driver-opt=a={name}"),
            *("--gw-priority=7", "shop_back", "shop-cache-1"),
        ]
    ]
    assert not host.canary


def test_what_can_not_be_attached_anew_is_put_back_as_it_was(any_host: Host) -> None:
    log = any_host.place / "log"
    any_host.tool(
        "docker",
        f'#!/bin/sh\necho "$*" >>{log}\ncase "$*" in *--alias=new*) echo no >&2; exit 1 ;; esac\n',
    )
    had = endpoint("cache", names=frozenset({"old"}), ipv4="172.30.0.7")
    action = Attach("shop-cache-1", "shop_back", Attachment(frozenset({"new"})), had)
    done = any_host.run(network.attach(shop(), action))
    assert done.code != 0
    assert "put back" in done.err
    assert log.read_text(encoding="utf-8").splitlines() == [
        "network disconnect --force shop_back shop-cache-1",
        *3 * ["network connect --alias=new shop_back shop-cache-1"],
        "network connect --alias=old --ip=172.30.0.7 shop_back shop-cache-1",
    ]


def test_an_alias_of_two_lines_is_one_alias(host: Host) -> None:
    wanted = Attachment(frozenset({"two\n--ip=172.30.0.66"}))
    action = Attach("shop-cache-1", "shop_back", wanted, endpoint("cache"))
    done = host.run(network.attach(shop(), action))
    (connect,) = done.of("docker", "network", "connect")
    assert connect[2:] == ["--alias=two\n--ip=172.30.0.66", "shop_back", "shop-cache-1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_detach(host: Host, name: str) -> None:
    done = host.run(network.detach(shop(), Detach(name, f"net {name}")))
    assert done.of("docker") == [["network", "disconnect", f"net {name}", name]]


def test_create(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache")
    done = any_host.run(network.create(in_directory(any_host.place), CreateNetwork("cache")))
    (up,) = done.of("docker-compose")
    words = up[up.index("up") :]
    assert {"--no-start", "--no-recreate", "--no-deps", "--no-build", "--pull"} < set(words)
    assert words[-1] == "cache"
