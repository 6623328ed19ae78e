"""What real hosts answered to one look, under the names of an invented stack.

Taken from Docker Engine 26.1 with Compose 2.26, once with Redis 7.0 by a user of the group docker,
once with Redis 8.0 by root. To take one anew: run with ``sh`` what ``shell.look.look(stack)``
returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.settings import (
    Compose,
    HostFile,
    HttpCheck,
    Redis,
    RedisUser,
    Secret,
    Stack,
)

DATA = Path(__file__).parent / "data"
SAMPLES = ("redis-7.0", "redis-8.0")

_OK = {"status": "ok", "cache": "ok"}


def stack(**changes: object) -> Stack:
    """What the inventory says of the stack that was looked at."""
    settings: dict[str, object] = {
        "compose": Compose("/srv/shop"),
        "redis": Redis(
            users=(
                RedisUser(
                    "clerk",
                    rules="~* &* +@all +@pubsub",
                    password=HostFile("secrets/redis_password.txt"),
                ),
            ),
        ),
        "services": ("api", "redis", "postgres", "qdrant", "caddy"),
        "secrets": (
            Secret("redis_users_acl", owner=999, group=999, mode=0o400),
            Secret("redis_password", owner=999, mode=0o440),
        ),
        "health": (
            HttpCheck("http://api:8000/health", expect=_OK),
            HttpCheck("http://api:8000/token", non_empty="csrf_token"),
            HttpCheck("https://shop.example/health", expect=_OK),
            HttpCheck("https://shop.example/token", non_empty="csrf_token"),
        ),
    }
    return Stack(**{**settings, **changes})  # type: ignore[arg-type]


_FACT = StackLook()
_FACT.command(stack=stack())


def lines(name: str) -> list[str]:
    """A sample's lines, as pyinfra hands them over."""
    return (DATA / f"{name}.look").read_text(encoding="utf-8").splitlines()


def section(name: str, sample: Sequence[str]) -> list[str]:
    """The lines of one section, with its name."""
    return [line for line in sample if line.startswith(f"{name}|")]


def parsed(answer: Iterable[str]) -> Look | Unknown:
    """What the fact makes of an answer."""
    return _FACT.process(list(answer))


def look(name: str) -> Look:
    """A sample, understood."""
    seen = parsed(lines(name))
    assert isinstance(seen, Look), seen
    return seen
