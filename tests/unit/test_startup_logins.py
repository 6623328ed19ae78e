"""Who is validated against which server, and with which login; who is left out, and why."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from startup_projects import SERVER, anonymous, only, project, shop

from pyinfra_runbooks.packs.clients.startup import Validations, validations

LOGINS: dict[str, tuple[dict[str, str | None], dict[str, str]]] = {
    "an open one": ({"REDIS_HOST": "redis"}, {"REDIS_HOST": "redis", "REDIS_PORT": "6379"}),
    "a URL": (
        {"CACHE": "redis://redis/0"},
        {"REDIS_HOST": "redis", "REDIS_PORT": "6379"},
    ),
    "a URL with a password": (
        {"CELERY_BROKER_URL": "redis://:${REDIS_AUTH:-}@redis:6380/0"},
        {"REDIS_HOST": "redis", "REDIS_PORT": "6380", "REDIS_PASSWORD": "${REDIS_AUTH:-}"},
    ),
    "a URL with a user": (
        {"REDIS_URL": "redis://clerk:$PW@redis?timeout=3"},
        {
            "REDIS_HOST": "redis",
            "REDIS_PORT": "6379",
            "REDIS_USER": "clerk",
            "REDIS_PASSWORD": "$PW",
        },
    ),
    "several servers, the first of which is asked": (
        {"REDIS_NODES": "redis:6379,other:6379"},
        {"REDIS_HOST": "redis", "REDIS_PORT": "6379"},
    ),
    "TLS that is off": (
        {"REDIS_HOST": "redis", "REDIS_TLS": "${REDIS_TLS:-false}"},
        {"REDIS_HOST": "redis", "REDIS_PORT": "6379"},
    ),
    "variables that are named alike": (
        {
            "QUEUE_BULL_REDIS_HOST": "redis",
            "QUEUE_BULL_REDIS_PORT": "${PORT:-6379}",
            "QUEUE_BULL_REDIS_PASSWORD": "${REDIS_PASSWORD}",
            "DB_PASSWORD": "${OTHER}",
        },
        {
            "REDIS_HOST": "redis",
            "REDIS_PORT": "${PORT:-6379}",
            "REDIS_PASSWORD": "${REDIS_PASSWORD}",
        },
    ),
    "a host by default": (
        {"REDIS_HOST": "${REDIS_HOST:-redis}", "REDIS_AUTH": "${REDIS_AUTH:?set it}"},
        {
            "REDIS_HOST": "${REDIS_HOST:-redis}",
            "REDIS_PORT": "6379",
            "REDIS_PASSWORD": "${REDIS_AUTH:?set it}",
        },
    ),
    "a host without a password before one with it": (
        {"CACHE_HOST": "redis", "REDIS_HOST": "redis", "REDIS_PASSWORD": "${REDIS_PASSWORD}"},
        {"REDIS_HOST": "redis", "REDIS_PORT": "6379", "REDIS_PASSWORD": "${REDIS_PASSWORD}"},
    ),
    "a variable without a value": (
        {"REDIS_HOST": "redis", "REDIS_PASSWORD": None},
        {"REDIS_HOST": "redis", "REDIS_PORT": "6379", "REDIS_PASSWORD": "${REDIS_PASSWORD}"},
    ),
    "a host with its port": (
        {"REDIS_CACHE": "redis:6381"},
        {"REDIS_HOST": "redis", "REDIS_PORT": "6381"},
    ),
}


@pytest.mark.parametrize(("environment", "expected"), LOGINS.values(), ids=LOGINS)
def test_a_client_is_known_by_its_environment(
    environment: dict[str, str | None], expected: dict[str, str]
) -> None:
    found = anonymous({"environment": environment})
    seen = only(found)["environment"]
    assert seen == {**expected, "WAIT": "30", "LOADING_WAIT": "600"}
    assert found.waits == {"web": ("redis-serves-web",)}


def test_what_the_inventory_says_comes_by_the_secret_that_the_client_mounts() -> None:
    web = {"user": "1000:1000", "secrets": [{"source": "key", "target": "/run/secrets/key"}]}
    seen = only(validations(project(web), shop()))
    assert seen["environment"]["REDIS_USER"] == "key"
    assert seen["environment"]["REDIS_PASSWORD_FILE"] == "/run/secrets/key"
    assert seen["secrets"] == ["key"]
    assert seen["user"] == "1000:1000"
    assert "cap_add" not in seen


def test_a_secret_elsewhere_and_a_mounted_file() -> None:
    elsewhere = {"secrets": [{"source": "key", "target": "cache.txt"}]}
    seen = only(validations(project(elsewhere), shop()))
    assert seen["environment"]["REDIS_PASSWORD_FILE"] == "/run/secrets/cache.txt"
    assert seen["secrets"] == [{"source": "key", "target": "cache.txt"}]
    # Nobody says which user the client is: root reads it without any other right.
    assert seen["user"] == "0"
    assert (seen["cap_drop"], seen["cap_add"]) == (["ALL"], ["DAC_OVERRIDE"])
    mounted = {"volumes": [{"type": "bind", "source": "/srv/shop/key.txt", "target": "/key"}]}
    seen = only(validations(project(mounted), shop()))
    assert seen["volumes"] == ["/srv/shop/key.txt:/key:ro"]
    assert seen["environment"]["REDIS_PASSWORD_FILE"] == "/key"


@pytest.mark.parametrize(
    "volume",
    [
        {"type": "bind", "source": "/srv/shop/keys", "target": "/keys"},
        {"type": "volume", "target": "/srv/shop/keys:/keys:ro,z"},
    ],
    ids=["in whole", "as it is written"],
)
def test_a_password_in_a_directory_that_is_mounted(volume: dict[str, Any]) -> None:
    environment = {"REDIS_HOST": "redis", "REDIS_PASSWORD_FILE": "/keys/cache"}
    seen = only(anonymous({"environment": environment, "volumes": [volume]}))
    assert seen["volumes"] == ["/srv/shop/keys:/keys:ro"]


def test_a_server_that_has_its_password_from_an_env_file() -> None:
    config = project({"environment": {"REDIS_HOST": "redis"}}, {**SERVER, "image": "redis:7"})
    found = validations(config, variables={"redis": {"REDIS_PASSWORD"}})
    assert "nothing says where it has its password" in str(found.left)


def test_an_image_in_the_environment_is_no_address() -> None:
    assert anonymous({"environment": {"BASE_IMAGE": "redis:7", "HOOK": "https://x/redis"}}) == (
        Validations("", {}, ())
    )


def test_who_can_not_be_validated_by_itself_may_be_by_hand() -> None:
    by_hand = {
        "labels": {"pyinfra-runbooks.validates": "web"},
        "depends_on": {"redis": {"condition": "service_started"}},
    }
    found = anonymous({"environment": {"REDIS_URL": "rediss://redis"}}, hand=by_hand)
    assert (found.services, found.left) == ("", ())


def test_each_client_is_asked_for_with_its_own_user() -> None:
    secrets = {"secrets": [{"source": "key", "target": "/run/secrets/key"}]}
    worker = {
        "image": "example/web:1",
        "environment": {"REDIS_HOST": "redis", "REDIS_USER": "worker"},
        "secrets": [{"source": "worker", "target": "/run/secrets/worker"}],
    }
    written = project(secrets, worker=worker)
    written["secrets"]["worker"] = {"file": "/srv/shop/worker.txt"}
    found = validations(written, shop("key", "worker"))
    users = {
        name: service["environment"]["REDIS_USER"]
        for name, service in yaml.safe_load(found.services).items()
    }
    assert users == {"redis-serves-web": "key", "redis-serves-worker": "worker"}
    # The script stands there once.
    assert found.services.count("while :") == 1
    assert found.services.count("*redis-serves") == 1


def test_one_stands_for_all_who_reach_the_server_alike() -> None:
    """As Airflow's five services do, of which one has a profile."""
    both: dict[str, Any] = {"image": "example/web:1", "environment": {"BROKER": "redis://redis"}}
    both |= {"networks": {"back": None}}
    others = {"worker": both, "flower": {**both, "profiles": ["flower"]}}
    found = anonymous(both, **others)
    assert found.waits == {
        "flower": ("redis-serves-flower",),
        "web": ("redis-serves-web",),
        "worker": ("redis-serves-web",),
    }
    assert set(yaml.safe_load(found.services)) == {"redis-serves-flower", "redis-serves-web"}
    assert "Started once redis serves them: web, worker. Why they were not:" in found.services
    # Who comes first in the alphabet is added later.
    there = {"image": "redis:7", "labels": {"pyinfra-runbooks.validates": "web, worker"}}
    more = anonymous(both, **others, admin=both, **{"redis-serves-web": there})
    assert more.waits["admin"] == ("redis-serves-web",)


