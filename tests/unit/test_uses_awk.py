"""uses.awk, in every awk there is: who names whom as a host, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from awks import AWKS, SECRET, filtered

NAMES = ("cache", "db", "cache-2", "setup")


def uses(awk: tuple[str, ...], **web: Any) -> set[str]:
    """The services that `web` names, as the filter tells."""
    services: dict[str, Any] = {name: {"image": "x"} for name in NAMES}
    config = {"name": "shop", "services": {**services, "web": {"image": "y", **web}}}
    out = filtered(awk, "uses.awk", json.dumps(config, indent=2))
    assert SECRET not in out
    assert all(line.startswith("uses web ") for line in out.splitlines())
    return {line.split()[2] for line in out.splitlines()}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("CACHE_URL", "redis://cache:6379/0", {"cache"}),
        ("CACHE_URL", f"redis://:{SECRET}@cache/0", {"cache"}),
        ("DATABASE_URL", f"postgres://app:{SECRET}@db/app?sslmode=off", {"db"}),
        ("BROKERS", "one:9092,cache:9092", {"cache"}),
        ("REDIS_HOST", "cache", {"cache"}),
        ("db_host", "db", {"db"}),
        ("DSN", f"host=db user=app password={SECRET}", {"db"}),
        ("ConnectionStrings__Main", f"Server=db;Password={SECRET}", {"db"}),
        ("NODES", "cache-2:6379", {"cache-2"}),
        ("REDIS_HOST", "cache-2", {"cache-2"}),
        ("REDIS_HOST", "my-cache", set()),
        ("URL", "https://db.example/cache", set()),
        ("MODE", "setup", set()),
        ("SERVICES", "setup,cache", set()),
        ("MAIL", "setup@example.com", set()),
        ("PATH", "/srv/setup:/srv/db", set()),
        ("LOG", "cache: on", set()),
        ("PASSWORD", SECRET, set()),
        ("EMPTY", None, set()),
        ("SETUP_IMAGE", "setup:2", set()),
        ("images", "cache:7,setup:2", set()),
        ("SETUP_TAG", "setup:20260131", set()),
        ("SETUP_VERSION", "setup:2", set()),
        ("IMAGE_HOST", "cache:80", {"cache"}),
    ],
)
def test_a_name_counts_where_it_is_a_host(
    awk: tuple[str, ...], variable: str, value: str | None, named: set[str]
) -> None:
    assert uses(awk, environment={variable: value}) == named


@pytest.mark.parametrize("awk", AWKS)
def test_a_command_may_name_it_too(awk: tuple[str, ...]) -> None:
    assert uses(awk, command=["wait", "cache:6379", "--db=postgres://db"]) == {"cache", "db"}
    assert uses(awk, entrypoint=["--redis-host=cache-2"]) == {"cache-2"}
    assert uses(awk, command=["setup", "db"]) == set()
    assert uses(awk, command=["--image=setup:2", "--db=db:5432"]) == {"db"}


@pytest.mark.parametrize("awk", AWKS)
def test_nothing_else_of_a_service_counts(awk: tuple[str, ...]) -> None:
    test = {"test": ["CMD", "curl", "http://cache:80"]}
    assert uses(awk, healthcheck=test, labels={"URL": "http://db:80"}) == set()


@pytest.mark.parametrize("awk", AWKS)
def test_a_service_does_not_use_itself(awk: tuple[str, ...]) -> None:
    assert uses(awk, environment={"SELF_URL": "http://web:8000"}) == set()


@pytest.mark.parametrize("awk", AWKS)
def test_what_is_no_document_names_nobody(awk: tuple[str, ...]) -> None:
    assert filtered(awk, "uses.awk", f"error: {SECRET}\n") == ""
    one_line = json.dumps(
        {"services": {"web": {"environment": {"A_URL": "http://db:1"}}, "db": {}}}
    )
    assert filtered(awk, "uses.awk", one_line) == ""


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("value", "named"), [("kv", True), ("the-cache", True), ("cache", True), ("back", False)]
)
def test_a_service_is_named_by_any_of_its_names(
    awk: tuple[str, ...], value: str, named: bool
) -> None:
    cache = {
        "container_name": "the-cache",
        "networks": {"back": {"aliases": ["first", "kv"]}, "front": None},
    }
    services = {"cache": cache, "web": {"environment": {"REDIS_HOST": value}}}
    out = filtered(awk, "uses.awk", json.dumps({"services": services}, indent=2))
    assert out == ("uses web cache\n" if named else "")
