"""Waiting until a stack needs a repair, and how a job handles a run that waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fakes import Clock, FakeHost, FakeRun
from journals import REFUSED, UNHEALTHY, WRONG, change, look, run
from looks import attached, healthy, stack
from pyinfra.context import ctx_host

from pyinfra_runbooks import watching
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import ComposeCommand, Look
from pyinfra_runbooks.facts.events import DockerEvent, StackEvent
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.jobs.hosts import Status
from pyinfra_runbooks.jobs.systemd import Systemd
from pyinfra_runbooks.jobs.watch import STANDBY
from pyinfra_runbooks.jobs.watched import Watched
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.watching import Watching, await_drift

HEALTHY = replace(healthy(), at=1_800_000_000.25)
DRIFT = attached(HEALTHY, "cache", {})
BUSY = replace(DRIFT, commands=(ComposeCommand("up", 2),))


@pytest.fixture
def clock() -> Iterator[Clock]:
    with patch.object(watching, "time", Clock(0.0)) as clock:
        yield clock


def waited(clock: Clock, *looks: Look | Unknown, how: Watching | None = None) -> list[Any]:
    """What was waited for until there was something to do, a second each, all looks being seen."""

    def event(**_: Any) -> DockerEvent:
        clock.now += 1
        return DockerEvent("network disconnect back", f"{1_800_000_000 + clock.now}")

    host = FakeHost({StackLook: looks, StackEvent: [event]}, executing=False)
    how = how or Watching()
    with ctx_host.use(host), patch.dict("os.environ", how.to_environment()):
        await_drift(stack())
    assert host.facts.count(StackLook) == len(looks)
    return [given for fact, given in host.asked if fact is StackEvent]


def test_drift_is_not_waited_for(clock: Clock) -> None:
    assert waited(clock, DRIFT) == []


def test_a_healthy_stack_is_listened_to(clock: Clock) -> None:
    first, second = waited(clock, HEALTHY, HEALTHY, DRIFT)
    assert first["since"] == "1800000000.250000"
    assert second["since"] == "1800000001.0"
    assert (first["seconds"], second["seconds"]) == (180, 179)
    assert first["project"] == "shop"
    assert set(first["networks"]) == {"shop_back", "shop_front"}
    assert len(first["ids"]) == 3


def test_known_drift_is_no_news_until_it_is_time(clock: Clock) -> None:
    found = everything(DRIFT, stack())
    left = tuple(f"{f.kind.id} {f.subject}" for f in found if f.drift)
    how = Watching(every=3, left=left)
    assert len(waited(clock, DRIFT, DRIFT, DRIFT, DRIFT, how=how)) == 3


def test_something_else_is(clock: Clock) -> None:
    assert waited(clock, DRIFT, how=Watching(left=("gone web",))) == []


def test_a_deployment_is_waited_for(clock: Clock) -> None:
    events = waited(clock, BUSY, BUSY, DRIFT)
    assert [given["seconds"] for given in events] == [watching.DEPLOYING] * 2


def test_what_cant_be_seen_is_for_the_runbook_to_say(clock: Clock) -> None:
    assert waited(clock, Unknown("no Docker")) == []


def test_how_to_wait_is_handed_over_whole() -> None:
    how = Watching(7, ('it\'s: "so" [x]', "\N{SNOWMAN}"))
    with patch.dict("os.environ", how.to_environment()):
        assert Watching.from_environment() == how


# Approval of a repair


def asking(clock: Clock, tmp_path: Path, word: str, *looks: Look | Unknown) -> list[Any]:
    """As `waited`, with a job that answers so."""
    reply_file = tmp_path / "reply"

    def answer(event: str, host: Any, **_: Any) -> None:
        if event == "asking" and word:
            reply_file.write_text(word)

    with patch.object(watching.journal, "note", answer):
        return waited(clock, *looks, how=Watching(every=5, answer=str(reply_file)))


def test_approval_is_asked_for(clock: Clock, tmp_path: Path) -> None:
    assert asking(clock, tmp_path, "yes", DRIFT) == []


def test_without_approval_it_waits_and_asks_again_when_it_is_time(
    clock: Clock, tmp_path: Path
) -> None:
    # The sixth look would be the one at which it is time again; an unknown one ends it before.
    assert len(asking(clock, tmp_path, "no", DRIFT, DRIFT, DRIFT, Unknown("enough"))) == 3


def test_a_job_that_is_gone_gives_no_approval(clock: Clock, tmp_path: Path) -> None:
    assert len(asking(clock, tmp_path, "", DRIFT, Unknown("enough"))) == 1
    assert clock.now >= watching.ANSWERED


# What a job makes of it


HEARD = {"event": "heard", "host": "a", "at": 0, "what": "network disconnect", "said": ""}
LISTENING = {"event": "listening", "host": "a", "at": 0}
ASKING = {"event": "asking", "host": "a", "at": 0}


def host(tmp_path: Path, *said: list[dict[str, Any]], **result: Any) -> Watched:
    found = Watched("a", tmp_path / "reply")
    found.start(FakeRun(*said, **result).real)
    return found


def status(of: Watched) -> Status:
    assert of.last is not None
    return of.last.status


def test_a_host_is_known_to_be_healthy_while_its_run_waits(tmp_path: Path) -> None:
    found = host(tmp_path, [run("a"), look("a", 1), LISTENING], [HEARD, look("a", 2), LISTENING])
    assert found.starting
    assert found.poll()
    assert status(found) is Status.HEALTHY
    assert found.listening
    assert not found.poll()


def test_drift_counts_when_the_run_is_over(tmp_path: Path) -> None:
    found = host(
        tmp_path,
        [run("a"), look("a", 1), LISTENING],
        [HEARD, look("a", 2, WRONG, UNHEALTHY), ASKING],
        [change("a", 3), look("a", 4)],
        [{"event": "proof", "host": "a", "at": 5, "findings": [], "api_healthy": True}],
    )
    found.poll()
    assert not found.poll()
    assert found.wants_approval
    assert status(found) is Status.HEALTHY
    found.decide(approved=True)
    assert found.reply_file.read_text() == "yes"
    assert not found.wants_approval
    assert found.proposed is not None
    assert found.proposed.status is Status.UNRESOLVED
    found.poll()
    found.poll()
    found.reap()
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
        proof["api_healthy"] = not findings
        said = [run("a"), look("a", 1, *findings), proof] if findings else []
        found.start(FakeRun(said, code=1, why="No hosts remaining!").real)
        found.reap()
        assert found.failures == failures
        assert 2**failures - 1 < found.not_before - time.monotonic() <= 2**failures
    assert status(found) is (Status.UNRESOLVED if findings else Status.ERROR)


def test_what_the_next_run_is_to_do_is_news_to_it(tmp_path: Path) -> None:
    """A plan became another one; not for ever, though."""
    again = {"event": "refusal", "host": "a", "at": 2, "reasons": ["more"], "again": True}
    found = host(tmp_path)
    for times in range(5):
        found.start(FakeRun([run("a"), look("a", 1, WRONG), again], code=1, why="x").real)
        found.reap()
        assert bool(found.known_drift) is (times >= 3)


def test_a_host_that_is_not_reached(tmp_path: Path) -> None:
    down = {"event": "unreachable", "host": "a", "reason": "Could not connect (refused)", "at": 0}
    found = host(tmp_path, [down], code=1, why="No hosts remaining!")
    found.poll()
    assert found.starting
    found.reap()
    assert found.last is not None
    assert found.last.error == "it could not be reached: Could not connect (refused)"
    assert not found.last.reached


def test_an_error_of_the_runbook_is_no_host_that_cant_be_reached(tmp_path: Path) -> None:
    found = host(tmp_path, [], code=1, why="NameError: name 'x'")
    found.reap()
    assert found.last is not None
    assert found.last.error == "it was not looked at: the run ended before: NameError: name 'x'"


def test_a_run_that_dies_before_its_proof_has_not_repaired_anything(tmp_path: Path) -> None:
    said = [run("a"), look("a", 1, WRONG), change("a", 2), look("a", 3)]
    found = host(tmp_path, said, code=1, why="MemoryError: ")
    found.reap()
    assert status(found) is Status.ERROR


def test_a_change_is_given_the_time_that_it_takes(tmp_path: Path) -> None:
    found = host(
        tmp_path, [run("a"), look("a", 1), LISTENING], [{"event": "changing", "host": "a"}]
    )
    found.poll()
    found.last_event -= 1000
    assert found.silent(every=180)
    found.poll()
    found.last_event -= 1000
    assert not found.silent(every=180)


def test_what_was_reported_is_not_counted_again(tmp_path: Path) -> None:
    found = host(tmp_path, [run("a"), look("a", 1)])
    found.poll()
    assert found.last is not None
    assert found.last.fresh
    found.mark_reported()
    assert not found.last.fresh


def test_systemd_gets_a_new_status_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(address))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(address))
        channel.setblocking(False)
        systemd = Systemd()
        for status in ("a", "a", "b"):
            systemd.alive(status)
        received = [channel.recv(100) for _ in range(2)]
        with pytest.raises(BlockingIOError):
            channel.recv(100)
        for number in range(1000):  # nobody reads: it goes on
            systemd.alive(str(number))
    systemd.alive("nobody is there")
    assert received == [f"READY=1\nWATCHDOG=1\nSTATUS={x}".encode() for x in ("a", "b")]


def test_pyinfra_reads_it_as_a_file_of_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[bool] = []
    monkeypatch.setattr(watching, "await_drift", lambda: waited.append(True))
    exec(compile(STANDBY.read_text(encoding="utf-8"), str(STANDBY), "exec"), {})  # noqa: S102
    assert waited == [True]
