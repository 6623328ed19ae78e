"""Which clients try their servers, by which names, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    attached,
    container,
    endpoint,
    healthy,
    identity,
    joined,
    member,
    stack,
    stranger,
    unhealthy,
    with_container,
    with_redis,
    without,
)
from reaching import OTHER, alive, tried

from pyinfra_runbooks.engine.discovery.seen import Link, Seen
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.findings import puzzling
from pyinfra_runbooks.packs.network.asking import MOST, pairs, questions
from pyinfra_runbooks.packs.network.rules import reach as rules


@pytest.mark.parametrize(
    ("look", "services"),
    [
        (healthy(), None),
        (unhealthy(healthy()), {"health", "web"}),
        (with_container(healthy(), "db", health="unhealthy"), {"db"}),
        (with_container(healthy(), "db", health="starting"), None),
        (unhealthy(without(healthy(), "cache")), None),
        (unhealthy(attached(healthy(), "cache", {})), None),
        (unhealthy(joined(healthy(), stranger("thief", "cache"))), None),
    ],
    ids=[
        "nothing is wrong",
        "checks fail",
        "a container's own check fails",
        "it starts",
        "its Redis is gone",
        "it has no network",
        "another one has its name",
    ],
)
def test_only_a_riddle_is_looked_into(look: Look, services: set[str] | None) -> None:
    assert puzzling(look, stack()) == services


def test_a_declared_client_is_tried_with_its_redis() -> None:
    (pair,) = pairs(alive(healthy()), stack())
    assert (pair.client.name, pair.called, pair.name, pair.port) == (
        *("shop-web-1", "cache", "cache", 6379),
    )
    (question,) = questions([pair])
    assert question.name == "reach shop-web-1"
    assert question.values == {
        "id": identity("shop-web-1"),
        "pid": 2,
        "address": "172.30.1.2",
        "own": "shop-web-1",
        "images": (f"sha256:{identity('web')}",),
        "targets": (f"cache\t6379\t{identity('shop-cache-1')}\t1\tsha256:{identity('cache')}",),
    }


def linked(look: Look, name: str, *links: Link) -> Look:
    """What a container's environment names."""
    seen = {**look.found.seen, member(look, name).id: Seen("x", links=links)}
    return replace(look, found=replace(look.found, seen=seen))


@pytest.mark.parametrize(
    ("link", "pair"),
    [
        (Link("REDIS_HOST", "sessions"), ("cache", "sessions", 6379)),
        (Link("REDIS_URL", "cache", 6380, "redis"), ("cache", "cache", 6380)),
        (Link("DB", "db", None, "postgresql"), ("db", "db", 5432)),
        (Link("ANY", "shop-db-1"), ("db", "shop-db-1", 5432)),
        (Link("URL", "web", None, "https"), ("web", "web", 443)),
        (Link("URL", "web"), ("web", "web", None)),
    ],
)
def test_a_client_is_tried_by_the_names_that_it_has(
    link: Link, pair: tuple[str, str, int | None]
) -> None:
    """What an image exposes is no port that anybody listens on."""
    client = container("job", "shop-job-1", {BACK: endpoint("job")}, pid=9, ports=(1234,))
    look = linked(joined(alive(healthy()), client), "shop-job-1", link)
    (found,) = [p for p in pairs(look, stack()) if p.client.service == "job"]
    assert (found.called, found.name, found.port) == pair


@pytest.mark.parametrize(
    ("says", "port"),
    [
        ({"reach": ("-p", "6390")}, 6390),
        ({"reach": ()}, 6379),
        ({"reach": ("--tls", "-p", "6390")}, 6390),
        ({"reach": ("-s", "/run/redis.sock")}, None),
        ({"unaskable": "it has no client"}, None),
    ],
)
def test_a_redis_is_tried_where_it_was_found_to_listen(
    says: dict[str, Any], port: int | None
) -> None:
    """A declared one has no port in the inventory: its usual one would be a false cause."""
    (found,) = pairs(with_redis(alive(healthy()), **says), stack())
    assert (found.called, found.port) == ("cache", port)


@pytest.mark.parametrize(
    "change",
    [
        lambda look: with_container(look, "cache", status="exited"),
        lambda look: with_container(look, "web", status="restarting"),
        lambda look: with_container(look, "web", network_mode="host"),
        lambda look: with_container(look, "web", pid=0),
        lambda look: attached(look, "cache", {"shop_other": endpoint("cache")}),
        lambda look: attached(look, "web", {}),
    ],
    ids=[
        "no server",
        "restarting",
        "the host's network",
        "no process",
        "none shared",
        "no network",
    ],
)
def test_who_is_not_tried(change: Callable[[Look], Look]) -> None:
    assert pairs(change(alive(healthy())), stack()) == []


def test_links_of_a_socket_or_of_a_strange_name_are_not_tried() -> None:
    look = linked(
        alive(healthy()),
        "shop-db-1",
        Link("S", "/run/redis.sock", None, "unix"),
        Link("S", "-rf $(x)"),
        Link("S", "it\nself"),
    )
    assert {p.client.service for p in pairs(look, stack())} == {"web"}


def test_a_client_in_anothers_network_is_tried_there() -> None:
    sidecar = container(
        "job", "shop-job-1", {}, pid=9, network_mode=f"container:{identity('shop-web-1')}"
    )
    look = linked(joined(alive(healthy()), sidecar), "shop-job-1", Link("R", "cache"))
    (found,) = [p for p in pairs(look, stack()) if p.client.service == "job"]
    assert found.home.name == "shop-web-1"


def test_another_projects_server_is_called_by_its_container() -> None:
    other = stranger("infra-db-1", "pg", project="infra", pid=8)
    look = linked(joined(alive(healthy()), other), "shop-web-1", Link("DB", "pg", 5432))
    found = {p.called: p for p in pairs(look, stack())}
    assert found["infra-db-1"].name == "pg"
    reached = tried(look, "shop-web-1", "infra-db-1", name="pg", addresses=(OTHER,))
    assert [f.kind.id for f in rules.findings(reached, stack())] == []


@pytest.mark.parametrize("host", ["elsewhere", "cache.example.com", "203.0.113.9", "127.0.0.1"])
def test_a_name_that_no_container_has_is_never_tried(host: str) -> None:
    """Not even a connection is opened to another machine."""
    client = container("job", "shop-job-1", {BACK: endpoint("job")}, pid=9)
    look = linked(joined(alive(healthy()), client), "shop-job-1", Link("URL", host, 6379, "redis"))
    assert [p for p in pairs(look, stack()) if p.client.service == "job"] == []


def test_so_many_clients_are_tried_and_the_unwell_ones_first() -> None:
    clients = [
        container(f"job{n:02}", f"shop-job{n:02}-1", {BACK: endpoint("job")}, pid=n + 9)
        for n in range(30)
    ]
    look = joined(alive(healthy()), *clients)
    for one in clients:
        look = linked(look, one.name, Link("R", "cache"))
    found = pairs(look, stack(), {"job29"})
    assert len({p.client.name for p in found}) == MOST
    assert found[0].client.service == "job29"
