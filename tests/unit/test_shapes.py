"""Stacks of other shapes than the incident's: what a look at them finds, and what it says it can't.

The shapes are those of other people's outages: a Redis without a password and three clients on two
networks; two servers in one project; two projects on a shared network; no Redis; no inventory.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hosts import Host
from prepared import looked
from shapes import GUARDED, OPEN, Project, Service, look
from verdicts import steps

from pyinfra_runbooks.engine.asked import Asking
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.packs.redis import asking as scripts
from pyinfra_runbooks.packs.redis.replies import quoted
from pyinfra_runbooks.settings import (
    Api,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    Redis,
    Secret,
    Stack,
)

DATA = {"volumes": [{"type": "volume", "source": "data", "target": "/data"}]}


def found(seen: Look, stack: Stack) -> list[tuple[str, str]]:
    """Each finding's kind and subject."""
    return [(f.kind.id, f.subject) for f in verification.everything(seen, stack)]


# A Redis without a password, three clients on two networks


def plain(**redis: Any) -> Project:
    return Project(
        "plain",
        (
            Service("redis", ("inner", "jobs"), says=OPEN, **redis),
            Service("web", ("outer", "inner")),
            Service("streaming", ("outer", "inner")),
            Service("sidekiq", ("outer", "jobs")),
        ),
    )


NO_CHECK = ("no-check", "health")
PLAIN = Stack("/srv/plain", Redis(), Api("web"), Api("streaming"), Api("sidekiq"))


def test_a_redis_without_a_password_is_judged_by_all_that_it_says() -> None:
    seen = look(PLAIN, plain())
    assert found(seen, PLAIN) == []
    assert verification.summary(seen, PLAIN) == (
        "plain is healthy: 4 services run, redis answers PING (Redis 7.0.15), nothing else was"
        " asked"
    )
    assert verification.findings(seen, PLAIN) == []


def test_what_it_lost_is_named_and_repaired_and_nobody_is_restarted() -> None:
    seen = look(PLAIN, plain(on=("inner",)))
    assert found(seen, PLAIN) == [("wrong-network", "redis")]
    assert steps(seen, PLAIN) == ["attach redis"]
    later = verification.planned(seen, PLAIN).later
    assert [one.thing for one in later] == ["sidekiq", "streaming", "web"]


@pytest.mark.parametrize(
    ("status", "step"), [("exited", "start"), ("paused", "unpause"), ("restarting", "restart")]
)
def test_a_redis_without_declared_users_is_repaired(status: str, step: str) -> None:
    """The proof is a login that its own container holds."""
    seen = look(PLAIN, plain(more={"status": status}))
    assert steps(seen, PLAIN) == [f"{step} redis"]


def test_a_redis_that_can_not_save_is_named_without_a_login() -> None:
    said = [
        line.replace("rdb_last_bgsave_status:ok", "rdb_last_bgsave_status:err") for line in OPEN
    ]
    project = plain()
    redis, *others = project.services
    seen = look(PLAIN, replace(project, services=(replace(redis, says=said), *others)))
    assert found(seen, PLAIN) == [("save-failed", "redis")]


# Checks of several clients


@pytest.mark.parametrize(("failing", "expected"), [("web", ["restart web"]), ("caddy", [])])
def test_of_several_clients_only_the_one_is_restarted_whose_check_fails(
    failing: str, expected: list[str]
) -> None:
    checks = [HttpCheck(f"http://{name}:80/", expect="OK") for name in ("web", failing)]
    stack = replace(PLAIN, health=checks[1:])
    seen = look(stack, plain())
    assert [f.kind.id for f in verification.everything(seen, stack) if f.symptom] == ["unhealthy"]
    assert steps(seen, stack) == expected


# Two servers


TWO = Project(
    "two",
    (
        Service("app"),
        Service("worker"),
        Service("redis", says=GUARDED, on=()),
        Service("redis-cache", says=GUARDED),
    ),
)
BOTH = Stack("/srv/two", Redis(), Redis("redis-cache"), Api("app"), Api("worker"))


def test_each_of_two_servers_is_judged_by_itself() -> None:
    seen = look(BOTH, TWO)
    assert set(seen.servers) == {"redis", "redis-cache"}
    assert found(seen, BOTH) == [
        ("no-network", "redis"),
        ("login-undeclared", "redis"),
        ("login-undeclared", "redis-cache"),
    ]
    assert steps(seen, BOTH) == ["attach redis"]
    assert look_event(seen, BOTH)["redis_answers"] is True


def test_what_is_not_judged_without_a_login_is_said_by_name() -> None:
    (note, *_) = (
        f for f in verification.everything(look(BOTH, TWO), BOTH) if f.subject == "redis-cache"
    )
    assert "its users, data and saves are not judged" in note.problem
    assert "NOAUTH" in note.evidence
    assert not note.drift


def test_the_one_that_is_silent_is_named_and_the_other_is_not() -> None:
    *others, cache = TWO.services
    silent = replace(TWO, services=(*others, replace(cache, says=("Could not connect to Redis",))))
    seen = look(BOTH, silent)
    assert ("redis-silent", "redis-cache") in found(seen, BOTH)
    assert ("redis-silent", "redis") not in found(seen, BOTH)
    assert look_event(seen, BOTH)["redis_answers"] is False


