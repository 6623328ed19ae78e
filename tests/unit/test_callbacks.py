"""pyinfra's command line as a job runs it: what passes through, and what it writes down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pyinfra_runbooks.jobs import running
from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.jobs.inventory import read
from pyinfra_runbooks.jobs.options import REFUSED, MisuseError, PyinfraOptions, split
from pyinfra_runbooks.jobs.running import Run, pyinfra

INVENTORY = """
web = [("web1", {"secret": "hush"}), "web2"]
db = ["db[1]", ("here", {"ssh_hostname": "127.0.0.1", "ssh_port": 1})]
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "fleet.py").write_text(INVENTORY)
    (tmp_path / "broken.py").write_text("web = [")
    (tmp_path / "runbook.py").write_text("")
    (tmp_path / "fails.py").write_text("undefined")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(inventory: str, runbook: str, *options: str, **of: Any) -> Run:
    return pyinfra(["-y", inventory, runbook, *options], PyinfraOptions(options, **of))


# What passes through


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ([], ("web1", "web2", "db[1]", "here")),
        (["--limit", "web"], ("web1", "web2")),
        (["--limit=w*", "--exclude", "web2"], ("web1",)),
        (["--limit", "nobody"], ()),
    ],
)
def test_pyinfra_says_which_hosts_are_meant(options: list[str], hosts: tuple[str, ...]) -> None:
    assert read("fleet.py", options).hosts == hosts


def test_it_says_which_files_say_so(place: Path) -> None:
    options = ["--chdir", str(place), "--group-data", "more", "--config", "other.py"]
    files = {
        str(path.relative_to(place)) for path in read("fleet.py", options, "runbook.py").sources
    }
    assert files == {"fleet.py", "other.py", "runbook.py", "group_data", "more"}


def test_a_listing_prints_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Run] = []
    result = running.Running.result

    def kept(*given: Any) -> Run:
        heard.append(result(*given))
        return heard[-1]

    monkeypatch.setattr(running.Running, "result", kept)
    read("fleet.py", [])
    assert "hush" not in json.dumps([heard[0].printed, heard[0].entries])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--limt", "web"], "No such option '--limt'"),
        (["--limit"], "requires an argument"),
        (["--parallel", "many"], "'many' is not a valid integer"),
        (["--sudo", "other.py"], "unexpected other.py"),
        (["--version"], "expected with pyinfra itself"),
        (["--no-wait"], "exits with 0 though hosts have failed"),
        (["--ssh-password", "hush"], "--ssh-password does not pass through"),
        (["-y"], "-y does not pass through"),
        (["--retry", "2"], "--retry does not pass through: a repair that failed"),
        (["--data", "unattended=false"], "--data unattended does not pass through"),
    ],
)
def test_what_does_not_pass_through_is_said_before_any_host_is_looked_at(
    options: list[str], said: str
) -> None:
    done = CliRunner().invoke(main, ["check", "fleet.py", "runbook.py", *options])
    assert done.exit_code == 1
    assert said in done.output
    assert "hush" not in done.output
    assert "Traceback" not in done.output


def test_what_is_refused_are_options_of_pyinfra() -> None:
    code = "from pyinfra_cli.cli import cli; print(*(p.name for p in cli.params))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert set(REFUSED) <= set(done.stdout.decode().split())


@pytest.mark.parametrize("command", ["check", "watch"])
@pytest.mark.parametrize("paths", [("no.py", "runbook.py"), ("fleet.py", "no.py")])
def test_what_is_not_there(command: str, paths: tuple[str, str]) -> None:
    done = CliRunner().invoke(main, [command, *paths])
    assert (done.exit_code, done.output) == (1, "Error: there is no no.py\n")


def test_an_inventory_that_cant_be_read() -> None:
    with pytest.raises(MisuseError, match="SyntaxError: '\\[' was never closed"):
        read("broken.py", [])


def test_arguments_come_before_options() -> None:
    words = ["fleet.py", "runbook.py", "--limit", "web", "x.py"]
    assert split(words, "INVENTORY") == (words[:2], words[2:])


# What is written down


def test_why_a_host_is_not_reached() -> None:
    done = run("fleet.py", "runbook.py", only=["here"])
    assert done.code == 1
    assert [*done.unreachable] == ["here"]
    assert done.unreachable["here"].startswith("Could not connect")
    assert done.reason() == "pyinfra error: No hosts remaining!"


def test_why_a_runbook_fails() -> None:
    done = run("@local", "fails.py")
    assert done.unreachable == {}
    assert done.reason() == "fails.py:1: NameError: name 'undefined' is not defined"
    assert done.code == 1


@pytest.mark.parametrize(
    ("options", "only"), [(["--limit", "nobody"], None), (["--limit", "web"], ["here"])]
)
def test_no_host_is_chosen(options: list[str], only: list[str] | None) -> None:
    done = run("fleet.py", "runbook.py", *options, only=only)
    assert (done.code, done.reason()) == (
        1,
        "pyinfra error: no host is left by --limit and --exclude",
    )


def test_a_name_that_looks_like_a_pattern_is_that_hosts_alone() -> None:
    assert [*run("fleet.py", "runbook.py", "--data", "ssh_port=1", only=["db[1]"]).unreachable] == [
        "db[1]"
    ]


def test_thousands_of_names_are_not_too_many(place: Path) -> None:
    names = [f"host-{n:05}.{'x' * 50}.example.com" for n in range(5000)]
    (place / "many.py").write_text(f"web = {names!r}")
    options = ["--data", "ssh_hostname=127.0.0.1", "--data", "ssh_port=1", "--limit", names[7]]
    done = run("many.py", "runbook.py", *options, only=names)
    assert [*done.unreachable] == [names[7]]


@pytest.mark.parametrize(
    ("runbook", "finished"),
    [
        ("server.shell(commands='true')", True),
        ("server.shell(commands='false')", False),
        ("server.shell(commands='true'); python.call(function=lambda: undefined)", False),
        ("server.shell(commands='true'); undefined", False),
    ],
)
def test_which_host_is_finished(place: Path, runbook: str, finished: bool) -> None:
    (place / "runbook.py").write_text(f"from pyinfra.operations import python, server\n{runbook}\n")
    done = run("@local", "runbook.py")
    ends = [entry["host"] for entry in done.entries if entry["event"] == "finished"]
    assert ends == ["@local"] * finished
    assert (done.code == 0) == finished
