"""Projects with a Redis and a client of it, as start-up validation sees them."""

from __future__ import annotations

from typing import Any

import yaml

from pyinfra_runbooks.packs.clients.startup import Validations, validations
from pyinfra_runbooks.settings import Api, HostFile, Redis, RedisUser, Stack

SERVER = {"image": "example/cache:8", "networks": {"back": None}}


def project(web: dict[str, Any], cache: dict[str, Any] = SERVER, **more: Any) -> dict[str, Any]:
    """As `docker compose config --no-interpolate` prints it."""
    client = {"image": "example/web:1", "networks": {"back": None}, **web}
    return {
        "name": "shop",
        "services": {"web": client, "redis": {**cache}, **more},
        "secrets": {"key": {"name": "shop_key", "file": "/srv/shop/key.txt"}},
    }


def only(found: Validations, name: str = "redis-serves-web") -> dict[str, Any]:
    """The one service that was rendered."""
    assert found.left == ()
    services = yaml.safe_load(found.services)
    assert list(services) == [name]
    one: dict[str, Any] = services[name]
    return one


def anonymous(web: dict[str, Any], **more: Any) -> Validations:
    """Of a stack that no inventory declares."""
    return validations(project(web, {**SERVER, "image": "redis:7-alpine"}, **more))


def shop(*users: str, **changes: Any) -> Stack:
    return Stack(
        "/srv/shop",
        Redis(
            users=tuple(
                RedisUser(name, rules="~* +@all", password=HostFile(f"{name}.txt"))
                for name in users or ("key",)
            )
        ),
        Api("web", **changes),
    )