def test_a_password_in_an_env_file_stays_there() -> None:
    web = {"env_file": [{"path": "/srv/shop/env/web.env"}], "environment": {}}
    found = validations(
        project(web, {**SERVER, "image": "redis:7"}),
        uses={"web": {"redis"}},
        variables={"web": dict.fromkeys(("REDIS_HOST", "REDIS_PASSWORD", "SECRET_KEY"), "")},
        directory="/srv/shop",
    )
    seen = only(found)
    assert seen["env_file"] == ["./env/web.env"]
    assert seen["environment"]["REDIS_PASSWORD_IN"] == "REDIS_PASSWORD"


def test_of_two_servers_in_an_env_file_each_gets_its_own_password() -> None:
    written = project(
        {"env_file": [{"path": "/srv/shop/env/web.env"}]},
        {**SERVER, "image": "redis:7"},
        **{"redis-cache": {**SERVER, "image": "redis:7"}},
    )
    found = validations(
        written,
        uses={"web": {"redis", "redis-cache"}},
        variables={
            "web": {
                "REDIS_CACHE_HOST": "redis-cache",
                "REDIS_CACHE_PASSWORD": "",
                "REDIS_HOST": "redis",
                "REDIS_PASSWORD": "",
            }
        },
        directory="/srv/shop",
    )
    services = yaml.safe_load(found.services)
    assert {name: s["environment"]["REDIS_PASSWORD_IN"] for name, s in services.items()} == {
        "redis-serves-web": "REDIS_PASSWORD",
        "redis-cache-serves-web": "REDIS_CACHE_PASSWORD",
    }


