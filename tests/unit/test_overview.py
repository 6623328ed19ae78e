"""What `runbooks init` gets to know of a stack that nobody has declared."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from declarations import SECRET
from hosts import Host
from shapes import OPEN, Project, Service, look
from whole_host import runs

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.jobs.init.command import OVERVIEW
from pyinfra_runbooks.jobs.init.found import projects
from pyinfra_runbooks.jobs.options import PyinfraOptions
from pyinfra_runbooks.jobs.running import pyinfra
from pyinfra_runbooks.packs.overview import guarded, overview
from pyinfra_runbooks.packs.redis.login import Login
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.settings import Api, Redis, Stack

SHOP = Stack("/srv/shop", Redis("cache"), Api("web"))


def seen(*says: str, login: tuple[str, ...] = (), **cache: Any) -> dict[str, Any]:
    project = Project(
        "shop", (Service("web"), Service("cache", says=says, login=login, more=cache))
    )
    return overview(look(SHOP, project), SHOP)


def test_a_redis_that_is_open_is_said_to_be() -> None:
    shown = seen(*OPEN, login=("login open",))
    assert (shown["name"], shown["path"], shown["services"]) == (
        "shop",
        "/srv/shop",
        ["web", "cache"],
    )
    (redis,) = shown["redis"]
    assert redis["guarded"] == "no password: it serves every client that reaches it"
    assert redis["reached"] == "port 6379"


def test_a_service_that_is_stopped_is_none_that_has_to_run() -> None:
    assert seen(*OPEN, status="exited")["services"] == ["web"]


def server(**changes: Any) -> Server:
    return replace(Server(False, {}, {}, {}, frozenset(), {}, {}), **changes)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Unknown("no such container"), "could not be asked: no such container"),
        (server(unaskable="no redis-cli"), "could not be asked: no redis-cli"),
        (server(open=True), "no password: it serves every client that reaches it"),
        (server(login=Login("default", "--requirepass")), "password, from --requirepass"),
        (
            server(login=Login("app", "$REDIS_PASSWORD"), config={"aclfile": "/run/acl"}),
            "password of user app, from $REDIS_PASSWORD, ACL file /run/acl",
        ),
        (server(login=Login(refused=("$PW",))), "a login that is not known here: declare it"),
    ],
)
def test_what_keeps_strangers_out(known: Server | Unknown, said: str) -> None:
    assert guarded(known) == said


def test_of_a_host_every_project_is_told_and_nothing_is_left_there(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the deploy itself, in a run of pyinfra, with stand-ins for docker and Compose."""
    blog = Project("blog", (Service("web"), Service("db", more={"image_name": "postgres:17"})))
    runs(host, Project("shop", (Service("web"), Service("cache"))), blog)
    calls = host.place / "calls"
    calls.mkdir()
    monkeypatch.setenv("PATH", f"{host.place / 'tools'}:/usr/bin:/bin")
    for name, where in (("DOCKER_CONFIG", "docker"), ("ANSWERS", "answers"), ("CALLS", "calls")):
        monkeypatch.setenv(name, str(host.place / where))
    monkeypatch.setenv("PASSWORD", SECRET)
    before = {*host.place.rglob("*")}
    run = pyinfra(["-y", "@local", OVERVIEW], PyinfraOptions())
    assert run.code == 0, run.printed
    found = {project.name: project for project in projects(run.entries)}
    assert {*found} == {"shop", "blog"}
    assert found["blog"].path == f"{host.place}/blog"
    assert found["blog"].services == ("web", "db")
    assert SECRET not in json.dumps(run.entries)
    left = {path.name for path in {*host.place.rglob("*")} - before if calls not in path.parents}
    assert left <= {"docker-calls", "compose-calls"}
