"""Whether Redis has room to write in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Refusal
from ....core.unknown import Unknown
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....settings import Redis, Stack
from ..server import Server

MAXMEMORY_REACHED = kind(
    "maxmemory-reached",
    title="Redis has reached maxmemory, and refuses writes",
    part=Part.REDIS,
    means="Whatever takes memory is answered with OOM; reads are served, and nothing is lost.",
    known="`INFO`: used_memory, without what does not count, is above maxmemory, and nothing may be"
    " evicted: the policy is noeviction, or no key is left that it could evict. A cache that"
    " evicts is full and healthy. `MEMORY DOCTOR` says what its memory is used for.",
    repair="Nothing, since what makes room loses keys: raise maxmemory where the host has room,"
    " find out what grows, or give keys an expiry and a policy that evicts them.",
    explains=UNSERVED,
)


def findings(look: Look, _: Stack, redis: Redis) -> Iterator[Finding[None]]:
    """A Redis that refuses writes, since it is full and may evict nothing."""
    server = look.server(redis.service)
    if isinstance(server, Unknown) or server.loading or not server.full:
        return
    policy = server.info["maxmemory_policy"].partition("-")[0]
    yield MAXMEMORY_REACHED.found(
        redis.service,
        "refuses writes: it has reached maxmemory",
        _evidence(server),
        Refusal(
            "it would lose keys: what makes room is a decision about data",
            f"{_DO[policy]}; what grows: redis-cli --bigkeys, MEMORY STATS",
        ),
    )


_RAISE = "if the host has room, raise it: CONFIG SET maxmemory, and in its configuration"
_DO = {
    "noeviction": f"{_RAISE}; if it is a cache: CONFIG SET maxmemory-policy allkeys-lru",
    "volatile": f"{_RAISE}; or give keys an expiry, as only such keys are evicted",
    "allkeys": f"{_RAISE}: it holds no key that could be evicted; look at CLIENT LIST",
}


def _evidence(server: Server) -> str:
    refused = re.match(r"count=(\d+)", server.info.get("errorstat_OOM", ""))
    return (
        f"used_memory {_size(server, 'used_memory')}, maxmemory {_size(server, 'maxmemory')},"
        f" mem_not_counted_for_evict {server.number('mem_not_counted_for_evict')};"
        f" {server.info['maxmemory_policy']}, {server.keys} keys, {server.expiring} with an expiry;"
        f" counted so far: {refused[1] if refused else 0} refused with OOM,"
        f" {server.number('evicted_keys')} evicted, {server.number('expired_keys')} expired;"
        f" MEMORY DOCTOR: {_words(server.doctor)}"
    )


def _words(doctor: str | Unknown) -> str:
    """What it calls each of the issues that it detects; its first sentence, where these are none.

    It knows nothing of maxmemory: it tells what memory is used for besides the data.
    """
    if isinstance(doctor, Unknown):
        return f"not known ({doctor.reason})"
    issues = re.findall(r" \* ([^:*]{1,40}):", doctor)
    return ", ".join(issues[:9]) or doctor.partition(". ")[0][:100]


def _size(server: Server, field: str) -> str:
    human = server.info.get(f"{field}_human")
    return f"{server.number(field)} ({human})" if human else str(server.number(field))
