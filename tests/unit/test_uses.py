"""Who uses which Redis, by the names in environments: for certain, or only likely."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connecting import linked
from looks import (
    BACK,
    attached,
    endpoint,
    healthy,
    member,
    stack,
    with_container,
    with_declared,
    without,
)

from pyinfra_runbooks.engine.compose import Attachment
from pyinfra_runbooks.engine.discovery.seen import Link, Published
from pyinfra_runbooks.engine.discovery.uses import uses
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.look import Look

HOST = Link("REDIS_HOST", "cache", 6379)


def with_seen(look: Look, service: str, **changes: Any) -> Look:
    (one,) = look.members(service)
    seen = {**look.found.seen, one.id: replace(look.found.seen[one.id], **changes)}
    return replace(look, found=replace(look.found, seen=seen))


def test_who_names_it_uses_it() -> None:
    for name in ("cache", "sessions", "shop-cache-1"):
        look = linked(healthy(), web=Link("URL", name, 6379, "redis"))
        assert uses(look, stack()) == {"web": {"cache": "certain"}}


def test_who_names_another_host_does_not() -> None:
    assert uses(linked(healthy(), web=Link("DB_HOST", "db")), stack()) == {}
    assert uses(healthy(), stack()) == {}


def test_a_name_that_was_lost_is_still_its_own() -> None:
    declared = {BACK: Attachment(frozenset({"kv"}))}
    look = with_declared(healthy(), "cache", networks=declared, container_name="the-cache")
    look = attached(look, "cache", {})
    for name in ("cache", "kv", "the-cache", "shop-cache-1"):
        assert uses(linked(look, web=Link("URL", name)), stack()) == {"web": {"cache": "certain"}}


def test_what_a_database_has_as_well_proves_of_nobody_that_it_is_a_client() -> None:
    look = with_container(healthy(), "db", image_name="registry.example/library/postgres:16")
    likely = {"web": {"cache": "likely"}, "db": {"cache": "likely"}}
    assert uses(linked(look, web=HOST, db=HOST), stack()) == likely
    own = replace(HOST, variable="BROKER_URL")
    certain = {"web": {"cache": "certain"}, "db": {"cache": "likely"}}
    assert uses(linked(look, web=own, db=HOST), stack()) == certain


def test_nor_what_the_redis_itself_has() -> None:
    look = linked(healthy(), web=HOST, cache=HOST)
    assert uses(look, stack()) == {"web": {"cache": "likely"}}


def test_a_job_that_has_ended_is_likely_at_most() -> None:
    look = linked(with_container(healthy(), "web", status="exited", exit_code=0), web=HOST)
    assert uses(look, stack()) == {"web": {"cache": "likely"}}


def test_on_the_hosts_network_its_own_address_is_the_redis() -> None:
    link = Link("REDIS_URL", "127.0.0.1", 6379, "redis")
    assert uses(linked(healthy(), web=link), stack()) == {}
    look = linked(with_container(healthy(), "web", network_mode="host"), web=link)
    assert uses(look, stack()) == {}
    published = with_seen(look, "cache", published=(Published(6379, "127.0.0.1", 6379),))
    assert uses(published, stack()) == {"web": {"cache": "certain"}}
    both = linked(with_container(look, "cache", network_mode="host"), web=link)
    assert uses(both, stack()) == {"web": {"cache": "certain"}}
    other = linked(both, web=replace(link, port=6380))
    assert uses(other, stack()) == {}


def test_in_the_redis_own_network_it_is_so_too() -> None:
    link = Link("REDIS_HOST", "localhost")
    mode = f"container:{member(healthy(), 'shop-cache-1').id}"
    look = linked(with_container(healthy(), "web", network_mode=mode), web=link)
    assert uses(look, stack()) == {"web": {"cache": "certain"}}


def test_by_a_socket_in_a_volume_that_both_mount() -> None:
    mount = Mount("volume", "/v/sock", "/run/redis", "shop_sock")
    look = with_container(healthy(), "cache", mounts=(mount,))
    look = with_container(look, "web", mounts=(replace(mount, target="/sock"),))
    link = Link("REDIS_URL", "/sock/redis.sock", None, "unix")
    assert uses(linked(look, web=link), stack()) == {"web": {"cache": "certain"}}
    elsewhere = replace(link, host="/tmp/redis.sock")  # noqa: S108 - a path in a container
    assert uses(linked(look, web=elsewhere), stack()) == {}
    nameless = with_seen(linked(look), "cache", arguments=("--unixsocket", "/run/redis/r.sock"))
    assert uses(nameless, stack()) == {"web": {"cache": "likely"}}


def test_a_found_redis_has_clients_too() -> None:
    look = linked(healthy(), web=Link("DB_URL", "db", None, "redis"))
    whole = replace(
        stack(),
        components=(*stack().components, replace(stack().servers[0], service="db", users=())),
        found=frozenset({"db"}),
    )
    assert uses(replace(look, completed=whole), stack()) == {"web": {"db": "certain"}}


def test_an_endpoints_own_names_count() -> None:
    look = attached(healthy(), "cache", {BACK: endpoint("cache", "kv")})
    assert uses(linked(look, web=Link("H", "kv")), stack()) == {"web": {"cache": "certain"}}


def test_what_compose_resolves_counts_where_its_container_does_not_say() -> None:
    look = with_declared(linked(without(healthy(), "web")), "web", uses=frozenset({"cache"}))
    assert uses(look, stack()) == {"web": {"cache": "certain"}}
    look = with_declared(look, "db", uses=frozenset({"cache"}), image="postgres:16")
    look = with_container(look, "db", image_name="postgres:16")
    assert uses(look, stack()) == {"web": {"cache": "likely"}, "db": {"cache": "likely"}}
