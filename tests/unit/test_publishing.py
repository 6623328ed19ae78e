"""Publishing a report: reports, metrics, notifications, memory, and the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from journals import WRONG, change, look, report, run
from receivers import nobody

from pyinfra_runbooks.jobs import cli, drift, memory, outputs
from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.outputs import Outputs
from pyinfra_runbooks.jobs.publishing import publish
from pyinfra_runbooks.jobs.report import Report


def healthy(**other: Any) -> Report:
    return replace(report(**other), hosts=tuple(of_journal([run("a"), look("a", 1)], True)))


def repaired(declared: str) -> Report:
    entries = [
        run("a"),
        look("a", 1, WRONG, declared=declared),
        change("a", 2),
        look("a", 3, declared=declared),
    ]
    return replace(report(), hosts=tuple(of_journal(entries, True)))


def test_every_output_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = Outputs(
        reports=[tmp_path / "a.json", tmp_path / "b.json"],
        metrics=tmp_path / "a.prom",
        state=tmp_path / "state",
    )
    assert publish(report(), outputs) == 1
    assert json.loads((tmp_path / "a.json").read_text())["exit_code"] == 1
    assert (tmp_path / "b.json").exists()
    assert "pyinfra_runbooks_exit_code" in (tmp_path / "a.prom").read_text()
    printed = capsys.readouterr()
    assert printed.out.startswith("calm: healthy\n")
    assert printed.err == ""


def test_a_change_that_was_intended_is_reported_as_one(tmp_path: Path) -> None:
    outputs = Outputs(reports=[tmp_path / "a.json"], state=tmp_path / "state")
    changes = []
    for declared in ("one", "one", "two", "two"):
        assert publish(repaired(declared), outputs) == 0
        (host,) = json.loads((tmp_path / "a.json").read_text())["hosts"]
        changes.append(host["change"])
    assert changes == ["corrective", "corrective", "intentional", "corrective"]


@pytest.mark.parametrize("output", ["metrics", "reports"])
def test_what_can_not_be_written_is_an_error(
    tmp_path: Path, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gone" / ("a.prom" if output == "metrics" else "a.json")
    where: dict[str, Any] = {output: file if output == "metrics" else [file]}
    assert publish(healthy(), Outputs(state=tmp_path, **where)) == 1
    assert (
        capsys.readouterr().err == f"{file}: it could not be written: No such file or directory\n"
    )


def test_a_notifier_that_fails_changes_no_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "apprise.yml"
    file.write_text(f"json://127.0.0.1:{nobody()}\n")
    file.chmod(0o600)
    outputs = Outputs(notify=file, metrics=tmp_path / "a.prom", state=tmp_path)
    assert publish(repaired("one"), outputs) == 0
    assert capsys.readouterr().err == f"{file}: service 1 (json): it could not be reached\n"
    assert "notifications_failed{" in (text := (tmp_path / "a.prom").read_text())
    assert 'notifications_failed{command="correct",inventory="inventories/prod.py"} 1.0' in text
    kept, _ = memory.load(memory.place(tmp_path, "inventories/prod.py"))
    assert [alert.host for late in kept.alerts.values() for alert in late] == ["a"]


def test_a_damaged_memory_is_said_and_changes_no_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    memory.place(tmp_path, "inventories/prod.py").write_text("{")
    assert publish(healthy(), Outputs(state=tmp_path)) == 0
    assert "earlier notifications are not known" in capsys.readouterr().err
    assert publish(healthy(), Outputs(state=tmp_path)) == 0
    assert capsys.readouterr().err == ""


def test_a_state_directory_that_can_not_be_written_changes_no_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").touch()
    assert publish(healthy(), Outputs(state=tmp_path / "state")) == 0
    assert "what was sent" in capsys.readouterr().err


def test_memory_is_only_written_where_it_changed(tmp_path: Path) -> None:
    publish(healthy(), Outputs(state=tmp_path))
    before = memory.place(tmp_path, "inventories/prod.py").stat()
    publish(healthy(), Outputs(state=tmp_path))
    assert memory.place(tmp_path, "inventories/prod.py").stat().st_ino == before.st_ino


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Outputs]:
    """The outputs that a command line names; no host is looked at."""
    found: list[Outputs] = []

    def heard(_: Report, to: Outputs) -> int:
        found.append(to)
        return 0

    monkeypatch.setattr(cli, "publish", heard)
    monkeypatch.setattr(outputs, "unusable_for", lambda _: "")
    monkeypatch.setattr(drift, "check", lambda *_: healthy())
    monkeypatch.setattr(drift, "correct", lambda *_: healthy())
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("PYINFRA_RUNBOOKS_NOTIFY", raising=False)
    return found


def command(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli.main, [*arguments, "@local", "book.py"], env=environment)


@pytest.mark.parametrize("name", ["check", "correct"])
def test_the_options(name: str, asked: list[Outputs], tmp_path: Path) -> None:
    done = command(
        *(name, "--report", f"{tmp_path}/a.json", "--report", f"{tmp_path}/a.md"),
        *("--metrics", f"{tmp_path}/a.prom", "--notify", f"{tmp_path}/a.yml"),
        *("--state", f"{tmp_path}/s"),
    )
    assert done.exit_code == 0, done.output
    assert asked == [
        Outputs(
            reports=[tmp_path / "a.json", tmp_path / "a.md"],
            metrics=tmp_path / "a.prom",
            notify=tmp_path / "a.yml",
            state=tmp_path / "s",
        )
    ]


def test_json_is_printed_in_the_place_of_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = publish(report("check"), Outputs(json=True, state=tmp_path))
    said = json.loads(capsys.readouterr().out)
    assert said["exit_code"] == code == 1
    assert {
        (found["kind"], found["subject"])
        for host in said["hosts"]
        for stack in host["stacks"]
        for found in stack["causes"]
    } >= {("wrong-network", "redis"), ("network-missing", "shop_back")}


def test_the_option_for_json(asked: list[Outputs]) -> None:
    assert command("check", "--json").exit_code == 0
    assert asked[0].json


def test_their_defaults(asked: list[Outputs], tmp_path: Path) -> None:
    assert command("check").exit_code == 0
    assert asked == [Outputs(False, [], None, None, tmp_path / "state")]


def test_the_environment_can_name_the_file_for_notifications(asked: list[Outputs]) -> None:
    assert command("check", PYINFRA_RUNBOOKS_NOTIFY="/etc/runbooks/apprise.yml").exit_code == 0
    assert asked[0].notify == Path("/etc/runbooks/apprise.yml")


def test_a_file_that_notifies_nobody_is_found_before_a_host_is_looked_at(
    tmp_path: Path, asked: list[Outputs], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    done = command("check", "--notify", str(tmp_path / "missing.yml"))
    assert done.exit_code == 1
    assert "missing.yml: no notification is sent: No such file or directory" in done.output
    assert asked == []


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--metrics", "a.txt", "a.txt: expected a name that ends with .prom"),
        ("--metrics", "none/a.prom", "there is no directory"),
        ("--report", "a.pdf", "a.pdf: expected a name that ends with .json"),
        ("--remind", "4h", "name alertmanager://HOST:9093 in the file of --notify"),
    ],
)
def test_a_mistake_is_said_before_any_host_is_looked_at(
    asked: list[Outputs], option: str, value: str, expected: str
) -> None:
    done = command("check", option, value)
    assert done.exit_code == 1
    assert expected in " ".join(done.output.replace("│", " ").split())
    assert asked == []


def test_apprise_is_only_loaded_by_the_process_that_sends() -> None:
    code = "import sys, pyinfra_runbooks.jobs.cli; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
