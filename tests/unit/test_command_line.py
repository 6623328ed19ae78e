"""The command `runbooks` itself: its help, the inventory that is not named, completion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import journals
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from pyinfra_runbooks.jobs import cli, configured, drift
from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.jobs.drift import Job
from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.options import MisuseError, PyinfraOptions, split
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.running import Run

PROD = 'prod = ["web-1", ("web-2", {"ssh_port": 22})]\n_other = ["hidden"]\n'
LAB = 'lab = (\n    [("lab-1", {})],\n    {"ssh_user": "deploy"},\n)\nname = "x"\nbad = [*name]\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A team's repository, which the current directory is."""
    (tmp_path / "inventories").mkdir()
    (tmp_path / "inventories/prod.py").write_text(PROD)
    (tmp_path / "inventories/lab.py").write_text(LAB)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(configured.VARIABLE, raising=False)
    return tmp_path


def configure(directory: Path, text: str = 'inventory = "inventories/prod.py"') -> None:
    (directory / "pyproject.toml").write_text(f"[tool.pyinfra-runbooks]\n{text}\n")


@pytest.fixture
def jobs(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs that were begun; each finds one host healthy."""
    begun: list[Job] = []

    def check(job: Job) -> Report:
        begun.append(job)
        healthy = journals.look("web-1", 1, asked="2 services run")
        hosts = of_journal([journals.run("web-1"), healthy], corrected=False)
        return Report("check", job.inventory, job.runbook, 1, 2, "who", "1", tuple(hosts))

    monkeypatch.setattr(drift, "check", check)
    monkeypatch.setenv("STATE_DIRECTORY", str(project / "state"))
    return begun


def called(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


# The inventory that is not named


def test_a_command_without_an_inventory_takes_the_projects(project: Path, jobs: list[Job]) -> None:
    configure(project)
    assert called("check", "--limit", "web-1")[0] == 0
    assert jobs[0].inventory == "inventories/prod.py"
    assert [*jobs[0].pyinfra_options] == ["--limit", "web-1"]


def test_one_that_is_named_comes_first(project: Path, jobs: list[Job]) -> None:
    configure(project)
    called("check", "inventories/lab.py")
    assert jobs[0].inventory == "inventories/lab.py"


def test_the_environment_overrules_the_file(
    project: Path, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(project)
    monkeypatch.setenv(configured.VARIABLE, "inventories/lab.py")
    called("check")
    assert jobs[0].inventory == "inventories/lab.py"


def test_it_is_found_from_a_directory_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past a file of another project, which says nothing of it."""
    configure(project)
    below = project / "tools" / "x"
    below.mkdir(parents=True)
    (project / "tools/pyproject.toml").write_text("[tool.ruff]\n")
    monkeypatch.chdir(below)
    assert configured.inventory() == "../../inventories/prod.py"


def test_hosts_may_follow_an_inventory_that_is_not_named(project: Path) -> None:
    configure(project)
    assert split(["web-1"], "INVENTORY", "HOSTS") == (["inventories/prod.py", "web-1"], [])
    assert split(["x.py", "web-1"], "INVENTORY", "HOSTS") == (["x.py", "web-1"], [])


def test_where_none_is_named_anywhere_it_says_how(project: Path) -> None:
    assert called("check") == (
        1,
        "Error: INVENTORY is missing: name one, or set RUNBOOKS_INVENTORY, or inventory in"
        " [tool.pyinfra-runbooks] of pyproject.toml\n",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inventory = 5", 'expected inventory = "PATH", got int'),
        ("inventroy = 'x'", 'expected inventory = "PATH", got none'),
        ("inventory = ", "pyproject.toml: Invalid value"),
    ],
)
def test_a_mistake_in_the_file(text: str, said: str, project: Path) -> None:
    configure(project, text)
    code, output = called("validate")
    assert (code, said in output, "Traceback" in output) == (1, True, False), output