def test_a_password_of_each_is_asked_with_and_is_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE", "queue password")
    monkeypatch.setenv("CACHE", "cache password")
    stack = Stack(
        "/srv/two",
        Redis(password=EnvironmentVariable("QUEUE")),
        Redis("redis-cache", password=EnvironmentVariable("CACHE")),
    )
    queue, cache = stack.servers
    asking = Asking.of(stack, look(stack, TWO).found)
    assert [(q.about, q.lines) for q in scripts.servers(asking)] == [
        ("redis", 1),
        ("redis-cache", 1),
    ]
    assert scripts.stdin_lines(asking) == [
        *scripts.passwords_of(queue),
        *scripts.passwords_of(cache),
    ]


# Two projects of one host, which share a network


SHARED = ("proxy",)
STORE = Project(
    "store",
    (Service("redis", ("default", "proxy"), says=OPEN), Service("app", ("default", "proxy"))),
    SHARED,
)
BLOG = Project("blog", (Service("redis", ("proxy",), says=GUARDED),), SHARED)


def test_another_projects_redis_that_has_the_same_name_on_a_shared_network_is_named() -> None:
    stack = Stack("/srv/store", Redis(), Api("app"))
    seen = look(stack, STORE, BLOG)
    assert found(seen, stack) == [("alias-conflict", "blog-redis-1")]
    assert steps(seen, stack) == []


def test_both_projects_are_looked_at_each_by_itself() -> None:
    blog = Stack("/srv/blog", Redis())
    seen = look(blog, BLOG, STORE)
    assert [c.name for c in seen.members()] == ["blog-redis-1"]
    assert found(seen, blog) == [
        ("alias-conflict", "store-redis-1"),
        ("login-undeclared", "redis"),
    ]


# Nobody's inventory, no Redis, a client alone


def test_a_project_alone_is_judged_by_compose_and_the_engine() -> None:
    stack = Stack("/srv/two")
    seen = look(stack, TWO)
    assert (seen.servers, seen.insides) == ({}, {})
    assert found(seen, stack) == [("no-network", "redis"), NO_CHECK]
    assert steps(seen, stack) == ["attach redis"]
    other = Stack("/srv/plain")
    healthy = look(other, plain())
    (unproved,) = verification.everything(healthy, other)
    assert unproved.evidence == "what was looked at: 4 services run, nothing else was asked"
    shown = look_event(healthy, other)
    assert (shown["redis_answers"], shown["api_healthy"]) == (None, None)


def test_what_is_stopped_in_a_project_alone_is_a_persons_to_start() -> None:
    project = plain(more={"status": "exited", "exit_code": 137})
    stack = Stack("/srv/plain")
    assert found(look(stack, project), stack) == [("not-running", "redis"), NO_CHECK]
    assert steps(look(stack, project), stack) == []


def test_a_client_without_a_redis_is_restarted_for_its_own_check() -> None:
    site = Project("site", (Service("web"), Service("db", declared=DATA)))
    check = HttpCheck("http://web:80/", expect="OK")
    stack = Stack("/srv/site", Api("web"), health=(check,))
    seen = look(stack, site)
    findings = {f.kind.id: f for f in verification.everything(seen, stack)}
    assert findings["api-unhealthy"].evidence == "site-web-1 runs"
    assert steps(seen, stack) == ["restart web"]
    assert verification.summary(seen, replace(stack, health=())) == (
        "nothing is found to be wrong with site: 2 services run, nothing else was asked"
    )


# Whom a login is sent to


def test_a_login_goes_only_to_who_holds_a_secret_of_that_redis(any_host: Host) -> None:
    """The other Redis of the same stack is a stranger, too."""
    place = any_host.place
    for name in ("queue", "cache"):
        (place / f"{name}.txt").write_text(f"the {name}'s password\n", encoding="utf-8")
    stack = Stack(
        str(place),
        Redis("queue", password=HostFile("queue.txt")),
        Redis("cache", password=HostFile("cache.txt")),
        secrets=(Secret(str(place / "shared.txt"), mode=0o400),),
    )
    any_host.stack(str(place), "queue", "cache")
    secrets = {"all": {"name": "all", "file": str(place / "shared.txt")}}
    config = {"name": "shop", "secrets": secrets, "services": {"queue": {}, "cache": {}}}
    any_host.answer("docker-compose-json", json.dumps(config, indent=2))
    any_host.answer("docker-exec", "u 999 999\nr\nCould not connect to Redis\n")
    mounts = {f"{1:064x}": "queue.txt", f"{2:064x}": "queue.txt"}
    for container, file in mounts.items():
        shown = f'"{place}/{file}"\n"{place}/shared.txt"\n'
        any_host.answer(f"mounts-{container}", shown)
    stand_in = (place / "tools" / "docker").read_text(encoding="utf-8")
    by_id = 'for id; do :; done\ncat "$ANSWERS/mounts-$id"'
    any_host.tool(
        "docker",
        f"#!/bin/sh\ncase $* in *'range .Mounts}}'*)\n{by_id}\nexit\nesac\n{stand_in}",
    )
    done = looked(any_host, stack).both
    shown = {w[w.index("sh") - 1]: text for w, text in done.inputs if "PING" in text}
    queue, cache = (shown[f"{n:064x}"].splitlines() for n in (1, 2))
    assert f"AUTH {quoted('default')} {quoted(chr(39).join(('the queue', 's password')))}" in queue
    assert [line for line in cache if "AUTH" in line or "@mounted" in line] == []
    assert cache.count("ECHO withheld") == 2
    assert "password" not in done.out