def test_of_an_env_file_the_port_is_known_and_the_user_is_not() -> None:
    written = project({"env_file": [{"path": "/srv/shop/.env"}]}, {**SERVER, "image": "redis:7"})
    its = {"REDIS_HOST": "redis", "REDIS_PASSWORD": "", "REDIS_PORT": "6380"}
    uses, at = {"web": {"redis"}}, "/srv/shop"
    found = validations(written, uses=uses, variables={"web": its}, directory=at)
    assert only(found)["environment"]["REDIS_PORT"] == "6380"
    its = {**its, "REDIS_USERNAME": ""}
    found = validations(written, uses=uses, variables={"web": its}, directory=at)
    assert found.services == ""
    assert "its user is in an env file" in str(found.left[0])
    # It is known where the compose file has it, too.
    written["services"]["web"]["environment"] = {"REDIS_USERNAME": "clerk"}
    found = validations(written, uses=uses, variables={"web": its}, directory=at)
    assert only(found)["environment"]["REDIS_USER"] == "clerk"


def test_an_env_file_that_a_whole_stack_shares_makes_no_server_a_client() -> None:
    shared = {"env_file": [{"path": "/srv/shop/.env"}], "networks": {"back": None}}
    written = project(
        shared,
        {**SERVER, **shared, "image": "redis:7"},
        db={**shared, "image": "postgres:17"},
        mq={**shared, "image": "rabbitmq:3-management"},
    )
    names = ("web", "redis", "db", "mq")
    uses = {name: {"redis", "db", "mq"} - {name} for name in names}
    found = validations(written, uses=uses, directory="/srv/shop")
    assert found.waits == {"web": ("db-serves-web", "redis-serves-web")}
    assert found.left == ()


@pytest.mark.parametrize("image", ["registry.example/open-webui:main", "penpotapp/exporter:2"])
def test_a_client_may_be_called_as_tools_are(image: str) -> None:
    found = anonymous({"image": image, "environment": {"REDIS_URL": "redis://redis:6379/0"}})
    assert found.waits == {"web": ("redis-serves-web",)}