def test_a_file_of_another_user_is_not_obeyed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its inventory would run as this one."""
    configure(project)
    os.chown(project / "pyproject.toml", 12345, 12345) if os.getuid() == 0 else monkeypatch.setattr(
        os, "getuid", lambda: 12345
    )
    with pytest.raises(MisuseError, match=r"pyproject.toml belongs to another user: name the inv"):
        split([], "INVENTORY")


# Completion


def completed(*words: str) -> list[str]:
    *before, begun = words
    complete = ShellComplete(main, {}, "runbooks", "_RUNBOOKS_COMPLETE")
    return [item.value for item in complete.get_completions([*before], begun)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("va",), ["validate"]),
        (
            ("check", ""),
            ["inventories/lab.py", "inventories/prod.py", "lab-1", "web-1", "web-2"],
        ),
        (("check", "inventories/p"), ["inventories/prod.py"]),
        (("check", "web-"), ["web-1", "web-2"]),
        (("check", "inventories/prod.py", "net"), ["network"]),
        (("check", "inventories/prod.py", "network", ""), []),
        (("check", "inventories/prod.py", "--limit", ""), ["web-1", "web-2"]),
        (("pause", "inventories/prod.py", "web-1", "w"), ["web-2"]),
        (("resume", "inventories/lab.py", ""), ["lab-1"]),
        (("explain", "wrong-n"), ["wrong-network"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("validate", "elsewhere/"), ["elsewhere/"]),
    ],
)
def test_what_may_come_next(words: tuple[str, ...], found: list[str], project: Path) -> None:
    assert completed(*words) == found


def test_hosts_of_the_inventory_that_is_not_named(project: Path) -> None:
    configure(project, 'inventory = "inventories/lab.py"')
    assert completed("check", "--limit", "") == ["lab-1"]


def test_completion_runs_no_inventory(project: Path) -> None:
    (project / "inventories/prod.py").write_text(f"{PROD}open('ran', 'w')\nraise SystemExit\n")
    (project / "inventories/lab.py").write_text("not python")
    assert completed("check", "web-") == ["web-1", "web-2"]
    assert not (project / "ran").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_own(shell: str) -> None:
    code, output = called("completion", shell)
    assert code == 0
    assert f"_RUNBOOKS_COMPLETE={shell}_complete" in output


def test_bash_completes(project: Path) -> None:
    """By the script, and the command as it is installed."""
    programs = project / "bin"
    programs.mkdir()
    program = programs / "runbooks"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pyinfra_runbooks "$@"\n')
    program.chmod(0o755)
    asked = (
        'eval "$(runbooks completion bash)"; COMP_WORDS=(runbooks check web-); COMP_CWORD=2;'
        ' _runbooks_completion runbooks; echo "${COMPREPLY[*]}"'
    )
    done = subprocess.run(
        ["bash", "-c", asked],
        env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "web-1 web-2\n", done.stderr


# What is printed


def test_quiet_says_nothing_where_nothing_is_wrong(jobs: list[Job]) -> None:
    assert called("check", "inventories/prod.py", "-q") == (0, "")
    code, output = called("check", "inventories/prod.py", "-q", "--json")
    assert (code, output[:1]) == (0, "{")
    code, output = called("check", "inventories/prod.py", "-q", "-v")
    assert (code, "either --quiet or --verbose" in output) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--json", "a", "b", "c"),
        ("correct", "prod.py", "nosuch", "--json"),
        ("repair", "--json", "prod.py"),
        ("watch", "host@10.0.0.7", "--json"),
    ],
)
def test_json_is_never_empty(words: tuple[str, ...], project: Path) -> None:
    done = CliRunner().invoke(main, [*words])
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["job"], said["exit_code"], said["hosts"]) == (words[0], 1, [])
    assert said["error"]
    assert said["error"] in done.stderr


def test_nor_is_that_of_a_command_without_a_report(project: Path) -> None:
    done = CliRunner().invoke(main, ["history", "--json"])
    assert "INVENTORY" in json.loads(done.stdout)["error"]


@pytest.mark.parametrize("command", ["correct", "repair", "watch"])
@pytest.mark.parametrize(
    "data", [("--data", "max_disruption=recreate"), ("--data=max_disruption=x",)]
)
def test_data_does_not_lift_the_cap_of_the_same_command(
    command: str, data: tuple[str, ...], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "needs_terminal", lambda: None)
    code, output = called(command, "prod.py", "--max-disruption", "none", *data)
    assert code == 1
    assert "--max-disruption none and --data max_disruption=" in output


def test_the_history_of_hosts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def run(command: list[str], options: PyinfraOptions) -> Run:
        asked.append((*command, *(options.only or ())))
        made = [{"event": "history", "host": f"web-{n}", "entries": [MADE] * n} for n in (1, 0)]
        return Run(0, tuple(made))

    monkeypatch.setattr("pyinfra_runbooks.jobs.history.pyinfra", run)
    code, output = called("history", "inventories/prod.py", "-n", "5")
    assert (code, asked) == (
        0,
        [("-y", "inventories/prod.py", "pyinfra_runbooks.history.show", "lines=5")],
    )
    first, head, line, *rest = output.splitlines()
    assert (first, head.split()[0]) == ("web-1:", "TIME")
    assert line.startswith("2026-01-31 23:59  shop")
    assert rest[-1].startswith("nothing was changed")
    assert "ann@desk" in called("history", "inventories/prod.py", "-v")[1]
    _, output = called("history", "inventories/prod.py", "--json")
    assert json.loads(output) == {"web-1": [MADE], "web-0": []}


MADE = {
    "time": "2026-01-31T23:59:59Z",
    "stack": "/srv/shop",
    "who": "ann@desk",
    "findings": ["redis: is not on shop_back [wrong-network]"],
    "remedy": "attach shop-redis-1 to shop_back",
    "result": "ok",
    "seconds": 2,
}


def test_quiet_says_what_is_wrong(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(project / "state"))
    monkeypatch.setattr(drift, "check", lambda _: journals.report("check"))
    loud, quiet = called("check", "prod.py"), called("check", "prod.py", "-q")
    assert loud == quiet
    assert loud[0] == 1


def test_no_options_value_is_taken_for_an_inventory(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a command is refused, nobody knows yet which word is what."""
    words = ["check", "--json", "--ssh-password", "hunter2", "nowhere.py"]
    code, output = called(*words)
    assert code == 1
    assert "hunter2" not in output + "".join(capsys.readouterr())


