"""Waiting until a stack needs somebody, and what a job makes of a run that waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
from journals import REFUSED, UNHEALTHY, WRONG, change, look, run
from looks import attached, healthy, stack

from pyinfra_runbooks import watching
from pyinfra_runbooks.facts.events import Happened, StackEvent
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.jobs.hosts import Status
from pyinfra_runbooks.jobs.running import Run, Running
from pyinfra_runbooks.jobs.systemd import Systemd
from pyinfra_runbooks.jobs.watched import Watched
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

    def sleep(self, seconds: float) -> None:
        assert seconds == 0


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
    found = watching.everything(DRIFT, stack())
    left = tuple(f"{f.kind} {f.subject}" for f in found if f.drift)
    how = Watching(every=3, left=left)
    assert len(waited(clock, DRIFT, DRIFT, DRIFT, DRIFT, how=how).waited) == 3


def test_something_else_is(clock: Clock) -> None:
    assert waited(clock, DRIFT, how=Watching(left=("gone web",))).waited == []


def test_somebody_who_deploys_is_waited_for(clock: Clock) -> None:
    host = waited(clock, BUSY, BUSY, DRIFT)
    assert [given["seconds"] for given in host.waited] == [watching.DEPLOYING] * 2


def test_what_cant_be_seen_is_for_the_runbook_to_say(clock: Clock) -> None:
    assert waited(clock, Unknown("no Docker")).waited == []


def test_how_to_wait_is_handed_over_whole() -> None:
    how = Watching(7, ('it\'s: "so" [x]', "\N{SNOWMAN}"))
    with patch.dict("os.environ", how.to_environment()):
        assert Watching.from_environment() == how


# Leave to repair


def asking(clock: Clock, tmp_path: Path, word: str, *looks: Look) -> FakeHost:
    """As `waited`, with a job that answers so."""
    ear = tmp_path / "ear"

    def answer(event: str, host: Any, **_: Any) -> None:
        if event == "asking" and word:
            ear.write_text(word)

    with (
        patch.object(watching.journal, "note", answer),
        patch.object(clock, "sleep", lambda seconds: setattr(clock, "now", clock.now + seconds)),
    ):
        return waited(clock, *looks, how=Watching(every=5, answer=str(ear)))


def test_leave_is_asked_for(clock: Clock, tmp_path: Path) -> None:
    assert asking(clock, tmp_path, "yes", DRIFT).waited == []


def test_without_leave_it_is_waited_on_and_asked_again_when_it_is_time(
    clock: Clock, tmp_path: Path
) -> None:
    # The sixth look would be the one at which it is time again; an unknown one ends it before.
    host = asking(clock, tmp_path, "no", DRIFT, DRIFT, DRIFT, Unknown("enough"))  # type: ignore[arg-type]
    assert len(host.waited) == 3


def test_a_job_that_is_gone_gives_no_leave(clock: Clock, tmp_path: Path) -> None:
    host = asking(clock, tmp_path, "", DRIFT, Unknown("enough"))  # type: ignore[arg-type]
    assert len(host.waited) == 1
    assert clock.now >= watching.ANSWERED


# What a job makes of it


HEARD = {"event": "heard", "host": "a", "at": 0, "what": "network disconnect", "said": ""}
LISTENING = {"event": "listening", "host": "a", "at": 0}
ASKING = {"event": "asking", "host": "a", "at": 0}


class FakeRun:
    """Says what it is given to say, and ends when that is all."""

    def __init__(self, *said: list[dict[str, Any]], code: int = 0, printed: str = "") -> None:
        self._said = [*said]
        self._result = Run(code, (), tuple(printed.splitlines()))

    def heard(self) -> list[dict[str, Any]]:
        return self._said.pop(0) if self._said else []

    def ended(self) -> bool:
        return not self._said

    def result(self) -> Run:
        return self._result


def host(tmp_path: Path, *said: list[dict[str, Any]], **result: Any) -> Watched:
    found = Watched("a", tmp_path / "ear")
    found.start(cast(Running, FakeRun(*said, **result)))
    return found


def status(of: Watched) -> Status:
    assert of.last is not None
    return of.last.status


def test_a_host_is_known_to_be_well_while_it_is_waited_for(tmp_path: Path) -> None:
    well = host(tmp_path, [run("a"), look("a", 1), LISTENING], [HEARD, look("a", 2), LISTENING])
    assert well.starts
    assert well.hear()
    assert status(well) is Status.WELL
    assert well.waits
    assert not well.hear()


def test_drift_counts_when_the_run_is_over(tmp_path: Path) -> None:
    found = host(
        tmp_path,
        [run("a"), look("a", 1), LISTENING],
        [HEARD, look("a", 2, WRONG, UNHEALTHY), ASKING],
        [change("a", 3), look("a", 4)],
        [{"event": "proof", "host": "a", "at": 5, "findings": []}],
    )
    found.hear()
    assert not found.hear()
    assert found.asks
    assert status(found) is Status.WELL
    found.answer("yes")
    assert found.ear.read_text() == "yes"
    assert not found.asks
    assert found.asked is not None
    assert found.asked.status is Status.LEFT
    found.hear()
    found.hear()
    assert found.take()
    assert status(found) is Status.REPAIRED
    assert found.run is None
    assert found.failures == 0


@pytest.mark.parametrize("findings", [(), (REFUSED,)])
def test_a_host_in_trouble_is_paused_longer_and_longer(
    tmp_path: Path, findings: tuple[dict[str, str], ...]
) -> None:
    found = host(tmp_path)
    for failures in (1, 2, 3):
        proof = {"event": "proof", "host": "a", "at": 2, "findings": [*findings]}
        said = [run("a"), look("a", 1, *findings), proof] if findings else []
        found.start(cast(Running, FakeRun(said, code=1, printed="[a] Could not connect")))
        assert found.take()
        assert found.failures == failures
        assert 2**failures - 1 < found.begin - time.monotonic() <= 2**failures
    assert status(found) is (Status.LEFT if findings else Status.ERROR)


def test_an_error_of_the_runbook_is_no_host_that_cant_be_reached(tmp_path: Path) -> None:
    found = host(tmp_path, [], code=1, printed="[a] Connected\nNameError: name 'x'")
    assert found.take()
    assert found.last is not None
    assert found.last.error == "it was not looked at: the run ended before: NameError: name 'x'"


def test_a_run_that_dies_before_its_proof_has_not_repaired_anything(tmp_path: Path) -> None:
    said = [run("a"), look("a", 1, WRONG), change("a", 2), look("a", 3)]
    found = host(tmp_path, said, code=1, printed="MemoryError: ")
    assert found.take()
    assert status(found) is Status.ERROR


def test_a_change_is_given_the_time_that_it_takes(tmp_path: Path) -> None:
    found = host(
        tmp_path, [run("a"), look("a", 1), LISTENING], [{"event": "changing", "host": "a"}]
    )
    found.hear()
    found.heard_at -= 1000
    assert found.silent(every=180)
    found.hear()
    found.heard_at -= 1000
    assert not found.silent(every=180)


def test_what_was_told_is_not_counted_again(tmp_path: Path) -> None:
    found = host(tmp_path, [run("a"), look("a", 1)])
    found.hear()
    assert found.last is not None
    assert found.last.fresh
    found.told()
    assert not found.last.fresh


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
