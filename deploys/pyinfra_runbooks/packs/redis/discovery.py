"""Which containers of a project are a Redis, and what one is for, by what they show. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from ...core.unknown import Unknown
from ...engine.asked import Asking
from ...engine.discovery.commands import commands, options, options_alone
from ...engine.discovery.seen import Seen
from ...engine.docker import Container
from ...engine.projects import fleeting
from ...engine.rules.places import are_replicas
from ...settings import Redis

SERVERS = ("redis-server", "valkey-server", "keydb-server", "dragonfly", "redis-stack-server")
"""The programs that are a Redis."""

_SENTINELS = ("redis-sentinel", "valkey-sentinel", "keydb-sentinel")
_IMAGE = re.compile(
    r"(?:.*[-_.])?(?:redis|valkey|keydb|dragonfly)(?:[-_.]?(?:server|stack|bundle|alpine|cluster))*"
    r"|redisearch|rejson|redisjson|redismod|redistimeseries|redisbloom|redisgraph"
)
_NOT_IMAGE = re.compile("commander|insight|exporter|sentinel|cli|proxy|admin|operator|backup")


def finds(asking: Asking) -> Iterator[Redis]:
    """
    The Redis of a stack's project, as an inventory would name them; what each is for is a guess. A
    service with several containers, which are no replicas of it, is left out: no label says which
    of them is Redis. One whose container is gone is known from the last healthy look, as long as
    others run.
    """
    members = asking.project.members
    several = Counter(c.service for c in members)
    for container in members:
        seen = asking.found.seen.get(container.id)
        if several[container.service] == 1 and is_redis(container, seen):
            yield Redis(
                container.service,
                directory=_directory(started_with(seen) if seen else {}),
                data=guess(container, seen) if seen else None,
            )
    for service in (s for s, number in several.items() if number > 1):
        replicas = [c for c in members if c.service == service]
        each = (is_redis(c, asking.found.seen.get(c.id)) for c in replicas)
        if are_replicas(replicas) and all(each):
            yield Redis(service)
    yield from (redis for redis in _remembered(asking) if redis.service not in several)


def _remembered(asking: Asking) -> Iterator[Redis]:
    """What answered as a Redis at the last healthy look, where anything runs."""
    remembered, project = asking.found.remembered, asking.project
    if not isinstance(remembered, Unknown) and any(c.running for c in project.members):
        memory = remembered.of(asking.stack.compose.directory, project.name)
        for service in memory.clients if memory else ():
            there = memory.directories.get(service, "") if memory else ""
            yield Redis(service, directory=there.rstrip("/") or "/data")


def is_redis(container: Container, seen: Seen | None) -> bool:
    """
    Whether a container is a Redis: by what it runs; where that does not tell, by its image. A job
    that only asks one is none, and a Sentinel is none.

    + seen: what it is started with; None: that is not known
    """
    runs = [*commands(seen.words)] if seen else []
    if any(name in _SENTINELS or "--sentinel" in words for name, words in runs):
        return False
    if any(name in SERVERS for name, _ in runs):
        return True
    if not is_image(container.image_name):
        return False
    if seen and options_alone(seen.words):
        return True
    return all(name.endswith(".conf") for name, _ in runs)


def is_image(name: str) -> bool:
    """
    Whether an image is a Redis' by its name.

    >>> [is_image(n) for n in ("registry:5000/a/redis:7@sha256:0", "redis-commander", "a/b:redis")]
    [True, False, False]
    """
    last = re.sub(r"[:@].*", "", name.rpartition("/")[2] if "@" not in name else _last(name))
    return bool(_IMAGE.fullmatch(last.lower())) and not _NOT_IMAGE.search(last.lower())


def _last(name: str) -> str:
    return name.partition("@")[0].rpartition("/")[2]


def guess(container: Container, seen: Seen) -> Literal["cache", "queue", "store"] | None:
    """
    What a Redis is for, a guess. What evicts its keys or keeps nothing is a cache; what writes each
    change down is a queue, or something that has as much to lose. None: its arguments don't tell
    all of it, as a file, or what starts it, has its options.
    """
    named = any(word.endswith(".conf") for word in seen.words)
    if named or not is_redis(container, seen):
        return None
    given = started_with(seen)
    policy = " ".join(given.get("maxmemory-policy", ()))
    if policy.startswith("allkeys") or given.get("cache_mode") in (("true",), ()):
        return "cache"
    appends = "yes" in given.get("appendonly", ())
    saves = " ".join(given.get("save", ("default",))).strip()
    if not appends and (not saves or fleeting(container, _directory(given))):
        return "cache"
    return "queue" if appends else "store"


def started_with(seen: Seen) -> Mapping[str, Sequence[str]]:
    """The options that it is started with. An image's own entrypoint may put the program before
    these."""
    for name, words in commands(seen.words):
        if name in SERVERS:
            return options(words)[1]
    starts = (n for n, word in enumerate(seen.words) if word.startswith("--") and len(word) > 2)
    return options(seen.words[next(starts, len(seen.words)) :])[1]


def _directory(given: Mapping[str, Sequence[str]]) -> str:
    """Where it keeps its data."""
    named = next(iter(given.get("dir", ())), "")
    return (named if named.startswith("/") else "/data").rstrip("/") or "/"
