"""When a run takes the lock on a stack, and what keeps it from doing so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from unittest.mock import patch

import pytest
from looks import healthy, stack
from pyinfra.api import Host

from pyinfra_runbooks.facts import locks
from pyinfra_runbooks.facts.locks import StackLock, may_change
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.locking import Held, Taken
from pyinfra_runbooks.look import ComposeCommand, Look

SEEN = "0" * 64


def seen() -> Look:
    return replace(healthy(), state=SEEN)


class FakeState:
    is_executing = True
    check_for_changes = False


class FakeConnector:
    client = object()


class FakeHost:
    """Answers looks, and what it is told to the wish to have the lock."""

    def __init__(self, answer: Taken | Held | Unknown, *looks: Look | Unknown) -> None:
        self.state, self.connector = FakeState(), FakeConnector()
        self.asked: list[type] = []
        self._answer, self._looks = answer, [*looks]

    def get_fact(self, fact: type, **given: Any) -> Any:
        self.asked.append(fact)
        if fact is StackLook:
            return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        assert given["seen"] == SEEN
        return self._answer


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def clock() -> Any:
    with patch.object(locks, "time", Clock()) as clock:
        yield clock


def ask(host: FakeHost) -> str | Unknown | None:
    return may_change(cast(Host, host), stack())


DEPLOYING = replace(seen(), commands=(ComposeCommand("up", 2),))


def test_it_is_taken_once() -> None:
    host = FakeHost(Taken(), seen())
    assert ask(host) is None
    assert ask(host) is None
    assert host.asked == [StackLook, StackLock]


def test_it_is_taken_anew_behind_another_connection() -> None:
    host = FakeHost(Taken(), seen())
    assert ask(host) is None
    host.connector.client = object()
    assert ask(host) is None
    assert host.asked.count(StackLock) == 2


def test_it_is_taken_anew_before_its_time_is_up(clock: Clock) -> None:
    host = FakeHost(Taken(), seen())
    assert ask(host) is None
    clock.now += locks.LONGEST / 2
    assert ask(host) is None
    assert host.asked.count(StackLock) == 2


def test_what_moved_on_is_looked_at_again() -> None:
    host = FakeHost(Taken(moved=True), seen())
    assert ask(host) is None
    locks.look_at(cast(Host, host), stack())
    assert host.asked == [StackLook, StackLock, StackLook]


def test_somebody_else_has_it() -> None:
    host = FakeHost(Held("ann@desk", "10.0.0.7", "2026-01-31T23:59:59Z", "runbooks/api.py"), seen())
    reason = ask(host) or ""
    assert "another run is at work on this stack: ann@desk from 10.0.0.7 since 2026-01-31" in reason
    assert "runbooks/unlock.py" in reason
    assert ask(host) == reason


def test_a_host_that_can_not_be_locked() -> None:
    for answer, look, reason in (
        (Unknown("there is no flock"), seen(), "there is no flock"),
        (Taken(), Unknown("no docker"), "could not be checked: no docker"),
    ):
        said = ask(FakeHost(answer, look))
        assert isinstance(said, Unknown)
        assert reason in said.reason


def test_somebody_who_deploys_is_waited_for() -> None:
    host = FakeHost(Taken(), DEPLOYING, DEPLOYING, seen())
    assert ask(host) is None
    assert host.asked == [StackLook, StackLock, StackLook, StackLook]


def test_somebody_who_goes_on_deploying_is_left_alone(clock: Clock) -> None:
    host = FakeHost(Taken(), DEPLOYING)
    assert "someone is deploying this stack: docker compose up" in (ask(host) or "")
    assert "someone is deploying" in (ask(host) or "")
    assert clock.now >= 1000 + locks.YOUNG