def test_quiet_says_what_was_done(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(project / "state"))
    entries = [
        journals.run("web-1"),
        journals.look("web-1", 1, journals.WRONG),
        journals.change("web-1", 2),
        journals.look("web-1", 3),
        {"event": "proof", "host": "web-1", "at": 9, "findings": [], "api_healthy": True},
    ]
    hosts = tuple(of_journal(entries, corrected=True))
    monkeypatch.setattr(drift, "correct", lambda *_: replace(journals.report(), hosts=hosts))
    code, output = called("correct", "prod.py", "-q")
    assert (code, output.splitlines()[0]) == (0, "web-1: repaired")


def test_verbose_says_of_every_host_what_was_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(project / "state"))
    names = [f"web-{number}" for number in range(9)]
    looks = [journals.look(name, 1, asked=f"{name} was asked") for name in names]
    hosts = tuple(of_journal([journals.run(*names), *looks], corrected=False))
    monkeypatch.setattr(
        drift, "check", lambda job: Report("check", "p", "r", 1, 2, "who", "1", hosts)
    )
    _, short = called("check", "prod.py")
    _, long = called("check", "prod.py", "-v")
    assert "web-0 was asked" not in short
    assert [name for name in names if f"{name} was asked" not in long] == []
    assert long.splitlines()[-1] == short.splitlines()[-1]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_each_command_says_in_its_help_what_it_is_called_with(name: str) -> None:
    """In the list of commands, too, in a line that is not cut off."""
    command = main.commands[name]
    assert not command.get_short_help_str(60).endswith("...")
    code, output = called(name, "--help")
    assert code == 0
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    if arguments:
        assert f"runbooks {name}" in output
