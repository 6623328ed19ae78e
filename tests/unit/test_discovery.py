"""Which containers are a Redis, and what one is for, by what they show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes import FakeHost
from looks import REDIS, container, endpoint, healthy, without
from looks import stack as declared
from pyinfra.api import FunctionCommand
from pyinfra.context import ctx_host

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.asked import Asking
from pyinfra_runbooks.engine.discovery.commands import commands
from pyinfra_runbooks.engine.discovery.seen import MASKED, Seen
from pyinfra_runbooks.engine.docker import Container, Mount
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.remembered import Memory, Remembered, Used
from pyinfra_runbooks.facts.audit import AppendAudit
from pyinfra_runbooks.facts.looks import look_at
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.operations import change
from pyinfra_runbooks.packs.discovery import completed
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.redis.discovery import finds, guess, is_image, is_redis
from pyinfra_runbooks.settings import Api, Redis, Service, Stack

VOLUME = Mount("volume", "/var/lib/docker/volumes/x/_data", "/data", "shop_x")


def starts(*words: str) -> Seen:
    """What a container is started with."""
    program, *arguments = words
    return Seen(program, tuple(arguments))


def running(service: str = "kv", image: str = "redis:7", **changes: Any) -> Container:
    networks = {"shop_back": endpoint(service)}
    return container(service, f"shop-{service}-1", networks, image_name=image, **changes)


def host(*there: tuple[Container, Seen | None]) -> Found:
    """What is found on a host."""
    return Found(tuple(c for c, _ in there), seen={c.id: s for c, s in there if s})


def alone(seen: Seen, **changes: Any) -> Redis:
    """The one Redis of a project without an inventory."""
    stack = Stack("/srv/shop")
    (found,) = finds(Asking.of(stack, host((running(**changes), seen))))
    return found


OFFICIAL = ("docker-entrypoint.sh", "redis-server")


# Who is one


@pytest.mark.parametrize(
    "image",
    [
        "redis",
        "redis:7-alpine",
        "registry.example/library/redis@sha256:0123456789ab",
        "registry.example:5000/mirror/redis:7.2@sha256:0123",
        "valkey/valkey:8.0-alpine",
        "eqalpha/keydb",
        "docker.dragonflydb.io/dragonflydb/dragonfly:v1.2",
        "redis/redis-stack-server:latest",
        "nextcloud/aio-redis",
        "greenbone/redis-server",
        "bitnami/redis",
        "custom-redis",
        "Redis",
    ],
)
def test_images_of_a_redis(image: str) -> None:
    assert is_image(image)


@pytest.mark.parametrize(
    "image",
    [
        "rediscommander/redis-commander:latest",
        "redis/redisinsight",
        "oliver006/redis_exporter",
        "bitnami/redis-sentinel:7",
        "example/redis-cli",
        "redis.example/shop/web:redis",
        "redis:5000/web",
        "example/redis/web",
        "postgres:16",
        "sha256:0123",
        "example/django-redis-app",
        "predis",
        "",
    ],
)
def test_images_of_none(image: str) -> None:
    assert not is_image(image)


@pytest.mark.parametrize(
    "words",
    [
        OFFICIAL,
        ("docker-entrypoint.sh", "--requirepass", MASKED),
        ("docker-entrypoint.sh", "/usr/local/etc/redis/redis.conf"),
        (*OFFICIAL[:1], "sh", "-euc", "/usr/local/bin/docker-entrypoint.sh", "--requirepass"),
        ("docker-entrypoint.sh", "sh", "-c", "exec", "redis-server", "--requirepass", "$PW"),
        ("sh", "-c", MASKED, ";", "redis-server"),
        ("tini", "--", "docker-entrypoint.sh", "valkey-server"),
        ("/usr/bin/tini", "-s", "--", "gosu", MASKED, "keydb-server", "/etc/keydb/keydb.conf"),
        ("entrypoint.sh", "dragonfly", "--logtostderr"),
        ("/usr/local/bin/redis-server", "--port", "0"),
        ("/own.sh", "redis-server"),
    ],
)
@pytest.mark.parametrize("image", ["redis:7", "shop-broker", "sha256:0123"])
def test_a_server_by_what_it_runs(words: tuple[str, ...], image: str) -> None:
    own = image != "redis:7"
    by_process = any("-server" in word or word == "dragonfly" for word in words)
    assert is_redis(running(image=image), starts(*words)) is (by_process or not own)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("redis:7", ("docker-entrypoint.sh", "redis-cli", "-h", MASKED, "ping")),
        ("redis:7", ("sh", "-c", "until", "redis-cli", "ping", ";", "do", "sleep", MASKED)),
        ("redis:7", ("redis-sentinel", "/etc/sentinel.conf")),
        ("redis:7", (*OFFICIAL, "/etc/sentinel.conf", "--sentinel")),
        ("redis:7", ("docker-entrypoint.sh", "sleep", MASKED)),
        ("redis:7", ("sh", "-c", "redis-cli", "--rdb", MASKED, "&&", "cp", MASKED)),
        ("shop-web", ("python", "/app.py", "redis-server")),
        ("shop-web", ("/wait-for-it.sh", "redis-server", "--", "node", "/app.js")),
        ("shop-web", ("node", "/app.js", "--store", "redis-server")),
        ("shop-web", ("redis-benchmark", "-h", MASKED)),
        ("rediscommander/redis-commander", ("/usr/bin/dumb-init", "--", "/redis-commander/start")),
    ],
)
def test_none_by_what_it_runs(image: str, words: tuple[str, ...]) -> None:
    assert not is_redis(running(image=image), starts(*words))


def test_by_its_image_alone_where_it_is_not_known_what_it_runs() -> None:
    assert is_redis(running(image="redis:7"), None)
    assert not is_redis(running(image="shop-web"), None)


def test_a_stopped_one_is_one() -> None:
    assert alone(starts(*OFFICIAL), status="exited", exit_code=137).service == "kv"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a b ; c d", [("a", ("b",)), ("c", ("d",))]),
        ("sh -c if [ x ] ; then exec /a/b --c", [("[", ("x", "]")), ("b", ("--c",))]),
        ("env A=*** nice -n *** a", [("a", ())]),
        ("sh -c", []),
    ],
)
def test_commands(words: str, expected: list[Any]) -> None:
    assert [*commands(words.split())] == expected


# What it shows


@pytest.mark.parametrize(
    "words",
    [
        ("docker-entrypoint.sh", "--dir", "/kv", "--save", "60", "1"),
        ("sh", "-c", "exec", "valkey-server", "--dir", "/kv", "&&", "x", "--dir", "/other"),
        ("redis-server", "/etc/r.conf", "--dir=/kv/"),
    ],
)
def test_its_options_wherever_they_stand(words: tuple[str, ...]) -> None:
    assert alone(starts(*words)).directory == "/kv"


def test_a_directory_that_is_not_whole_is_the_usual_one() -> None:
    assert alone(starts(*OFFICIAL, "--dir", MASKED)) == Redis("kv", data="cache")
    assert alone(starts(*OFFICIAL, "--dir", "/")).directory == "/"


@pytest.mark.parametrize(
    ("arguments", "volume", "purpose"),
    [
        ("", True, "store"),
        ("", False, "cache"),
        ("--save 60 1", True, "store"),
        ("--appendonly yes", True, "queue"),
        ("--appendonly yes", False, "queue"),
        ("--maxmemory-policy allkeys-lru", True, "cache"),
        ("--maxmemory-policy allkeys-lru --appendonly yes", True, "cache"),
        ("--maxmemory-policy noeviction", True, "store"),
        ("--maxmemory-policy volatile-lru", True, "store"),
    ],
)
def test_what_it_is_for_is_guessed(arguments: str, volume: bool, purpose: str) -> None:
    seen = starts(*OFFICIAL, *arguments.split())
    assert guess(running(mounts=(VOLUME,) if volume else ()), seen) == purpose
    emptied = starts(*OFFICIAL, "--save", "")
    assert guess(running(mounts=(VOLUME,)), emptied) == "cache"


@pytest.mark.parametrize("words", [(*OFFICIAL, "/etc/r.conf"), ("/etc/r.conf",), ("/own", "x")])
def test_where_its_options_are_not_all_seen_nothing_is_guessed(words: tuple[str, ...]) -> None:
    assert guess(running(), starts(*words)) is None


# The stack with them


def test_a_whole_stack_is_its_directory() -> None:
    found = host((running(), starts(*OFFICIAL)), (running("web", "shop-web"), starts("node")))
    whole = completed(Stack("/srv/shop"), found)
    assert whole.servers == (Redis("kv", data="cache"),)
    assert whole.found == {"kv"}
    assert whole.declared_servers == ()
    assert not whole.is_alone(whole.servers[0])
    assert completed(whole, found) is whole


def test_what_is_declared_overrules_and_keeps_its_login() -> None:
    inventory = declared(services=("cache", "web", Service("db")))
    found = host(
        (running("cache"), starts(*OFFICIAL)),
        (running("queue"), starts(*OFFICIAL)),
        (running("web"), starts(*OFFICIAL)),
    )
    whole = completed(inventory, found)
    assert [r.service for r in whole.servers] == ["cache", "queue"]
    assert whole.servers[0] is REDIS
    assert whole.found == {"queue"}
    assert whole.is_alone(REDIS)
    assert whole.used_by(whole.clients[0]) == (REDIS,)
    assert whole.to_json()["compose"] == inventory.to_json()["compose"]
    assert "found" not in whole.to_json()


def test_a_client_uses_what_was_found_where_nothing_is_declared() -> None:
    found = host((running(), starts(*OFFICIAL)))
    whole = completed(Stack("/srv/shop", Api("web")), found)
    assert whole.used_by(Api("web")) == (Redis("kv", data="cache"),)


def test_nothing_is_found_where_nothing_was_seen_or_is_another_projects() -> None:
    stack = Stack("/srv/shop")
    assert completed(stack, Found()) is stack
    other = running(project="other", working_dir="/srv/other")
    assert completed(stack, host((other, starts(*OFFICIAL)))) is stack
    oneoff = replace(running(), oneoff=True)
    assert completed(stack, host((oneoff, starts(*OFFICIAL)))) is stack


def test_one_that_was_taken_away_is_known_by_what_a_healthy_look_has_left() -> None:
    memory = Memory("/srv/shop", "shop", 1.0, {"kv": {"web": Used("ccc")}})
    web = running("web", "shop-web")
    left = replace(
        host((web, starts("node"))), remembered=Remembered({("/srv/shop", "shop"): memory})
    )
    whole = completed(Stack("/srv/shop"), left)
    assert (whole.servers, whole.found) == ((Redis("kv"),), {"kv"})
    there = replace(memory, directories={"kv": "/bitnami/redis/data"})
    known = replace(left, remembered=Remembered({("/srv/shop", "shop"): there}))
    (redis,) = completed(Stack("/srv/shop"), known).servers
    assert redis.directory == "/bitnami/redis/data"
    still = replace(host((running(image="own"), starts("sleep"))), remembered=left.remembered)
    assert completed(Stack("/srv/shop"), still).servers == ()
    down = replace(
        host((replace(web, status="exited"), starts("node"))), remembered=left.remembered
    )
    assert completed(Stack("/srv/shop"), down).servers == ()
    unread = replace(left, remembered=Unknown("no right to"))
    assert completed(Stack("/srv/shop"), unread).servers == ()


def test_one_that_was_taken_out_of_the_file_is_missed_by_nobody() -> None:
    """It is remembered, and is not what Compose declares any more."""
    stack = Stack("/srv/shop")
    whole = replace(
        stack, components=(Redis("cache"), Redis("gone")), found=frozenset({"cache", "gone"})
    )
    look = replace(healthy(), completed=whole)
    assert [redis.service for redis in look.whole(stack).servers] == ["cache"]
    assert [f for f in everything(look, stack) if f.subject == "gone"] == []
    removed = replace(without(look, "cache"), completed=whole)
    assert [redis.service for redis in removed.whole(stack).servers] == ["cache"]


def test_of_several_containers_no_label_tells_which_is_redis() -> None:
    second = replace(running(), id="cd" * 32, name="shop-kv-2", config_hash="of another")
    found = host((running(), starts(*OFFICIAL)), (second, starts(*OFFICIAL)))
    assert completed(Stack("/srv/shop"), found).servers == ()


def test_replicas_are_one_redis_that_is_scaled() -> None:
    second = replace(running(), id="cd" * 32, name="shop-kv-2")
    first = replace(running(), name="shop-kv-1")
    found = host((first, starts(*OFFICIAL)), (second, starts(*OFFICIAL)))
    assert completed(Stack("/srv/shop"), found).servers == (Redis("kv"),)
    other = host((first, starts(*OFFICIAL)), (second, starts("sleep")))
    assert completed(Stack("/srv/shop"), other).servers == ()


def test_a_refusal_is_noted_by_the_image_of_one_that_was_found() -> None:
    """Without rights of its own a user writes in a container of the Redis' image."""
    stack, there = Stack("/srv/shop"), host((running(), starts(*OFFICIAL)))
    asked = FakeHost({StackLook: [replace(healthy(), found=there)], AppendAudit: [[]]})
    with ctx_host.use(asked):
        look_at(asked.real, stack)
        (command,) = change.refused(stack, [("it is paused",)])
        assert isinstance(command, FunctionCommand)
        assert command.execute(asked.state, asked, {}) is False  # type: ignore[arg-type]
    fact, given = asked.asked[-1]
    assert fact is AppendAudit
    assert "redis_service=kv\n" in AppendAudit().command(**given)
