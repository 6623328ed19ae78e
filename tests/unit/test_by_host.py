"""Who reaches a Redis by the host: on its network, or through a port that it passes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from connecting import OWN, QUICK, WEB, busy, linked, remembering, shop
from looks import stack, with_container, with_endpoint, with_redis

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.discovery.seen import Link, Published
from pyinfra_runbooks.engine.discovery.uses import uses
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.clients.rules.connections import findings
from pyinfra_runbooks.packs.redis.connections import Connections

GATEWAY, ADDRESS = "172.30.0.1", "192.0.2.10"
ON_HOST: dict[str, Any] = {"network_mode": "host", "networks": {}}
BY_HOST = Link("REDIS_URL", "host.docker.internal", 6380, "redis")
LOCAL = replace(BY_HOST, host="127.0.0.1")
OUR_OWN = Connections("127.0.0.1", "127.0.0.1", 1, commands=frozenset({"client|list"}))
IS_HOST = "shop-jobs-1: it is on the host's network"


def published(*connected: Connections, address: str = "", link: Link = LOCAL) -> Look:
    """`jobs` uses a port that the host passes on to `cache`."""
    look = linked(busy(QUICK, *connected), jobs=link)
    look = with_endpoint(look, "cache", gateways=frozenset({GATEWAY}))
    (cache,) = look.members("cache")
    port = Published(6379, address, 6380)
    seen = {**look.found.seen, cache.id: replace(look.found.seen[cache.id], published=(port,))}
    return replace(look, found=replace(look.found, seen=seen))


def on_host(look: Look, service: str = "jobs") -> Look:
    return with_container(look, service, **ON_HOST)


def of_host(count: int = 1, taking: int = 0, address: str = GATEWAY) -> Connections:
    return Connections(address, OWN, count, taking)


def seen(look: Look) -> str:
    (note,) = findings(look, shop())
    assert str(note.kind) == "clients-unseen"
    assert not note.breaks_health
    return note.evidence


# Who is a client


@pytest.mark.parametrize("host", ["host.docker.internal", GATEWAY])
def test_who_names_the_host_and_a_port_that_leads_to_a_redis_uses_it(host: str) -> None:
    link = replace(BY_HOST, host=host)
    for address in ("", "0.0.0.0", GATEWAY, ADDRESS):  # noqa: S104 - as the engine has it
        look = published(address=address, link=link)
        assert uses(look, stack()) == {"jobs": {"cache": "certain"}}
    assert uses(published(link=replace(link, port=6379)), stack()) == {}
    assert uses(published(address="127.0.0.1", link=link), stack()) == {}


def test_on_the_hosts_network_its_loopback_leads_there_too() -> None:
    for address in ("", "127.0.0.1"):
        look = on_host(published(address=address))
        assert uses(look, stack()) == {"jobs": {"cache": "certain"}}
    assert uses(published(), stack()) == {}


def test_a_redis_on_the_hosts_network_is_reached_by_it() -> None:
    look = on_host(published(link=BY_HOST), "cache")
    assert uses(look, stack()) == {}
    (cache,) = look.members("cache")
    for words in (("--port", "6380"), ("--port=6380",)):
        started = replace(look.found.seen[cache.id], arguments=words)
        found = replace(look.found, seen={**look.found.seen, cache.id: started})
        there = replace(look, found=found)
        assert uses(there, stack()) == {"jobs": {"cache": "certain"}}


# Whether it is connected


@pytest.mark.parametrize(
    ("connected", "says"),
    [
        ((), "none comes from the host: it is not connected"),
        ((OUR_OWN,), "none comes from the host: it is not connected"),
        ((of_host(),), "1 connection from the host, likely its own"),
        ((of_host(2, 1),), "2 connections from the host, 1 on a queue, likely its own"),
        ((of_host(1, 1, ADDRESS), of_host(1)), "2 connections from the host, 1 on a queue, likely"),
    ],
)
def test_who_is_on_the_hosts_network(connected: tuple[Connections, ...], says: str) -> None:
    assert seen(on_host(published(*connected))).startswith(f"{IS_HOST}; {says}")


@pytest.mark.parametrize("address", ["socket", "other"])
def test_what_has_no_address_may_be_anybodys(address: str) -> None:
    assert seen(on_host(published(of_host(address=address)))) == IS_HOST


def test_where_redis_is_there_who_has_an_address_is_told_by_it() -> None:
    look = on_host(published(link=BY_HOST), "cache")
    (cache,) = look.members("cache")
    started = replace(look.found.seen[cache.id], arguments=("--port", "6380"))
    look = replace(look, found=replace(look.found, seen={**look.found.seen, cache.id: started}))
    assert "shop-web-1: 2 connections from its address" in seen(look)
    assert "shop-jobs-1: none comes from its address: it is not connected" in seen(look)
    both = on_host(look)
    assert "shop-jobs-1: none comes from the host: it is not connected" in seen(both)
    local = Connections("127.0.0.1", "127.0.0.1", 3, commands=frozenset({"get", "client|list"}))
    both = with_redis(both, connected=(local,))
    assert "shop-jobs-1: 2 connections from the host, likely its own" in seen(both)
    assert "shop-web-1: none comes from its address" in seen(both)


def test_who_is_connected_is_not_guessed_where_nobody_may_ask() -> None:
    look = with_redis(on_host(published()), connected=Unknown("NOPERM"))
    assert seen(look) == "NOPERM"


def test_a_container_of_another_address_is_not_the_host() -> None:
    assert remembering(busy(QUICK)).members("web")
    look = on_host(published(Connections(WEB, OWN, 4)))
    assert "none comes from the host" in seen(look)