def test_a_server_that_says_that_it_wants_no_password_is_asked_without_one() -> None:
    server = {**SERVER, "image": "redis:7", "environment": {"ALLOW_EMPTY_PASSWORD": "yes"}}
    found = validations(project({"environment": {"REDIS_HOST": "redis"}}, server))
    assert "REDIS_PASSWORD" not in only(found)["environment"]


@pytest.mark.parametrize(
    ("server", "own"),
    [
        ({"image": "bitnami/redis:7"}, {"REDIS_PASSWORD": ""}),
        ({"image": "redis:7", "command": ["redis-server", "/etc/redis/redis.conf"]}, {}),
        ({"image": "redis:7", "environment": {"REDIS_ARGS": "--requirepass ${X}"}}, {}),
    ],
    ids=["in its env file", "in its configuration, perhaps", "in a variable's value"],
)
def test_who_keeps_its_url_in_an_env_file_is_not_asked_for_without_its_password(
    server: dict[str, Any], own: dict[str, str]
) -> None:
    found = validations(
        project({"env_file": [{"path": "/srv/shop/.env"}]}, {**SERVER, **server}),
        uses={"web": {"redis"}},
        variables={"web": {"REDIS_URL": ""}, "redis": own},
        directory="/srv/shop",
    )
    assert (found.services, dict(found.waits)) == ("", {})
    assert "nothing says where it has its password" in str(found.left[0])


LEFT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a password in the file itself": (
        {"environment": {"REDIS_URL": "redis://:hunter2@redis"}},
        {"image": "redis:7"},
        "stands in the compose file itself",
    ),
    "a password as a default": (
        {"environment": {"REDIS_HOST": "redis", "REDIS_AUTH": "${REDIS_AUTH:-hunter2}"}},
        {"image": "redis:7"},
        "stands in the compose file itself",
    ),
    "a server that wants one, and none is known": (
        {"environment": {"REDIS_HOST": "redis"}},
        {"image": "redis:7", "command": ["redis-server", "--requirepass", "${X}"]},
        "nothing says where it has its password",
    ),
    **{
        f"a password where {where}": ({"environment": {"CACHE": url}}, {"image": "redis:7"}, why)
        for where, url, why in (
            ("a port should end", "redis:6379,password=hunter2,ssl=False", "stands after the"),
            ("a URL has its query", "tcp://redis:6379?auth=hunter2", "stands after the address"),
            ("a database comes first", "redis://redis/0?password=hunter2", "stands after the"),
            ("others have the user", "redis://hunter2@redis:6379", "where a user stands"),
            ("a URL is a default", "${URL:-redis://:hunter2@redis:6379/0}", "can't be taken apart"),
            ("a user is a default", "redis://${WHO:-a:hunter2}@redis/0", "can't be taken apart"),
            ("an @ is in it", "redis://:p@hunter2@redis:6379/0", "can't be taken apart"),
            ("a slash is in it", "redis://:p/hunter2@redis:6379/0", "can't be taken apart"),
        )
    },
    "a host and port by default": (
        {"environment": {"REDIS_ADDR": "${REDIS_ADDR:-redis:6379}"}},
        {"image": "redis:7"},
        "can't be taken apart",
    ),
    "a port that is none": (
        {"environment": {"REDIS_HOST": "redis", "REDIS_PORT": "hunter2"}},
        {"image": "redis:7"},
        "neither a number nor a variable",
    ),
    "TLS": (
        {"environment": {"REDIS_URL": "rediss://clerk:$PW@redis"}},
        {"image": "redis:7"},
        "it speaks TLS",
    ),
    "TLS by a variable": (
        {"environment": {"REDIS_HOST": "redis", "REDIS_SSL": "True"}},
        {"image": "redis:7"},
        "it speaks TLS",
    ),
    "a password in the image": (
        {"environment": {"REDIS_HOST": "redis", "REDIS_PASSWORD_FILE": "/etc/key"}},
        {"image": "redis:7"},
        "is no mount",
    ),
    "a server with a configuration file": (
        {"environment": {"REDIS_HOST": "redis"}},
        {"image": "redis:7", "command": ["redis-server", "/etc/redis.conf"]},
        "nothing says where it has its password",
    ),
    "a password in a variable of its own": (
        {"environment": {"REDIS_URL": "redis://redis", "REDIS_PASSWORD": "${X}"}},
        {"image": "redis:7"},
        "nothing says where it has its password",
    ),
    "a socket": (
        {"environment": {"REDIS_HOST": "redis", "BROKER": "redis+unix:///run/redis.sock"}},
        {"image": "redis:7"},
        "unix socket",
    ),
    "a server with a profile": (
        {"environment": {"REDIS_HOST": "redis"}, "profiles": ["x", "y"]},
        {"image": "redis:7", "profiles": ["x"]},
        "with its profile only",
    ),
    "a server that waits for it": (
        {"environment": {"REDIS_HOST": "redis"}},
        {"image": "redis:7", "network_mode": "service:web"},
        "itself waits for it",
    ),
    "an image without a name": (
        {"environment": {"REDIS_HOST": "redis"}},
        {"build": {"context": "."}, "image": ""},
        "has no name",
    ),
}


