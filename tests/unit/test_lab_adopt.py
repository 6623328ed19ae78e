"""What stands in for what in anybody's compose files, and what is said of what can't be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab import versions
from lab.adopting import checks, command, images, layers, model
from lab.adopting.host import State
from lab.adopting.plan import Plan, planned

IMAGES = {
    "redis": ("lab/redis:8.0", "redis"),
    "redis:7-alpine": ("lab/redis:7.0", "redis"),
    "registry.example/redis:6.2": ("lab/redis:7.0", "redis"),
    "redis:8.2": ("lab/redis:8.0", "redis"),
    "redis/redis-stack-server:7.4.0-v0": ("lab/redis:7.0", "redis"),
    "registry.example:5000/community/redis-server": ("lab/redis:8.0", "redis"),
    "registry.example/valkey/valkey:8-bookworm@sha256:" + "0a" * 32: ("lab/valkey:8.1", "valkey"),
    "bitnami/redis:7.2": ("lab/redis:7.0", "bitnami"),
    "bitnamilegacy/valkey:latest": ("lab/valkey:8.1", "bitnami"),
    "eqalpha/keydb": ("lab/redis:8.0", "keydb"),
    "docker.dragonflydb.io/dragonflydb/dragonfly": ("lab/redis:8.0", "dragonfly"),
    "postgres:16-alpine": ("lab/postgres:17", "postgres"),
    "zulip/zulip-postgresql:14": ("lab/postgres:17", "postgres"),
    "pgvector/pgvector:pg16": ("lab/postgres:17", "postgres"),
    "caddy:2": ("lab/caddy:2.6", "caddy"),
    "mariadb:11.8": ("lab/stand-in:13", "stand-in"),
    "oliver006/redis_exporter": ("lab/stand-in:13", "stand-in"),
    "redis/redisinsight": ("lab/stand-in:13", "stand-in"),
    "hub.example/joeferner/redis-commander": ("lab/stand-in:13", "stand-in"),
    "postgrest/postgrest": ("lab/stand-in:13", "stand-in"),
    "bitnami/postgres-exporter": ("lab/stand-in:13", "stand-in"),
    "hub.example/mastodon/mastodon:v4": ("lab/stand-in:13", "stand-in"),
}


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_has_a_stand_in_by_its_name(image: str) -> None:
    found = images.stand_in(image)
    assert (found.base.name, found.variant) == IMAGES[image]
    assert found.base in versions.ALL


def test_a_server_that_the_lab_has_not_listens_where_it_would() -> None:
    assert images.stand_in("mysql:8").ports == (3306,)
    assert images.stand_in("docker.elastic.co/elasticsearch/elasticsearch:7.17").ports == (9200,)
    assert images.stand_in("hub.example/example/shop").ports == ()


# (a health check, and what it needs)
CHECKS: list[tuple[Any, dict[str, tuple[object, ...]]]] = [
    (None, {}),
    (["NONE"], {}),
    (["CMD", "pg_isready", "-U", "app"], {"programs": ("pg_isready",)}),
    ("curl -f http://localhost:8080/x || exit 1", {"programs": ("curl", "exit"), "ports": (8080,)}),
    (["CMD", "wget", "--spider", "http://127.0.0.1/"], {"programs": ("wget",), "ports": (80,)}),
    (
        ["CMD", "bash", "-c", ":> /dev/tcp/127.0.0.1/6333"],
        {"programs": (":>",), "ports": (6333,)},
    ),
    ("nc -z localhost 9000", {"programs": ("nc",), "ports": (9000,)}),
    (
        "[ $(valkey-cli --pass \"${REDIS_PASSWORD}\" ping) = 'PONG' ]",
        {"programs": ("valkey-cli", "[")},
    ),
    (
        r"ps aux | grep '[s]idekiq\ 6' || false",
        {"programs": ("ps", "grep", "false"), "titles": ("sidekiq 6",)},
    ),
    (
        "ps -aux | grep -v grep | grep -q rqworker",
        {"programs": ("ps", "grep"), "titles": ("rqworker",)},
    ),
    (
        "curl -s localhost:3000/health | grep -q 'OK'",
        {"programs": ("curl", "grep"), "ports": (3000,), "says": ("OK",)},
    ),
    ("test -e /run/copying.done", {"programs": ("test",), "files": ("/run/copying.done",)}),
    ('celery inspect ping -d "celery@$HOSTNAME"', {"programs": ("celery",)}),
    ("(( 1 < n )) && up=$(date) serve", {"programs": ("date", "serve")}),
    ("timeout 5 redis-cli ping", {"programs": ("redis-cli",)}),
    ("PGPASSWORD=x psql -c 'SELECT 1; SELECT 2'", {"programs": ("psql",)}),
]


@pytest.mark.parametrize(("test", "needed"), CHECKS)
def test_a_health_check_says_what_it_needs(test: Any, needed: dict[str, Any]) -> None:
    assert checks.needs(test) == checks.Needs(**needed)


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("curl -k https://localhost:8443/", "it asks by HTTPS, and stand-ins speak HTTP"),
        (["CMD", "python", "-c", "import requests"], "it imports requests, which is not there"),
    ],
)
def test_a_check_that_cannot_come_out_well_is_said(test: Any, why: str) -> None:
    assert checks.needs(test).cannot == (why,)


def plan_of(**services: dict[str, Any]) -> Plan:
    """A plan for a project as Compose resolves it."""
    return planned({"name": "shop", "services": services})


REDIS = {"image": "redis:7"}


def test_a_client_is_what_its_environment_says_and_a_database_is_none() -> None:
    shared = {"REDIS_HOST": "redis", "REDIS_PASSWORD": "hunter2", "EMPTY": None}
    plan = plan_of(
        redis=REDIS,
        db={"image": "mysql", "environment": shared},
        web={"image": "shop/web", "environment": shared, "ports": [{"target": 8000}]},
    )
    db, _, web = plan.services
    assert (db.by, db.entry.client, db.entry.ports) == ((), False, (3306,))
    assert (web.by, web.entry.client, web.entry.ports) == (
        ("redis:6379 by REDIS_HOST",),
        True,
        (8000,),
    )
    assert "hunter2" not in json.dumps(plan.document()) + str(plan)


def test_ports_are_published_exposed_checked_or_named_by_others() -> None:
    plan = plan_of(
        api={
            "image": "shop/api",
            "container_name": "shop-api",
            "ports": [{"target": 80}, {"target": 53, "protocol": "udp"}],
            "expose": ["81", "82/udp"],
            "healthcheck": {"test": ["CMD-SHELL", "curl localhost:83"]},
        },
        web={
            "image": "shop/web",
            "environment": {"A": "http://api:84/", "B": "shop-api:85", "C": "other-api:86"},
        },
    )
    assert plan.services[0].entry.ports == (80, 81, 83, 84, 85)


def test_jobs_end_and_workers_wait() -> None:
    waits = {"seeds": {"condition": "service_completed_successfully"}}
    plan = plan_of(
        seeds={"image": "a"},
        migrate={"image": "b"},
        **{"migrate-always": {"image": "b", "restart": "always"}},
        web={"image": "c", "depends_on": waits},
        jobs={"image": "c", "command": ["bundle", "exec", "sidekiq"]},
        celery={"image": "d"},
    )
    entries = {service.name: service.entry for service in plan.services}
    assert {name for name, entry in entries.items() if entry.once} == {"seeds", "migrate"}
    assert {name for name, entry in entries.items() if entry.worker} == {"jobs", "celery"}


def test_what_is_named_nowhere_is_likely_by_a_dependency_or_a_shared_volume() -> None:
    sites = [{"type": "volume", "source": "sites", "target": "/sites"}]
    started = {"condition": "service_started"}
    plan = plan_of(
        queue=REDIS,
        configure={
            "image": "a",
            "environment": {"REDIS_QUEUE": "queue:6379/1"},
            "volumes": sites,
        },
        backend={"image": "a", "volumes": sites},
        waits={"image": "b", "depends_on": {"queue": started}},
        apart={"image": "b", "depends_on": {"queue": started}, "networks": {"other": None}},
        same={"image": "c", "network_mode": "host"},
    )
    likely = {service.name: service.entry.likely for service in plan.services}
    assert likely["backend"] == likely["waits"] == ("queue",)
    assert likely["apart"] == likely["same"] == ()


def test_a_redis_in_a_shared_directory_listens_there_alone() -> None:
    run = {"type": "volume", "source": "run", "target": "/run/redis/"}
    plan = plan_of(
        redis={"image": "shop/redis-server", "volumes": [run]},
        scanner={"image": "shop/scanner", "volumes": [run | {"target": "/sockets"}]},
    )
    redis, scanner = plan.services
    assert (redis.layer.socket, scanner.entry.shares) == ("/run/redis", ("/sockets",))
    made = layers.dockerfile(plan, redis.layer)
    assert '"--unixsocket", "/run/redis/redis.sock"' in made
    assert '"--port", "0"' in made


def test_an_image_gets_a_check_where_others_wait_for_one_that_the_file_has_not() -> None:
    healthy = {"feeds": {"condition": "service_healthy"}, "db": {"condition": "service_healthy"}}
    plan = plan_of(
        feeds={"image": "shop/feeds"},
        db={"image": "postgres:16", "healthcheck": {"test": ["CMD", "pg_isready"]}},
        web={"image": "shop/web", "depends_on": healthy},
    )
    checked = {service.name: service.layer.checked for service in plan.services}
    assert checked == {"feeds": True, "db": False, "web": False}
    assert "CMD test -f /dev/shm/lab-stand-in" in layers.dockerfile(plan, plan.layers["shop/feeds"])


@pytest.mark.parametrize(
    ("image", "starts"),
    [
        ("dragonflydb/dragonfly", ["entrypoint.sh", "dragonfly"]),
        ("eqalpha/keydb", ["docker-entrypoint.sh", "keydb-server"]),
    ],
)
def test_a_server_of_another_name_starts_as_its_image_does(image: str, starts: list[str]) -> None:
    """By these words a look knows what runs in it."""
    plan = plan_of(kv={"image": image})
    made = layers.dockerfile(plan, plan.layers[image]).splitlines()
    said = [line.split(" ", 1)[1] for line in made if line.startswith(("ENTRYPOINT", "CMD"))]
    words = [word for line in said for word in json.loads(line)]
    assert words[:2] == starts
    for name in starts:
        assert any("ln -s" in line and line.endswith(f"/bin/{name}") for line in made)


@pytest.mark.parametrize(
    ("words", "file"),
    [(["create", "--bundle"], "config.json"), (["exec", "--process"], "process.json")],
)
def test_limits_that_a_lab_host_may_not_raise_are_left_out(
    tmp_path: Path, words: list[str], file: str
) -> None:
    """Of a container, and of what is run in it."""
    described = tmp_path / file
    described.write_text('{"cwd":"/","rlimits":[{"type":"RLIMIT_NOFILE","hard":9}],"x":[1]}')
    given = str(tmp_path) if words[1] == "--bundle" else str(described)
    before_runc = (layers.FILES / "runc").read_text().partition("for real in")[0]
    subprocess.run(["sh", "-c", before_runc, "runc", *words, given, "x"], check=True)
    assert json.loads(described.read_text()) == {"cwd": "/", "x": [1]}


REFUSED = {
    "GPU": {
        "deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"]}]}}},
    },
    "privileged": {"privileged": True},
    "device /dev/kvm": {"devices": [{"source": "/dev/kvm", "target": "/dev/kvm"}]},
    "Swarm": {"secrets": [{"source": "given"}]},
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_adopted_is_said_and_what_waits_for_it_is_left_out(why: str) -> None:
    plan = planned(
        {
            "name": "shop",
            "services": {
                "odd": {"image": "shop/odd"} | REFUSED[why],
                "web": {"image": "shop/web", "depends_on": {"odd": {"condition": ""}}},
                "redis": REDIS,
            },
            "secrets": {"given": {"external": True, "name": "given"}},
        }
    )
    odd, redis, web = plan.services
    assert why in (odd.refused or "")
    assert web.refused == "it waits for odd, which can't be adopted"
    assert plan.taken == (redis,)
    assert [*plan.layers] == ["redis:7"]


def test_one_image_has_all_the_names_and_what_the_project_calls() -> None:
    plan = plan_of(
        a={"image": "shop/a", "user": "unit:root"},
        b={"image": "shop/b", "healthcheck": {"test": ["CMD", "celery", "ping"]}},
        c={"build": {"context": "."}},
        d={
            "image": "shop/d",
            "entrypoint": ["sh", "-c"],
            "command": ["mkdir -p /x && serve --all"],
        },
    )
    assert [*plan.layers] == ["shop/a", "shop/b", "shop-c", "shop/d"]
    (layer,) = set(plan.layers.values())
    assert layers.name(plan, layer) == "lab-adopted/shop:stand-in"
    made = layers.dockerfile(plan, layer)
    assert "setup /lab/stand-in 'unit root' 'celery sh mkdir serve'" in made
    assert plan.services[3].entry.last == ("serve", "--all")
    sent = layers.contexts(plan)
    assert {"stand-in/Dockerfile", "stand-in/lab/setup", "stand-in/lab/plan.json"} <= sent.keys()
    assert b"Entry" in sent["stand-in/lab/standing/entries.py"]


def test_a_database_is_made_of_the_same_image_and_has_what_its_check_calls() -> None:
    plan = plan_of(
        db={"image": "mysql", "healthcheck": {"test": ["CMD", "mysqladmin", "ping"]}},
        web={"image": "shop/web", "healthcheck": {"test": ["CMD", "celery", "ping"]}},
    )
    (made,) = plan.made
    assert "'mysqladmin celery'" in layers.dockerfile(plan, made)


def test_networks_and_volumes_that_the_project_expects_are_made() -> None:
    external = {"external": True, "name": "proxy"}
    plan = planned(
        {
            "name": "shop",
            "services": {"redis": REDIS},
            "networks": {"outer": external, "own": {"name": "shop_own"}},
            "volumes": {"kept": {"external": True, "name": "kept"}},
        }
    )
    assert (plan.networks, plan.volumes) == (("proxy",), ("kept",))


def test_a_dollar_is_what_a_container_gets() -> None:
    service = model.Declared("a", {"environment": {"A": "$$x"}, "command": ["echo $$A"]}, "shop")
    assert (service.environment, service.command) == ({"A": "$x"}, ("echo $A",))


@pytest.mark.parametrize(
    ("state", "well"),
    [
        (State("a", "running", "", 0, ""), True),
        (State("a", "running", "healthy", 0, ""), True),
        (State("a", "running", "starting", 0, ""), False),
        (State("a", "exited", "", 0, ""), True),
        (State("a", "exited", "", 1, ""), False),
        (State("a", "restarting", "", 1, ""), False),
        (State("a", "created", "", 0, ""), False),
    ],
)
def test_a_container_is_well_if_it_runs_or_has_done_its_work(state: State, well: bool) -> None:
    assert state.is_well is well


def test_what_came_up_is_said_with_the_last_words_of_what_did_not() -> None:
    states = [
        State("db", "running", "unhealthy", 0, "no such user"),
        State("job", "exited", "", 0, ""),
        State("web", "running", "healthy", 0, "OK"),
    ]
    assert [*command.came_up(states, ["odd: no such device"])] == [
        "  !!  db  running unhealthy: no such user",
        "  ok  job  ended with 0",
        "  ok  web  running healthy",
        "  !!  odd: no such device",
    ]
