"""A Redis that is full: whether it refuses writes, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from looks import silent, unhealthy, with_info, with_redis
from verdicts import kinds

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Refusal, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as all_packs
from pyinfra_runbooks.packs.redis.rules import memory
from pyinfra_runbooks.settings import Stack

KIND = "maxmemory-reached"
SOME, OF_THEM_EXPIRE = "keys=204,expires=0,avg_ttl=0", "keys=204,expires=7,avg_ttl=9000"
FULL = {
    "used_memory": "3000001",
    "used_memory_human": "2.86M",
    "maxmemory": "3000000",
    "maxmemory_human": "2.86M",
    "mem_not_counted_for_evict": "0",
    "maxmemory_policy": "noeviction",
    "errorstat_OOM": "count=12",
    "evicted_keys": "0",
    "expired_keys": "3",
    "db0": SOME,
}
DOCTOR = (
    "Sam, I detected a few issues in this Valkey instance memory implants: * Peak memory: In the"
    " past this instance used more than 150% of it. * Big client buffers: The clients' output"
    " buffers use more than 200KB. I'm here to keep you safe, Sam. I want to help you."
)


def found(look: Look, stack: Stack) -> list[Finding[Any]]:
    return list(memory.findings(look, stack, stack.servers[0]))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mem_not_counted_for_evict": ""},
        {"maxmemory_policy": "volatile-lru"},
        {"maxmemory_policy": "volatile-ttl", "db0": "", "db3": SOME},
        {"maxmemory_policy": "allkeys-lru", "db0": ""},
    ],
)
def test_it_refuses_writes(look: Look, stack: Stack, changes: dict[str, str]) -> None:
    assert kinds(found(with_info(look, **FULL | changes), stack)) == [KIND]


@pytest.mark.parametrize(
    "changes",
    [
        {"maxmemory": "0"},
        {"maxmemory": "3000001"},
        {"mem_not_counted_for_evict": "1"},
        {"maxmemory_policy": "allkeys-lru"},
        {"maxmemory_policy": "allkeys-random", "evicted_keys": "70000"},
        {"maxmemory_policy": "volatile-lfu", "db0": OF_THEM_EXPIRE},
        {"maxmemory_policy": "volatile-lfu", "db2": OF_THEM_EXPIRE},
        {"maxmemory_policy": "of-a-later-version"},
        {"maxmemory_policy": ""},
        {"role": "slave"},
        {"loading": "1"},
        {"maxmemory": "3e6"},
        {"used_memory": "-1"},
    ],
)
def test_it_takes_writes(look: Look, stack: Stack, changes: dict[str, str]) -> None:
    """A cache that evicts is full and healthy; what it refused before is no reason."""
    assert found(with_info(look, **FULL | changes), stack) == []


def test_who_can_not_be_asked_is_not_judged(look: Look, stack: Stack) -> None:
    assert found(silent(look), stack) == []
    assert found(with_redis(look, info={}), stack) == []
    assert found(look, stack) == []


def test_it_says_what_was_seen(look: Look, stack: Stack) -> None:
    (finding,) = found(with_redis(with_info(look, **FULL), doctor=DOCTOR), stack)
    for figures in (
        *("used_memory 3000001 (2.86M)", "maxmemory 3000000 (2.86M)", "noeviction, 204 keys"),
        *("12 refused with OOM", "0 evicted", "3 expired"),
    ):
        assert figures in finding.evidence
    assert finding.evidence.endswith("MEMORY DOCTOR: Peak memory, Big client buffers")


@pytest.mark.parametrize(
    ("doctor", "words"),
    [
        ("Hi Sam, I can't find any memory issue in your instance. I can only", "your instance"),
        (Unknown('error:"NOPERM no doctor"'), 'not known (error:"NOPERM no doctor")'),
    ],
)
def test_the_doctor_may_find_nothing_or_not_be_asked(
    look: Look, stack: Stack, doctor: str | Unknown, words: str
) -> None:
    """What INFO says is proof enough."""
    (finding,) = found(with_redis(with_info(look, **FULL), doctor=doctor), stack)
    assert finding.evidence.endswith(words)


@pytest.mark.parametrize(
    ("changes", "does"),
    [
        ({}, "CONFIG SET maxmemory-policy allkeys-lru"),
        ({"maxmemory_policy": "volatile-lru"}, "give keys an expiry"),
        ({"maxmemory_policy": "allkeys-lru", "db0": ""}, "CLIENT LIST"),
    ],
)
def test_a_person_decides(look: Look, stack: Stack, changes: dict[str, str], does: str) -> None:
    (finding,) = found(with_info(look, **FULL | changes), stack)
    assert isinstance(finding.resolution, Refusal)
    assert "CONFIG SET maxmemory" in finding.resolution.instead
    assert does in finding.resolution.instead


def test_what_fails_without_writes_is_its_symptom(look: Look, stack: Stack) -> None:
    """Or the client would be restarted, which helps nobody."""
    plan = all_packs.planned(unhealthy(with_info(look, **FULL)), stack)
    (client,) = (f for f in plan.findings if f.kind.id == "api-unhealthy")
    assert [f.kind.id for f in plan.findings if f.cause] == [KIND]
    assert isinstance(client.resolution, Symptom)
    assert client.evidence == "cache refuses writes: it has reached maxmemory"
    assert plan.steps == ()