@pytest.mark.parametrize(("web", "cache", "why"), LEFT.values(), ids=LEFT)
def test_who_can_not_be_validated_is_said(
    web: dict[str, Any], cache: dict[str, Any], why: str
) -> None:
    stack = shop() if not cache["image"] else None
    seen = {"web": dict.fromkeys(web["environment"], "")}
    found = validations(project(web, cache), stack, variables=seen)
    assert (found.services, dict(found.waits)) == ("", {})
    (left,) = found.left
    said = str(left)
    assert said.startswith("web is not validated against redis: ")
    assert why in said
    assert "hunter2" not in said


def test_only_servers_are_asked_and_only_by_their_clients() -> None:
    client = {"environment": {"REDIS_ADDR": "redis://redis:6379"}}
    found = anonymous(
        {"environment": {"REDIS_HOST": "redis"}},
        worker={"image": "example/web:1", **client},
        exporter={"image": "oliver006/redis_exporter:v1", **client},
        proxy={"image": "caddy:2", "depends_on": {"web": {"condition": "service_started"}}},
    )
    assert set(found.waits) == {"web", "worker"}
    assert (
        validations(project({"environment": {"REDIS_HOST": "redis"}}, {"image": "x"})).waits == {}
    )


def test_a_new_database_is_waited_for_as_the_client_does() -> None:
    """Until the server's own script has filled it, which may take minutes, nobody accepts."""
    web = {"depends_on": {"db": {"condition": "service_healthy"}}}
    found = validations(project(web, SERVER, db={"image": "postgres:16"}))
    seen = only(found, "db-serves-web")
    assert seen["depends_on"] == {"db": {"condition": "service_healthy"}}


def test_postgres_is_asked_without_a_login() -> None:
    db = {"image": "postgres:17", "volumes": [{"type": "volume", "source": "d", "target": "/pg"}]}
    web = {"environment": {"DATABASE_URL": "postgresql+psycopg://u:${PW}@db:5433/shop"}}
    written = {"services": {"web": web, "db": db}}
    seen = only(validations(written), "db-serves-web")
    assert seen["image"] == "postgres:17"
    assert seen["environment"] == {
        "PGHOST": "db",
        "PGPORT": "5433",
        "WAIT": "30",
        "LOADING_WAIT": "600",
    }
    # Or the image's own volume would be made at each start.
    assert seen["tmpfs"] == ["/pg"]


def test_a_database_on_a_directory_of_the_host_leaves_no_volume_behind() -> None:
    mounted = {"type": "bind", "source": "/srv/shop/pg", "target": "/var/lib/postgresql"}
    conf = {"type": "volume", "source": "conf", "target": "/etc/postgresql"}
    db = {"image": "postgres:18", "volumes": [conf, mounted]}
    web = {"environment": {"PGHOST": "db"}}
    seen = only(validations({"services": {"web": web, "db": db}}), "db-serves-web")
    assert seen["tmpfs"] == ["/var/lib/postgresql"]
