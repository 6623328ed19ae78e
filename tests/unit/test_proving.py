"""The proof that a stack is healthy: it reads only, and what was not seen is not proved."""

from __future__ import annotations

import pytest
from looks import (
    answering,
    healthy,
    locked_out,
    with_container,
    with_info,
    with_redis,
    without,
)
from looks import stack as declared
from recoveries import Ran, a_host, ran

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts.stack import HostFound, StackLook
from pyinfra_runbooks.operations import proving, recovery
from pyinfra_runbooks.packs.findings import summary

HEALTHY = healthy()


def verified(*looks: Look | Unknown) -> Ran:
    return ran(proving.verify, a_host(*looks))


def test_the_proof_reads_only() -> None:
    came = verified(HEALTHY)
    assert (came.planned, came.did, came.looks) == ([], [], 1)
    (said,) = {*came.host.noops}
    assert said == summary(HEALTHY, declared())


def test_it_counts_when_it_fails_again() -> None:
    """A pool may still hold a connection from before a repair, which costs one answer."""
    failing = answering(HEALTHY, 2, "{}", 503)
    assert verified(failing, HEALTHY).refused == []
    (refused,) = verified(failing).refused
    assert "503" in refused


@pytest.mark.parametrize(
    ("look", "because"),
    [
        (with_info(HEALTHY, loading="1"), "is still loading its data"),
        (with_info(HEALTHY, rdb_last_bgsave_status="err"), "its last save failed"),
        (Unknown("no Docker"), "health can't be proved: no Docker"),
        (without(HEALTHY, "db"), "has no container"),
    ],
    ids=["it loads", "it can't save", "no look", "a service is gone"],
)
def test_it_says_why_it_fails(look: Look | Unknown, because: str) -> None:
    came = verified(look)
    assert any(because in said for said in came.host.said)
    assert came.refused
    assert came.host.facts.count(StackLook) >= 1


def test_what_accepts_a_loss_proves_nothing() -> None:
    """Nobody was asked for the users: that is no health, whatever may be lost."""
    silent = with_redis(locked_out(HEALTHY), logins={}, login_sent=False)
    came = ran(recovery.recover, a_host(silent, allow_data_loss="cache"), prove=True)
    assert any("no login was sent to it" in said for said in came.refused), came.refused


# What Docker has yet to ask


BARE = declared(health=())
STARTING = with_container(HEALTHY, "web", health="starting")
PASSING = with_container(HEALTHY, "web", health="healthy")


def proved(looks: list[Look], found: list[Found]) -> Ran:
    host = a_host(*looks)
    host._answers[HostFound] = list(found)
    return ran(proving.verify, host, BARE)


def test_a_container_that_was_just_started_is_waited_for() -> None:
    finds = [Found(look.containers) for look in (STARTING, STARTING, STARTING, PASSING)]
    came = proved([STARTING, PASSING], finds)
    assert came.refused == []
    assert came.host.facts.count(HostFound) == 5
    assert came.host.noops[-1] == summary(PASSING, BARE)
    assert "the container check of web passes" in came.host.noops[-1]


def test_what_docker_does_not_ask_in_time_is_not_proved() -> None:
    came = proved([STARTING], [Found(STARTING.containers)])
    (refused,) = came.refused
    assert "health can't be proved: Docker has not asked web yet" in refused
    # By its settings Docker has an answer by then.
    assert 60 <= came.host.facts.count(HostFound) <= 400


def test_nothing_is_waited_for_where_checks_are_declared() -> None:
    came = ran(proving.verify, a_host(STARTING), declared())
    assert came.refused == []
    assert came.host.facts.count(HostFound) == 0
