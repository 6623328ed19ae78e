"""Who is who: which containers, files and directory are a project's, as tables of labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import container, endpoint, healthy, identity, stack, stranger

from pyinfra_runbooks.engine.asked import Asking
from pyinfra_runbooks.engine.docker import Container, Endpoint, Mount
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.projects import address, fleeting, project, projects, usual
from pyinfra_runbooks.packs.look import questions
from pyinfra_runbooks.settings import Compose

SHOP = "/srv/shop"


def made(
    name: str, at: str = SHOP, files: tuple[str, ...] = ("compose.yml",), **more: Any
) -> Container:
    """A container as Compose made it in a directory; several services are called as it is."""
    labels = {"working_dir": at, "config_files": tuple(f"{at}/{file}" for file in files)}
    return replace(container(name.partition("-")[0], name, {}, **labels), **more)


def chosen(*containers: Container, **compose: Any) -> tuple[str, tuple[str, ...], list[str]]:
    """The project, its files and its members, of a stack in `SHOP`."""
    seen = project(Found(containers), Compose(SHOP, **compose))
    return seen.name, seen.files, [c.name for c in seen.members]


# The project of a stack


def test_it_is_that_of_most_containers_that_were_made_in_its_directory() -> None:
    files = (f"{SHOP}/compose.yml",)
    ours = (made("web-1"), made("cache-1"), made("db-1", files=("compose.yml", "more.yml")))
    theirs = (made("web-2", "/srv/blog", project="blog"), stranger("redis"))
    assert chosen(*theirs, *ours) == ("shop", files, ["web-1", "cache-1", "db-1"])


def test_who_was_made_elsewhere_is_a_member_by_its_label() -> None:
    name, files, members = chosen(made("web-1"), made("cache-1"), made("db-1", "/home/ann/shop"))
    assert (name, files, len(members)) == ("shop", (f"{SHOP}/compose.yml",), 3)


@pytest.mark.parametrize(
    "change",
    [{"oneoff": True}, {"service": ""}, {"project": ""}, {"project": "other"}],
    ids=["of docker compose run", "no service", "no project", "another project"],
)
def test_who_is_no_member(change: dict[str, Any]) -> None:
    other = made("cache-2", **{"working_dir": "/elsewhere", **change})
    assert chosen(made("web-1"), other)[2] == ["web-1"]


def test_what_the_inventory_names_counts_before_what_labels_say() -> None:
    blog = made("web-2", files=("blog.yml",), project="blog")
    two = made("web-1"), made("db-1")
    assert chosen(*two, blog, name="blog") == ("blog", (f"{SHOP}/blog.yml",), ["web-2"])
    assert chosen(*two, files=("own.yml",))[1] == ("own.yml",)
    assert chosen(*two, name="new") == ("new", (), [])


def test_where_nothing_was_made_compose_chooses() -> None:
    assert chosen(made("web-1", "/srv/blog", project="blog")) == ("", (), [])
    seen = project(Found(), Compose(SHOP))
    assert (seen.directory, seen.spellings, seen.env_files) == (SHOP, (SHOP,), ())


def test_of_as_many_the_newest_counts() -> None:
    """The engine tells of the newest first; that there are as many is for the rules to say."""
    other = ("compose.yml", "more.yml")
    assert chosen(made("a-1", files=other), made("b-1"))[1] == tuple(f"{SHOP}/{f}" for f in other)
    assert usual([1, 2]) == (1, True)
    assert usual([1, 2, 2]) == (2, False)
    assert usual([]) == (None, False)


# A directory with several names

PLACES = {SHOP: "1:7", "/mnt/shop": "1:7", "/mnt/link": "1:7", "/srv/blog": "1:8"}


@pytest.mark.parametrize("called", ["/mnt/shop", SHOP])
def test_it_is_called_as_most_labels_call_it(called: str) -> None:
    containers = (made("db-1", "/mnt/link"), made("web-1", called), made("cache-1", called))
    seen = project(Found(containers, places=PLACES), Compose(SHOP))
    assert (seen.directory, seen.files) == (called, (f"{called}/compose.yml",))
    assert seen.spellings[0] == called
    assert {*seen.spellings} == {SHOP, "/mnt/shop", "/mnt/link"}
    assert len(seen.members) == 3


def test_paths_get_the_names_that_the_rules_compare() -> None:
    mount = Mount("bind", "/mnt/link/keys/a", "/a")
    linked = made("db-1", "/mnt/link", mounts=(mount, replace(mount, kind="volume")))
    found = Found((linked, made("web-1", "/mnt/shop"), made("x-1", "/mnt/shop")), places=PLACES)
    placed = project(found, Compose(SHOP)).placed(linked, SHOP)
    assert placed.working_dir == SHOP
    assert placed.config_files == (f"{SHOP}/compose.yml",)
    assert [m.source for m in placed.mounts] == ["/mnt/shop/keys/a", "/mnt/link/keys/a"]
    assert project(Found((linked,)), Compose("/mnt/link")).placed(linked, SHOP) == linked


# Every project of a host


def test_every_project_of_a_host_is_found_with_what_it_was_made_from() -> None:
    blog = made("web-2", "/srv/blog", ("a.yml", "b.yml"), project="blog", env_files=("/srv/x.env",))
    found = projects(Found((stranger("redis"), made("web-1"), made("cache-1"), blog)))
    assert [(p.name, p.directory, len(p.members)) for p in found.values()] == [
        ("shop", SHOP, 2),
        ("blog", "/srv/blog", 1),
    ]
    assert found["blog"].files == ("/srv/blog/a.yml", "/srv/blog/b.yml")
    assert found["blog"].env_files == ("/srv/x.env",)
    assert projects(Found()) == {}


# Who is asked


def asked(*containers: Container) -> tuple[str | None, str | None, str | None]:
    """Redis, the API and a stopped Redis: their names."""
    asking = Asking.of(stack(), Found(containers))
    (redis,) = asking.stack.servers
    names = {c.id: c.name for c in containers}
    of = {
        question.name: names.get(str(question.values.get("id"))) for question in questions(asking)
    }
    one = asking.server(redis)
    return one.name if one else None, of.get("api web"), of.get("kept cache")


KEY = Mount("bind", f"{SHOP}/keys/cache.txt", "/run/secrets/cache_password")
DATA = Mount("volume", "/x", "/data", name="shop_data")


def test_of_several_that_may_be_redis_none_is_asked() -> None:
    assert asked(made("cache-1"), made("cache-2")) == (None, None, None)
    assert asked(made("cache-1")) == ("cache-1", None, None)
    assert asked() == (None, None, None)


def test_the_api_is_asked_of_what_it_mounts_where_it_runs() -> None:
    stopped = made("web-1", status="exited", mounts=(KEY,))
    running = made("web-2", mounts=(KEY,), pid=7)
    assert asked(stopped, running)[1] == "web-2"
    assert asked(stopped)[1] is None
    assert asked(made("web-1", pid=7, mounts=(DATA,)))[1] is None


@pytest.mark.parametrize(
    ("status", "mounts", "expected"),
    [
        ("exited", (), "cache-1"),
        ("created", (replace(DATA, name="a" * 64),), "cache-1"),
        ("exited", (DATA,), None),
        ("exited", (replace(DATA, name="a" * 64, target="/"), DATA), None),
        ("exited", (replace(DATA, target="/database"),), "cache-1"),
        ("restarting", (), None),
        ("running", (), None),
    ],
)
def test_a_stopped_redis_that_has_its_data_in_itself(
    status: str, mounts: tuple[Mount, ...], expected: str | None
) -> None:
    assert asked(made("cache-1", status=status, mounts=mounts))[2] == expected


def test_data_below_a_mount_is_in_it() -> None:
    inner = made("cache-1", mounts=(DATA, replace(DATA, name="b" * 64, target="/data/redis")))
    assert fleeting(inner, "/data/redis")
    assert not fleeting(inner, "/data")


# Where it is reached


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("172.30.0.9", "fd00::9")], "172.30.0.9"),
        ([("", "fd00::9")], "fd00::9"),
        ([("", "fd00::9"), ("172.30.0.9", "")], "172.30.0.9"),
        ([("invalid IP", "fd00::9")], "fd00::9"),
        ([("invalid IP", "")], ""),
        ([], ""),
    ],
)
def test_an_address_is_ipv4_where_there_is_one(
    places: list[tuple[str, str]], expected: str
) -> None:
    networks = {
        str(n): Endpoint("", frozenset(), first or second, second)
        for n, (first, second) in enumerate(places)
    }
    assert address(container("web", "web-1", networks), {}) == expected


def test_who_lives_in_the_network_of_another_is_reached_there() -> None:
    host = container("cache", "cache-1", {"back": endpoint("cache")})
    guest = container("web", "web-1", {}, network_mode=f"container:{host.id}")
    assert address(guest, {host.id: host}) == "172.30.0.9"
    assert address(guest, {}) == ""
    itself = replace(guest, network_mode=f"container:{guest.id}")
    assert address(itself, {guest.id: itself}) == ""


def test_found_is_shown_short() -> None:
    """pyinfra prints what a fact is given."""
    assert repr(Found(healthy().containers)) == "Found(3 containers)"
    assert identity("cache") not in repr(Found(healthy().containers))
