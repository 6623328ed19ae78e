"""Many hosts that are watched: who starts when, who may repair, and what makes all start again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock, patch

import pytest
from click.testing import CliRunner
from fakes import FakeRun
from journals import WRONG, look, run

from pyinfra_runbooks.jobs import cli, sources, watch
from pyinfra_runbooks.jobs.drift import Job
from pyinfra_runbooks.jobs.fleet import Fleet
from pyinfra_runbooks.jobs.hosts import HostReport, Status
from pyinfra_runbooks.jobs.inventory import Listing
from pyinfra_runbooks.jobs.limits import Limits
from pyinfra_runbooks.jobs.options import MisuseError
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.sources import Sources
from pyinfra_runbooks.jobs.watch import STARTING, Watch
from pyinfra_runbooks.jobs.watched import Watched


class AtOnce(Executor):
    """Runs what is submitted in this thread."""

    def submit(self, does: Any, /, *given: Any, **named: Any) -> Any:
        return does(*given, **named)


def a_watch(tmp_path: Path, *names: str, **settings: Any) -> tuple[Watch, list[tuple[Report, str]]]:
    reports: list[tuple[Report, str]] = []
    fleet = Fleet(
        Job("inventories/prod.py", "runbooks/redis_recovery.py"),
        publish=lambda report, of: reports.append((report, of)),
        reporter=AtOnce(),
        **settings,
    )
    found = Watch(fleet, lambda: Listing(names, ()), 180, replies=tmp_path)
    found._read()
    return found, reports


def started(found: Watch) -> list[str]:
    with patch.object(watch, "Running", lambda *_: FakeRun(goes_on=True)):
        found._start_some()
    return [host.name for host in found.fleet.hosts.values() if host.run]


# Who starts


def test_some_start_at_once_the_longest_due_first(tmp_path: Path) -> None:
    found, _ = a_watch(tmp_path, *"abcdef")
    now = time.monotonic()
    for number, host in enumerate(found.fleet.hosts.values()):
        host.not_before = now - number
    assert sorted(started(found)) == ["c", "d", "e", "f"]
    assert len(started(found)) == STARTING


def test_hosts_in_trouble_leave_room_for_the_others(tmp_path: Path) -> None:
    found, _ = a_watch(tmp_path, *"abcdefgh")
    for name in "abcdefg":
        found.fleet.hosts[name].failures, found.fleet.hosts[name].not_before = 5, -1000.0
    names = started(found)
    assert "h" in names
    assert len(names) == STARTING // 2


def test_a_run_that_cant_be_started_is_that_hosts_error(tmp_path: Path) -> None:
    found, reports = a_watch(tmp_path, "a")
    with patch.object(watch, "Running", side_effect=OSError(28, "No space left on device")):
        found._start_some()
    assert found.fleet.hosts["a"].last == HostReport(
        "a", error="no run could be started: No space left on device", fresh=False
    )
    assert found.fleet.hosts["a"].not_before > time.monotonic()
    assert reports[0][0].exit_code == 1


# Who may repair


def asks(host: Watched) -> None:
    name = host.name
    entries = [run(name), look(name, 1, WRONG), {"event": "asking", "host": name, "at": 2}]
    host.start(FakeRun(entries, goes_on=True).real)


def test_one_host_may_repair(tmp_path: Path) -> None:
    found, reports = a_watch(tmp_path, *"abc")
    asks(found.fleet.hosts["a"])
    found._turn(found.fleet.hosts["a"])
    assert found.fleet.hosts["a"].reply_file.read_text() == "yes"
    assert reports == []


def test_a_fleet_wide_finding_is_left_to_a_person(tmp_path: Path) -> None:
    found, reports = a_watch(tmp_path, *"abcd", limits=Limits(percent=50, hosts=2))
    for host in found.fleet.hosts.values():
        asks(host)
        found._turn(host)
    answers = [host.reply_file.read_text() for host in found.fleet.hosts.values()]
    assert answers == ["yes", "yes", "no", "no"]
    assert [of for _, of in reports] == ["c", "d"]
    assert found.fleet.halted.startswith("4 of 4 hosts show the same at once")
    report, _ = reports[-1]
    assert report.halted == found.fleet.halted
    assert {h.name: h.status for h in report.hosts}["d"] is Status.UNRESOLVED


# What makes all start again


def test_another_inventory_ends_the_runs_that_wait(tmp_path: Path) -> None:
    found, _ = a_watch(tmp_path, *"ab")
    for name, last in (("a", "listening"), ("b", "changing")):
        entries = [run(name), look(name, 1), {"event": last, "host": name, "at": 1}]
        found.fleet.hosts[name].start(FakeRun(entries, goes_on=True).real)
        found._turn(found.fleet.hosts[name])
    runs = {name: cast(FakeRun, host.run) for name, host in found.fleet.hosts.items()}
    found.listing = lambda: Listing(("b", "c"), ())
    found._read_again(Sources(()))
    assert {name: host.removed for name, host in found.fleet.hosts.items()} == {
        "a": True,
        "b": False,
        "c": False,
    }
    assert {name: run.over for name, run in runs.items()} == {"a": True, "b": False}  # At work.


def test_a_removed_host_is_forgotten_once_its_run_has_ended(tmp_path: Path) -> None:
    found, reports = a_watch(tmp_path, *"ab")
    for name in "ab":
        found.fleet.hosts[name].start(FakeRun([run(name), look(name, 1)], goes_on=True).real)
    found.listing = lambda: Listing(("b",), ())
    found._read_again(Sources(()))
    for turn in (["a", "b"], ["b"]):
        found._turn(found.fleet.hosts["a"])
        assert [*found.fleet.hosts] == turn
    found._turn(found.fleet.hosts["b"])
    ((report, of),) = reports
    assert (of, [host.name for host in report.hosts]) == ("b", ["b"])


def test_an_inventory_that_cant_be_read_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _ = a_watch(tmp_path, *"ab")

    def broken() -> Listing:
        raise MisuseError("inventories/prod.py: a bracket is missing")

    found.listing = broken
    found._read_again(Sources(()))
    assert [*found.fleet.hosts] == ["a", "b"]
    assert "a bracket is missing: the former inventory" in capsys.readouterr().err


def test_the_sources_of_a_job_are_looked_at_now_and_then(tmp_path: Path) -> None:
    inventory, data = tmp_path / "prod.py", tmp_path / "group_data" / "prod.py"
    data.parent.mkdir()
    for file in (inventory, data, tmp_path / "runbook.py"):
        file.write_text("")
    clock = time.monotonic()
    with patch.object(sources.time, "monotonic", lambda: clock):
        found = Sources((inventory, tmp_path / "runbook.py", data.parent))
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


def test_a_report_has_every_host_and_counts_nothing_twice(tmp_path: Path) -> None:
    found, reports = a_watch(tmp_path, "a")
    found.fleet.hosts["a"].start(FakeRun([run("a"), look("a", 1)], goes_on=True).real)
    found._turn(found.fleet.hosts["a"])
    found.fleet.report("")
    assert [(of, report.hosts[0].fresh) for report, of in reports] == [("a", True), ("", False)]
    assert watch.BEAT < 300


def test_a_watched_part_has_the_hosts_that_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[Any] = []
    monkeypatch.setattr(cli, "Watch", lambda _, read, *__: known.append(read) or Mock())
    inventory = tmp_path / "fleet.py"
    inventory.write_text('web = ["web-1", "web-2"]')
    ended = CliRunner().invoke(
        cli.main, ["watch", str(inventory), "runbooks/redis_recovery.py", "--shard", "1/2"]
    )
    assert ended.exit_code == 0, ended.output
    (read,) = known
    assert read().hosts == ("web-2",)
    assert inventory in read().sources
    inventory.write_text('web = ["web-1", "web-2", "web-3", "web-4"]')
    assert read().hosts == ("web-2", "web-3")
    inventory.write_text('web = ["web-1"]')
    with pytest.raises(MisuseError, match="there is no host in shard 1/2 to watch"):
        read()


def test_a_watch_from_its_start_to_its_end(tmp_path: Path) -> None:
    """Real runs, of unreachable hosts; the inventory changes meanwhile."""
    inventory, said = tmp_path / "fleet.py", tmp_path / "said"
    far = '{"ssh_hostname": "127.0.0.1", "ssh_port": 1}'
    inventory.write_text(f'web = [("web-1", {far}), ("web-2", {far})]')
    (tmp_path / "runbook.py").write_text("")
    command = [sys.executable, "-m", "pyinfra_runbooks", "watch", "fleet.py", "runbook.py"]

    def reported(name: str) -> None:
        until = time.monotonic() + 60
        while f"{name}: error: it could not be reached: Could not connect" not in said.read_text():
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.1)

    with (
        said.open("wb") as output,
        subprocess.Popen(
            [*command, "--state", "state"], cwd=tmp_path, stdout=output, stderr=output
        ) as process,
    ):
        try:
            reported("web-1")
            reported("web-2")
            inventory.write_text(f'web = [("web-3", {far})]')
            reported("web-3")
        finally:
            process.terminate()
        assert process.wait(60) == 0
    assert "Traceback" not in said.read_text()
