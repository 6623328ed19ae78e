"""Many hosts that are watched: who starts when, who may repair, and what makes all start again."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock, patch

import pytest
from click.testing import CliRunner
from journals import WRONG, look, run

from pyinfra_runbooks.jobs import cli, sources, watch
from pyinfra_runbooks.jobs.drift import Job
from pyinfra_runbooks.jobs.hosts import HostReport, Status
from pyinfra_runbooks.jobs.inventory import InventoryError
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.restraint import Limits
from pyinfra_runbooks.jobs.running import Running
from pyinfra_runbooks.jobs.sources import Sources
from pyinfra_runbooks.jobs.watch import STARTING, Watch
from pyinfra_runbooks.jobs.watched import Watched


class FakeRun:
    """Waits until it is told to end."""

    over = False

    def __init__(self, *entries: dict[str, Any]) -> None:
        self._entries = [*entries]

    def heard(self) -> list[dict[str, Any]]:
        entries, self._entries = self._entries, []
        return entries

    def end(self) -> None:
        self.over = True

    def ended(self) -> bool:
        return self.over


class AtOnce(Executor):
    """Does what it is told in this thread."""

    def submit(self, does: Any, /, *given: Any, **named: Any) -> Any:
        return does(*given, **named)


def a_watch(tmp_path: Path, *names: str, **settings: Any) -> tuple[Watch, list[tuple[Report, str]]]:
    told: list[tuple[Report, str]] = []
    found = Watch(
        Job("inventories/prod.py", "runbooks/redis_recovery.py"),
        lambda: names,
        180,
        done=lambda report, of: told.append((report, of)),
        **settings,
    )
    found.ears, found.teller = tmp_path, AtOnce()
    found._know(names)
    return found, told


def started(found: Watch) -> list[str]:
    with patch.object(found, "_waiting", lambda _: FakeRun()):
        found._start_some()
    return [host.name for host in found.hosts.values() if host.run]


# Who starts


def test_some_start_at_once_the_longest_due_first(tmp_path: Path) -> None:
    found, _ = a_watch(tmp_path, *"abcdef")
    now = time.monotonic()
    for number, host in enumerate(found.hosts.values()):
        host.begin = now - number
    assert sorted(started(found)) == ["c", "d", "e", "f"]
    assert len(started(found)) == STARTING


def test_hosts_in_trouble_leave_room_for_the_others(tmp_path: Path) -> None:
    found, _ = a_watch(tmp_path, *"abcdefgh")
    for name in "abcdefg":
        found.hosts[name].failures, found.hosts[name].begin = 5, -1000.0
    names = started(found)
    assert "h" in names
    assert len(names) == 1 + STARTING / 2


def test_a_run_that_cant_be_started_is_that_hosts_error(tmp_path: Path) -> None:
    found, told = a_watch(tmp_path, "a")
    with patch.object(found, "_waiting", side_effect=OSError(28, "No space left on device")):
        found._start_some()
    assert found.hosts["a"].last == HostReport(
        "a", error="no run could be started: No space left on device", fresh=False
    )
    assert found.hosts["a"].begin > time.monotonic()
    assert told[0][0].exit_code == 1


# Who may repair


def asks(host: Watched) -> None:
    name = host.name
    entries = (run(name), look(name, 1, WRONG), {"event": "asking", "host": name, "at": 2})
    host.start(cast(Running, FakeRun(*entries)))


def test_one_host_may_repair(tmp_path: Path) -> None:
    found, told = a_watch(tmp_path, *"abc")
    asks(found.hosts["a"])
    found._turn(found.hosts["a"])
    assert found.hosts["a"].ear.read_text() == "yes"
    assert told == []


def test_what_many_show_is_left_to_a_person(tmp_path: Path) -> None:
    found, told = a_watch(tmp_path, *"abcd", limits=Limits(share=50, hosts=2))
    for host in found.hosts.values():
        asks(host)
        found._turn(host)
    answers = [host.ear.read_text() for host in found.hosts.values()]
    assert answers == ["yes", "yes", "no", "no"]
    assert [of for _, of in told] == ["c", "d"]
    assert found.halted.startswith("4 of 4 hosts show the same at once")
    report, _ = told[-1]
    assert report.halted == found.halted
    assert {h.name: h.status for h in report.hosts}["d"] is Status.LEFT


# What makes all start again


def test_another_inventory_ends_the_runs_that_wait(tmp_path: Path) -> None:
    found, _ = a_watch(tmp_path, *"ab")
    for name, last in (("a", "listening"), ("b", "changing")):
        entries = (run(name), look(name, 1), {"event": last, "host": name, "at": 1})
        found.hosts[name].start(cast(Running, FakeRun(*entries)))
        found._turn(found.hosts[name])
    runs = {name: cast(FakeRun, host.run) for name, host in found.hosts.items()}
    found.names = lambda: ("b", "c")
    found._start_again()
    assert [*found.hosts] == ["b", "c"]
    assert not runs["b"].over  # It is at work.
    assert found.leaving == [cast(Running, runs["a"])]


def test_an_inventory_that_cant_be_read_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _ = a_watch(tmp_path, *"ab")

    def broken() -> tuple[str, ...]:
        raise InventoryError("inventories/prod.py: a bracket is missing")

    found.names = broken
    found._start_again()
    assert [*found.hosts] == ["a", "b"]
    assert "a bracket is missing: the former inventory" in capsys.readouterr().err


def test_the_sources_of_a_job_are_looked_at_now_and_then(tmp_path: Path) -> None:
    inventory, data = tmp_path / "prod.py", tmp_path / "group_data" / "prod.py"
    data.parent.mkdir()
    for file in (inventory, data, tmp_path / "runbook.py"):
        file.write_text("")
    clock = time.monotonic()
    with patch.object(sources.time, "monotonic", lambda: clock):
        found = Sources(Job("prod.py", "runbook.py", {"chdir": str(tmp_path)}))
        clock += sources.EVERY
        assert not found.changed()
        for change in (
            lambda: data.write_text("stack = 1"),
            lambda: os.utime(tmp_path / "runbook.py", (1, 1)),
            lambda: (tmp_path / "group_data" / "all.py").write_text(""),
            lambda: inventory.unlink(),
        ):
            change()
            assert not found.changed()
            clock += sources.EVERY
            assert found.changed()
            clock += sources.EVERY
            assert not found.changed()


def test_a_report_tells_of_everybody_and_counts_nothing_twice(tmp_path: Path) -> None:
    found, told = a_watch(tmp_path, "a")
    found.hosts["a"].start(cast(Running, FakeRun(run("a"), look("a", 1))))
    assert found._turn(found.hosts["a"])
    found._tell("a")
    found._tell("")
    assert [(of, report.hosts[0].fresh) for report, of in told] == [("a", True), ("", False)]
    assert watch.BEAT < 300


def test_a_watched_part_has_the_hosts_that_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[Any] = []
    monkeypatch.setattr(cli, "Watch", lambda _, names, *__, **___: known.append(names) or Mock())
    inventory = tmp_path / "fleet.py"
    inventory.write_text('web = ["web-1", "web-2"]')
    ended = CliRunner().invoke(
        cli.main, ["watch", str(inventory), "runbooks/redis_recovery.py", "--shard", "1/2"]
    )
    assert ended.exit_code == 0, ended.output
    (names,) = known
    assert names() == ["web-2"]
    inventory.write_text('web = ["web-1", "web-2", "web-3", "web-4"]')
    assert names() == ["web-2", "web-3"]
    inventory.write_text('web = ["web-1"]')
    with pytest.raises(InventoryError, match="there is no host in shard 1/2 to watch"):
        names()
