"""What is said of a Redis that no inventory names, and of what could not be sought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.unknown import Cause, Unknown
from ....engine.look import Look
from ....engine.parts import Part
from ....settings import Stack
from ..discovery import is_redis
from ..steps import RedisFinding

REDIS_UNASKED = kind(
    "redis-unasked",
    title="A Redis that no inventory names can't be asked",
    part=Part.REDIS,
    means="Its container, mounts and networks are judged; its users, data and saves are not.",
    known="Its image, or what its container runs, is a Redis'; how it is asked was not found.",
    repair="Nothing has to be done; to have it judged, name it: Redis(service=...).",
    breaks_health=False,
)
STARTS_UNSEEN = kind(
    "starts-unseen",
    title="What the containers are started with could not be seen",
    part=Part.REDIS,
    means="A Redis that the inventory does not name was looked for by its image alone; its clients"
    " were not looked for.",
    known="`docker inspect` was answered, and what masks it on the host did not say of each"
    " container what it is started with.",
    repair="Nothing has to be done; what the inventory names is judged.",
    breaks_health=False,
)


def unseen(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """What was not looked at, which is not the same as that it is not there."""
    if look.found.unseen:
        yield STARTS_UNSEEN.found(
            look.declared.name,
            "was searched for Redis by image names alone",
            look.found.unseen,
        )
    seen = look.found.seen
    redis = Counter(c.service for c in look.members() if is_redis(c, seen.get(c.id)))
    for service, count in redis.items():
        if count > 1 and service not in look.whole(stack).declared_services:
            yield REDIS_UNASKED.found(
                service,
                f"has {count} containers that are a Redis: none of them was asked",
                ", ".join(sorted(c.name for c in look.members(service))),
            )


def hangs(server: Unknown) -> bool:
    """Whether it took the question, and said nothing."""
    return server.cause is Cause.SILENT


def unasked(look: Look, stack: Stack, service: str) -> RedisFinding | None:
    """What is said instead of that it is silent; None: it is one that has to answer."""
    server = look.server(service)
    if service not in look.whole(stack).found or not isinstance(server, Unknown) or hangs(server):
        return None
    return REDIS_UNASKED.found(
        service,
        "is a Redis by what it runs, and can't be asked: it is judged from outside",
        server.reason,
    )
