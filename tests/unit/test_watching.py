"""Waiting until a stack needs somebody, and what a job makes of a run that waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from journals import REFUSED, UNHEALTHY, WRONG, look, run
from looks import attached, healthy, stack

from pyinfra_runbooks import watching
from pyinfra_runbooks.facts.events import Happened, StackEvent
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.jobs.hosts import Status
from pyinfra_runbooks.jobs.systemd import Systemd
from pyinfra_runbooks.jobs.watch import Watched
from pyinfra_runbooks.look import ComposeCommand, Look
from pyinfra_runbooks.watching import Watching, await_drift

WELL = replace(healthy(), at=1_800_000_000.25)
DRIFT = attached(WELL, "cache", {})
BUSY = replace(DRIFT, commands=(ComposeCommand("up", 2),))


class FakeState:
    is_executing = False
    check_for_changes = False

    def __init__(self, host: FakeHost) -> None:
        self.active_hosts = {host}


class FakeHost:
    """Sees one look after the other, with an event before each but the first."""

    name = "a"

    def __init__(self, clock: Clock, *looks: Look | Unknown) -> None:
        self.state = FakeState(self)
        self._clock, self._looks = clock, [*looks]
        self.waited: list[dict[str, Any]] = []

    def get_fact(self, fact: type, **given: Any) -> Any:
        if fact is StackLook:
            return self._looks.pop(0)
        assert fact is StackEvent
        self.waited.append(given)
        self._clock.now += 1
        return Happened("network disconnect back", f"{1_800_000_000 + self._clock.now}")


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with patch.object(watching, "time", clock):
        yield clock


def waited(clock: Clock, *looks: Look | Unknown, how: Watching | None = None) -> FakeHost:
    """The host, once there was something to do, having seen all of these looks."""
    host = FakeHost(clock, *looks)
    how = how or Watching()
    with (
        patch.object(watching, "this_host", lambda: host),
        patch.dict("os.environ", how.to_environment()),
    ):
        await_drift(stack())
    assert host._looks == []
    return host


def test_drift_is_not_waited_for(clock: Clock) -> None:
    assert waited(clock, DRIFT).waited == []


def test_a_stack_that_is_well_is_listened_to(clock: Clock) -> None:
    host = waited(clock, WELL, WELL, DRIFT)
    first, second = host.waited
    assert first["since"] == "1800000000.250000"
    assert second["since"] == "1800000001.0"
    assert (first["seconds"], second["seconds"]) == (180, 179)
    assert first["project"] == "shop"
    assert set(first["networks"]) == {"shop_back", "shop_front"}
    assert len(first["ids"]) == 3


def test_what_the_last_run_left_is_no_news_until_it_is_time(clock: Clock) -> None:
    left = tuple(f.headline() for f in watching.everything(DRIFT, stack()) if f.drift)
    how = Watching(every=3, left=left)
    assert len(waited(clock, DRIFT, DRIFT, DRIFT, DRIFT, how=how).waited) == 3


def test_something_else_is(clock: Clock) -> None:
    assert waited(clock, DRIFT, how=Watching(left=("web: is gone [gone]",))).waited == []


def test_somebody_who_deploys_is_waited_for(clock: Clock) -> None:
    host = waited(clock, BUSY, BUSY, DRIFT)
    assert [given["seconds"] for given in host.waited] == [watching.DEPLOYING] * 2


def test_what_cant_be_seen_is_for_the_runbook_to_say(clock: Clock) -> None:
    assert waited(clock, Unknown("no Docker")).waited == []


def test_how_to_wait_is_handed_over_whole() -> None:
    how = Watching(7, ('it\'s: "so" [x]', "\N{SNOWMAN}"))
    with patch.dict("os.environ", how.to_environment()):
        assert Watching.from_environment() == how


# What a job makes of it


HEARD = {"event": "heard", "host": "a", "at": 0, "what": "network disconnect", "said": ""}


def test_a_host_is_known_to_be_well_while_it_is_waited_for() -> None:
    host = Watched("a")
    assert host.hear([run("a"), look("a", 1)])
    assert host.last is not None
    assert host.last.status is Status.WELL
    assert not host.hear([HEARD, look("a", 2)])


def test_drift_counts_when_the_run_is_over() -> None:
    host = Watched("a")
    host.hear([run("a"), look("a", 1)])
    host.hear([HEARD, look("a", 2, WRONG, UNHEALTHY)])
    assert host.last is not None
    assert host.last.status is Status.WELL
    assert [e["event"] for e in host.entries] == ["run", "heard", "look"]
    assert not host.waits


def test_what_was_left_stays_left_until_it_is_well() -> None:
    host = Watched("a")
    host.hear([run("a"), look("a", 1, REFUSED)])
    host.last = None
    host.hear([HEARD, look("a", 2, REFUSED), HEARD, look("a", 3)])
    assert host.last is not None
    assert host.last.status is Status.WELL


def test_systemd_is_told_when_something_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(address))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(address))
        channel.setblocking(False)
        systemd = Systemd()
        for status in ("a", "a", "b"):
            systemd.alive(status)
        told = [channel.recv(100) for _ in range(2)]
        with pytest.raises(BlockingIOError):
            channel.recv(100)
        for number in range(1000):  # nobody reads: it goes on
            systemd.alive(str(number))
    systemd.alive("nobody is there")
    assert told == [f"READY=1\nWATCHDOG=1\nSTATUS={x}".encode() for x in ("a", "b")]
