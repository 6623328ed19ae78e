"""Who is connected to which Redis, and what a healthy look leaves of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from connecting import DB, DEAF, JOBS, LONG_AGO, OWN, QUICK, WAITING, WEB, busy, remembering, shop
from fakes import FakeHost
from looks import (
    member,
    silent,
    stranger,
    with_container,
    with_endpoint,
    with_redis,
)

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.remembered import Memory, Remembered, Used, loaded
from pyinfra_runbooks.engine.rules.connected import blind, connected, services_at
from pyinfra_runbooks.facts.looks import look_at
from pyinfra_runbooks.facts.memories import Remember
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.packs.clients.remembering import OLD, memory, to_remember
from pyinfra_runbooks.packs.redis.connections import Connections

STACK = shop()
(REDIS,) = STACK.servers
USUAL = Used("ccc", lasting=True, lively=True)


def who(look: Look) -> list[str]:
    seen = connected(look, REDIS)
    assert not isinstance(seen, Unknown), seen
    return sorted(seen)


def test_connections_are_those_of_services() -> None:
    look = busy(QUICK, WAITING, replace(QUICK, local="172.30.0.66"))
    assert connected(look, REDIS) == {"web": QUICK, "jobs": WAITING}


def test_several_containers_and_addresses_are_one_service() -> None:
    look = with_endpoint(busy(), "web", address6="fd00::0:3")
    look = with_endpoint(look, "cache", address6="fd00::2")
    six = Connections("fd00:0::3", "fd00::2", 3, 1, 1, 7, 9, frozenset({"brpop"}))
    seen = connected(with_redis(look, connected=(QUICK, six)), REDIS)
    assert not isinstance(seen, Unknown)
    assert seen["web"] == Connections(
        WEB, OWN, 5, 1, 1, 80_000, 1, frozenset({"get", "set", "brpop"})
    )


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "172.30.0.1", "172.30.0.77", "socket", "other", ""]
)
def test_what_is_nobodys_address_is_nobodys(address: str) -> None:
    look = busy(replace(QUICK, address=address))
    assert who(look) == []
    assert services_at(look, address) == frozenset()
    other = stranger("elsewhere", project="blog", service="web")
    assert who(replace(look, containers=(*look.containers, other))) == []


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (silent(busy(), "no answer"), "no answer"),
        (with_redis(busy(), connected=Unknown("NOPERM")), "NOPERM"),
        (
            with_container(busy(QUICK), "cache", network_mode="host", networks={}),
            "cache is on the host's network: who is connected can't be told",
        ),
        (
            busy(QUICK, tcp_port="0"),
            "cache listens on a unix socket: who is connected can't be told",
        ),
        (
            with_container(busy(QUICK), "cache", networks={}),
            "cache has no address of its own: who is connected can't be told",
        ),
        (
            busy(*(replace(one, local="other") for one in (QUICK, WAITING))),
            "cache does not say to which of its addresses a client goes",
        ),
    ],
)
def test_what_can_not_be_told_is_said(look: Look, reason: str) -> None:
    assert connected(look, REDIS) == Unknown(reason)
    left = memory(look, STACK)
    assert left is None or left.clients == {"cache": {}}  # That it answered is known.


def test_whose_connections_can_not_be_told() -> None:
    look = busy()
    cache, web = member(look, "shop-cache-1"), member(look, "shop-web-1")
    assert blind(look, web, REDIS) == ""
    inside = replace(web, network_mode=f"container:{cache.id}", networks={})
    assert blind(look, inside, REDIS) == "it lives in the network of cache itself"
    on_host = replace(web, network_mode="host", networks={})
    assert blind(look, on_host, REDIS) == "it is on the host's network"
    assert blind(look, replace(web, networks={}), REDIS) == "it has no address"


# What is left


def test_what_is_older_than_who_has_its_address_leaves_nothing() -> None:
    look = busy(QUICK, replace(WAITING, newest=80_000))
    young = with_container(look, "jobs", started=LONG_AGO + timedelta(hours=23))
    assert left(look).keys() == {"web", "jobs"}
    assert left(young).keys() == {"web"}


def left(look: Look) -> dict[str, Used]:
    found = memory(look, STACK)
    assert found is not None
    assert (found.directory, found.project, found.at) == ("/srv/shop", "shop", look.at)
    return dict(found.used("cache"))


def test_who_is_connected_is_remembered() -> None:
    assert left(busy(QUICK, WAITING)) == {
        "web": Used("c", lasting=True, lively=True),
        "jobs": Used("t", lasting=True, lively=True),
    }
    young = replace(QUICK, oldest=59, silent=6)
    assert left(busy(young)) == {"web": Used("c")}


@pytest.mark.parametrize(
    ("former", "now", "then"),
    [
        (Used("cc"), (QUICK,), Used("ccc", lasting=True)),
        (USUAL, (QUICK,), USUAL),
        (USUAL, (), Used("cc-", lasting=True)),
        (Used("c--"), (), None),
        (Used("--c"), (), Used("-c-")),
        (USUAL, (replace(QUICK, silent=9),), Used("ccc", lasting=True)),
        (USUAL, (replace(QUICK, taking=1),), Used("cct", lasting=True, lively=True)),
    ],
)
def test_the_last_looks_count(
    former: Used, now: tuple[Connections, ...], then: Used | None
) -> None:
    assert left(remembering(busy(*now), web=former)).get("web") == then


@pytest.mark.parametrize(
    "look",
    [
        with_container(busy(QUICK), "jobs", status="exited"),
        with_container(busy(QUICK), "jobs", network_mode="host", networks={}),
        silent(busy()),
    ],
)
def test_what_can_not_be_seen_now_is_not_forgotten(look: Look) -> None:
    assert left(remembering(look, jobs=USUAL))["jobs"] == USUAL


def test_a_service_that_is_declared_no_more_is_forgotten() -> None:
    assert "former" not in left(remembering(busy(QUICK), former=USUAL))


@pytest.mark.parametrize(
    ("ago", "former", "writes"),
    [
        (600, {"web": USUAL, "jobs": Used("ttt", lasting=True, lively=True)}, False),
        (600, {"web": USUAL, "jobs": Used("tct", lasting=True, lively=True)}, False),
        (600, {"web": USUAL}, True),
        (30, {"web": USUAL}, False),
        (600, {"web": USUAL, "jobs": Used("tt", lasting=True, lively=True)}, True),
        (OLD, {"web": USUAL, "jobs": Used("ttt", lasting=True, lively=True)}, True),
        (-5, {"web": USUAL, "jobs": Used("ttt", lasting=True, lively=True)}, True),
    ],
)
def test_it_is_written_where_it_says_another_thing(
    ago: float, former: dict[str, Any], writes: bool
) -> None:
    look = remembering(busy(QUICK, WAITING), ago, **former)
    assert (to_remember(look, STACK) is not None) is writes


def test_what_is_written_can_be_read() -> None:
    kept = to_remember(busy(QUICK, WAITING), STACK)
    assert kept is not None
    name, line = kept
    assert name.endswith(".json")
    assert loaded(line) == memory(busy(QUICK, WAITING), STACK)
    assert isinstance(loaded(line), Memory)


def test_where_its_data_is_is_kept_as_well() -> None:
    """A later move of it is an intruder's trace; what is no plain path is not kept."""
    look = busy(QUICK, WAITING)
    former = {"web": USUAL, "jobs": Used("ttt", lasting=True, lively=True)}
    kept = [
        memory(with_redis(look, config={"dir": path}), STACK) for path in ("/data", "no", "/a b")
    ]
    assert [m and dict(m.directories) for m in kept] == [{"cache": "/data"}, {}, {}]
    moved = remembering(with_redis(look, config={"dir": "/data"}), **former)
    assert to_remember(moved, STACK) is not None
    there = moved.found.remembered
    assert isinstance(there, Remembered)
    known = {k: replace(m, directories={"cache": "/data"}) for k, m in there.memories.items()}
    same = replace(moved, found=replace(moved.found, remembered=Remembered(known)))
    assert to_remember(same, STACK) is None
    unasked = replace(same, servers={**same.servers, "cache": Unknown("no answer")})
    left = memory(unasked, STACK)
    assert left is not None
    assert left.directories == {"cache": "/data"}


def asked(look: Look) -> list[type]:
    host = FakeHost({StackLook: [look], Remember: [["x.json"]]}, executing=False)
    assert look_at(host.real, STACK) is look
    return host.facts


def test_a_healthy_look_leaves_it_with_one_command() -> None:
    assert asked(busy(QUICK, WAITING)) == [StackLook, Remember]
    both: dict[str, Any] = {"web": USUAL, "jobs": Used("ttt", lasting=True, lively=True)}
    assert asked(remembering(busy(QUICK, WAITING), **both)) == [StackLook]


def test_one_that_finds_something_leaves_nothing() -> None:
    deaf = busy(QUICK, DEAF, uptime_in_seconds="90", cmdstat_brpop="", cmdstat_get="calls=1")
    assert asked(remembering(deaf, jobs=Used("t"))) == [StackLook]
    assert asked(with_container(busy(QUICK), "web", status="exited")) == [StackLook]


def test_the_addresses_are_those_of_the_stack() -> None:
    look = busy()
    assert {a: services_at(look, a) for a in (OWN, WEB, JOBS, DB)} == {
        OWN: {"cache"},
        WEB: {"web"},
        JOBS: {"jobs"},
        DB: {"db"},
    }
