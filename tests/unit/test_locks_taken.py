"""When a run takes the lock on a stack, and what keeps it from doing so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from fakes import Clock, FakeClient, FakeHost
from looks import healthy, stack

from pyinfra_runbooks.core.locking import Held, Taken
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import ComposeCommand, Look
from pyinfra_runbooks.engine.shell.lock import Owner, take
from pyinfra_runbooks.facts import locks
from pyinfra_runbooks.facts.locks import StackLock, may_change
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.settings import Redis, Stack

SEEN = "0" * 64


def seen() -> Look:
    return replace(healthy(), state=SEEN, found=Found(state=SEEN))


def a_host(answer: Taken | Held | Unknown, *looks: Look | Unknown) -> FakeHost:
    """It answers looks, and what it is asked for the lock."""

    def lock(found: Found, **_: Any) -> Taken | Held | Unknown:
        assert found.state == SEEN
        return answer

    return FakeHost({StackLook: looks, StackLock: [lock]})


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    with patch.object(locks, "time", Clock()) as clock:
        yield clock


def ask(host: FakeHost) -> str | Unknown | None:
    return may_change(host.real, stack())


DEPLOYING = replace(seen(), commands=(ComposeCommand("up", 2),))


def test_it_is_taken_once() -> None:
    host = a_host(Taken(), seen())
    assert ask(host) is None
    assert ask(host) is None
    assert host.facts == [StackLook, StackLock]


def test_the_image_of_a_redis_that_was_found_may_write_its_file() -> None:
    """Where the inventory has a directory alone there may be no other way to write one."""
    given: list[Stack] = []

    def lock(stack: Stack, **_: Any) -> Taken:
        given.append(stack)
        return Taken()

    bare = Stack("/srv/shop")
    completed = replace(bare, components=(Redis("db"),), found=frozenset({"db"}))
    host = FakeHost({StackLook: [replace(seen(), completed=completed)], StackLock: [lock]})
    assert may_change(host.real, bare) is None
    owner = Owner("a1a1a1a1a1a1", "ann@desk", "runbooks/redis.py")
    assert "redis_service=db" in take(given[0], owner, Found(state=SEEN))


def test_it_is_taken_again_after_another_connection() -> None:
    host = a_host(Taken(), seen())
    assert ask(host) is None
    host.connector.client = FakeClient()
    assert ask(host) is None
    assert host.facts.count(StackLock) == 2


def test_it_is_taken_again_before_its_time_is_up(clock: Clock) -> None:
    host = a_host(Taken(), seen())
    assert ask(host) is None
    clock.now += locks.LONGEST / 2
    assert ask(host) is None
    assert host.facts.count(StackLock) == 2


def test_what_moved_on_is_looked_at_again() -> None:
    host = a_host(Taken(moved=True), seen())
    assert ask(host) is None
    locks.look_at(host.real, stack())
    assert host.facts == [StackLook, StackLock, StackLook]


def test_a_redis_that_was_found_says_by_whose_image_the_lock_is_written() -> None:
    """Without rights of its own a user writes in a container of the Redis' image."""
    bare = Stack("/srv/shop")
    whole = replace(bare, components=(Redis("db"),), found=frozenset({"db"}))
    host = a_host(Taken(), replace(seen(), completed=whole))
    assert may_change(host.real, bare) is None
    (asked,) = (given for fact, given in host.asked if fact is StackLock)
    assert "redis_service=db\n" in StackLock().command(**asked)


def test_another_run_has_it() -> None:
    host = a_host(Held("ann@desk", "10.0.0.7", "2026-01-31T23:59:59Z", "runbooks/api.py"), seen())
    reason = ask(host) or ""
    assert "another run is at work on this stack: ann@desk from 10.0.0.7 since 2026-01-31" in reason
    assert "runbooks/unlock.py" in reason
    assert ask(host) == reason


def test_a_host_that_can_not_be_locked() -> None:
    for answer, look, reason in (
        (Unknown("there is no flock"), seen(), "there is no flock"),
        (Taken(), Unknown("no docker"), "could not be checked: no docker"),
    ):
        said = ask(a_host(answer, look))
        assert isinstance(said, Unknown)
        assert reason in said.reason


def test_a_deploy_is_waited_for() -> None:
    host = a_host(Taken(), DEPLOYING, DEPLOYING, seen())
    assert ask(host) is None
    assert host.facts == [StackLook, StackLock, StackLook, StackLook]


def test_a_deploy_that_goes_on_is_left_alone(clock: Clock) -> None:
    host = a_host(Taken(), DEPLOYING)
    assert "someone is deploying this stack: docker compose up" in (ask(host) or "")
    assert "someone is deploying" in (ask(host) or "")
    assert clock.now >= 1000 + locks.YOUNG
