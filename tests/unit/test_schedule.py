"""A schedule through pyinfra's command line, on this machine: put there, changed, taken away.

systemd does not run where tests do. pyinfra runs for real, and finds a stand-in for systemctl that
enables with the real one below another root; see `systemds.put_systemctl`. The audit is below that
root, too.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from systemds import UNITS, put_systemctl

PROJECT = Path(__file__).parents[2]
PYINFRA = """\
import os
from pyinfra_runbooks.engine.shell import audit
audit.LOG = os.environ["ROOT"] + "/log/audit.log"
from pyinfra_cli.main import main
main()
"""


class Machine:
    """A machine below a directory, with an inventory and the command ``runbooks``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.units = root / UNITS
        self.environment = put_systemctl(root)
        self.inventory = root / "in ventories" / "prod.py"
        self.inventory.parent.mkdir()
        self.inventory.write_text('prod = ["example.com"]\n')
        self.command = root / "runbooks"
        self.command.write_text("#!/bin/sh\n")
        self.command.chmod(0o755)

    def run(self, *pyinfra: str, **data: str) -> subprocess.CompletedProcess[str]:
        given = {"units": str(self.units)} | data
        environment = os.environ | self.environment
        environment |= {"PYTHONPATH": str(PROJECT / "deploys"), "PYINFRA_PROGRESS": "off"}
        command = [sys.executable, "-c", PYINFRA]
        options = [word for key, value in given.items() for word in ("--data", f"{key}={value}")]
        return subprocess.run(
            [*command, *(pyinfra or ["-y"]), "@local", "runbooks/schedule.py", *options],
            cwd=PROJECT,
            env=environment,
            timeout=60,
            check=False,
            capture_output=True,
            text=True,
        )

    def put(self, *pyinfra: str, **data: str) -> str:
        """Puts a schedule there, and returns what was said."""
        known = {"inventory": str(self.inventory), "command": str(self.command)}
        return said(self.run(*pyinfra, **known | data))

    def remove(self, **data: str) -> str:
        return said(self.run(present="false", **data))

    def is_(self, unit: str, state: str) -> None:
        """How a unit is until it is stopped, as systemd says it."""
        (self.root / "is").mkdir(exist_ok=True)
        (self.root / "is" / unit).write_text(f"{state}\n")

    def answers(self, script: str) -> None:
        """What systemctl does first when it is asked how a unit is."""
        (self.root / "show").write_text(f"{script}\n")

    def calls(self) -> list[str]:
        """What was asked of systemd since the last time."""
        file = self.root / "calls"
        calls = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return calls

    def audit(self) -> list[dict[str, Any]]:
        """What the audit says."""
        file = self.root / "log" / "audit.log"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def files(self) -> set[str]:
        """All that is there of units, with what enables and what is started."""
        places = (self.units, self.root / "started")
        return {
            str(path.relative_to(self.root))
            for place in places
            for path in place.rglob("*")
            if not path.is_dir()
        }


def said(run: subprocess.CompletedProcess[str]) -> str:
    text = run.stdout + run.stderr
    assert run.returncode == 0, text
    return text


def changes(text: str) -> set[str]:
    """The operations that pyinfra says it made a change with."""
    results = text.partition("Starting operation")[2]
    names = re.split(r"--> Starting operation: |\A", results)
    return {part.splitlines()[0].strip() for part in names if "] Success" in part}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


PLACE = str(UNITS)
TIMER = {
    f"{PLACE}/pyinfra-runbooks.timer",
    f"{PLACE}/pyinfra-runbooks.service",
    f"{PLACE}/timers.target.wants/pyinfra-runbooks.timer",
    "started/pyinfra-runbooks.timer",
}
WATCH = {
    f"{PLACE}/pyinfra-runbooks-watch.service",
    f"{PLACE}/multi-user.target.wants/pyinfra-runbooks-watch.service",
    "started/pyinfra-runbooks-watch.service",
}


def test_a_timer_is_put_there_once_and_taken_away(machine: Machine) -> None:
    machine.put()
    assert machine.files() == TIMER
    assert machine.calls() == [
        "daemon-reload",
        "start pyinfra-runbooks.timer",
        "enable pyinfra-runbooks.timer",
    ]
    service = (machine.units / "pyinfra-runbooks.service").read_text()
    assert f'"{machine.inventory}"\n' in service
    assert f"User={getpass.getuser()}\n" in service
    assert (
        "OnCalendar=*-*-* *:00/5:00 UTC\n" in (machine.units / "pyinfra-runbooks.timer").read_text()
    )

    before = stamps(machine)
    assert no_change(machine.put())
    assert machine.calls() == []
    assert stamps(machine) == before

    machine.inventory.unlink()
    machine.remove()
    assert machine.files() == set()
    assert machine.calls() == [
        "stop pyinfra-runbooks.timer",
        "disable pyinfra-runbooks.timer",
        "daemon-reload",
    ]
    assert no_change(machine.remove())
    assert machine.calls() == []


def test_another_interval_starts_the_timer_again(machine: Machine) -> None:
    machine.put()
    machine.calls()
    machine.put(every="1h")
    assert machine.calls() == ["daemon-reload", "restart pyinfra-runbooks.timer"]
    started = (machine.root / "started" / "pyinfra-runbooks.timer").read_text()
    assert "OnCalendar=*-*-* 00/1:00:00 UTC\n" in started


def test_watching_takes_the_timers_place_and_the_other_way_round(machine: Machine) -> None:
    machine.put()
    machine.put(watch="true")
    assert machine.files() == WATCH
    assert no_change(machine.put(watch="true"))
    machine.put()
    assert machine.files() == TIMER


def test_several_inventories_have_a_schedule_each(machine: Machine) -> None:
    machine.put()
    machine.put(name="shop", every="1d")
    assert f"{PLACE}/shop.timer" in machine.files() > TIMER
    machine.remove(name="shop")
    assert machine.files() == TIMER


def test_each_change_is_in_the_audit_and_nothing_else_is(machine: Machine) -> None:
    machine.put()
    machine.put()
    machine.remove()
    made, gone = machine.audit()
    assert [made["result"], gone["result"]] == ["ok", "ok"]
    assert made["runbook"] == "runbooks/schedule.py"
    assert made["findings"] == [
        "schedule pyinfra-runbooks: write pyinfra-runbooks.timer, write pyinfra-runbooks.service,"
        " daemon-reload, start pyinfra-runbooks.timer, enable pyinfra-runbooks.timer"
    ]
    assert "remove pyinfra-runbooks.service" in gone["findings"][0]
    # It belongs to no stack, and repairs nothing: no stack's breaker counts it.
    assert ("stack" in made, made["remedy"]) == (False, "")


def test_what_fails_is_in_the_audit_with_the_reason(machine: Machine) -> None:
    systemctl = machine.root / "bin" / "systemctl"
    systemctl.write_text(systemctl.read_text().replace("enable | ", "enable) exit 5 ;;\n    "))
    known = {"inventory": str(machine.inventory), "command": str(machine.command)}
    run = machine.run(**known)
    assert run.returncode == 1
    assert "enable pyinfra-runbooks.timer failed" in run.stdout + run.stderr
    (entry,) = machine.audit()
    assert entry["result"] == "failed"
    assert "enable pyinfra-runbooks.timer failed" in entry["said"]


def test_what_systemd_does_not_do_is_no_success(machine: Machine) -> None:
    """It says that it started the timer, and it did not."""
    systemctl = machine.root / "bin" / "systemctl"
    systemctl.write_text(systemctl.read_text().replace("start | ", "start) ;;\n    "))
    known = {"inventory": str(machine.inventory), "command": str(machine.command)}
    run = machine.run(**known)
    assert run.returncode == 1
    said = "even after that the schedule needs: start pyinfra-runbooks.timer"
    assert f"Refused: {said}" in run.stdout + run.stderr
    assert [(entry["result"], entry["said"]) for entry in machine.audit()][1:] == [
        ("refused", said)
    ]


TIMED_OUT = "Failed to get properties: Connection timed out"
UNSAID = {
    "the bus fails": (f"echo '{TIMED_OUT}' >&2; exit 1", TIMED_OUT),
    "the bus fails after it was there": ("echo SubState=dead; echo UnitFileState=; exit 1", "dead"),
    "nothing": ("exit 0", "it says nothing"),
    "one half": ("echo SubState=dead; exit 0", "SubState=dead"),
    "the other half": ("echo UnitFileState=; exit 0", "UnitFileState="),
    "one half of the last unit": (
        "case $unit in *-watch*|*.timer) ;; *) echo SubState=dead; exit 0 ;; esac",
        "how pyinfra-runbooks.service is",
    ),
}


@pytest.mark.parametrize("case", UNSAID)
def test_where_systemd_does_not_say_how_a_unit_is_nothing_is_removed(
    machine: Machine, case: str
) -> None:
    script, words = UNSAID[case]
    machine.put(watch="true")
    machine.calls()
    machine.answers(script)
    run = machine.run(present="false")
    text = run.stdout + run.stderr
    assert run.returncode == 1
    assert "Refused: nothing was changed: systemd does not say how pyinfra-runbooks" in text
    assert words in text
    assert (machine.files(), machine.calls()) == (WATCH, [])
    assert [entry["result"] for entry in machine.audit()] == ["ok", "refused"]
    looked = machine.run("--dry", present="false")
    assert "nothing was changed: systemd does not say how" in looked.stdout + looked.stderr


def test_where_it_says_no_more_after_it_nothing_counts_as_removed(machine: Machine) -> None:
    machine.put(watch="true")
    machine.answers(f'[ -e "$UNITS/$unit" ] || {{ echo "{TIMED_OUT}" >&2; exit 1; }}')
    for unit in ("pyinfra-runbooks.timer", "pyinfra-runbooks.service"):
        (machine.units / unit).touch()  # Files of theirs that are removed, too.
    run = machine.run(present="false")
    assert run.returncode == 1
    said = "Refused: it can't be proved that this helped: systemd does not say how"
    assert said in run.stdout + run.stderr


@pytest.mark.parametrize("state", ["auto-restart", "start-pre"])
def test_a_watcher_that_is_not_dead_is_stopped(machine: Machine, state: str) -> None:
    machine.put(watch="true")
    machine.calls()
    machine.is_("pyinfra-runbooks-watch.service", state)
    text = machine.remove()
    assert "stop pyinfra-runbooks-watch.service" in machine.calls()
    assert "pyinfra-runbooks-watch.service (dead)" in text
    assert machine.files() == set()


def test_one_that_failed_needs_no_stop(machine: Machine) -> None:
    machine.put(watch="true")
    machine.calls()
    machine.is_("pyinfra-runbooks-watch.service", "failed")
    assert "pyinfra-runbooks-watch.service (failed)" in machine.remove()
    assert not [call for call in machine.calls() if call.startswith("stop")]


def test_a_rounds_unit_that_would_begin_another_is_stopped(machine: Machine) -> None:
    machine.put()
    machine.calls()
    machine.is_("pyinfra-runbooks.service", "auto-restart")
    text = machine.remove()
    assert "stop pyinfra-runbooks.service" in machine.calls()
    assert "pyinfra-runbooks.service (dead)" in text


def test_a_round_at_work_is_allowed_to_finish_and_that_is_said(machine: Machine) -> None:
    machine.put()
    machine.calls()
    machine.is_("pyinfra-runbooks.service", "start")
    at_work = "(start; a round is at work, and is allowed to finish)"
    text = machine.remove()
    assert f"pyinfra-runbooks.service {at_work}" in text
    assert "stop pyinfra-runbooks.service" not in machine.calls()
    assert machine.files() == set()
    again = machine.remove()
    assert f"pyinfra-runbooks.service {at_work}" in again
    assert no_change(again)


def test_what_is_still_there_after_a_removal_is_named(machine: Machine) -> None:
    machine.put(watch="true")
    machine.is_("pyinfra-runbooks-watch.service", "auto-restart")
    (machine.root / "stays").touch()
    run = machine.run(present="false")
    text = run.stdout + run.stderr
    assert run.returncode == 1
    assert (
        "Refused: even after that the schedule needs: stop pyinfra-runbooks-watch.service" in text
    )
    assert "still there: pyinfra-runbooks-watch.service (auto-restart)" in text


def test_a_watcher_that_does_not_stay_up_is_no_success(machine: Machine) -> None:
    """systemd starts it again and again: that is neither stopped nor started."""
    machine.is_("pyinfra-runbooks-watch.service", "auto-restart")
    known = {"inventory": str(machine.inventory), "command": str(machine.command)}
    run = machine.run(watch="true", **known)
    assert run.returncode == 1
    assert "needs: start pyinfra-runbooks-watch.service" in run.stdout + run.stderr


def test_a_look_changes_nothing_and_says_what_would_be_done(machine: Machine) -> None:
    text = machine.put("--dry")
    assert "schedule pyinfra-runbooks: write pyinfra-runbooks.timer, write " in text
    assert machine.files() == set()
    assert machine.calls() == []
    assert machine.audit() == []


MISTAKES: Mapping[str, tuple[dict[str, str], str]] = {
    "an interval": ({"every": "5 parsecs"}, "every: expected 10s to 30s that divide a minute"),
    "an inventory that is not there": ({"inventory": "/no/in.py"}, "inventory: there is no file"),
    "a directory": ({"inventory": "/etc"}, "inventory: there is no file /etc"),
    "a name with a line": ({"name": "a\nb"}, "name: expected at most 100 letters"),
    "a command": ({"command": "/dev/null"}, "command: there is no program /dev/null"),
    "a directory of metrics": ({"metrics": "/no/a.prom"}, "metrics: there is no directory /no"),
    "a user": ({"user": "nobody-of-that-name"}, "user: there is no user nobody-of-that-name"),
    "a typing error": (
        {"prsent": "false"},
        "prsent: there is no such option, but there is present",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_error_and_nothing_is_changed(machine: Machine, case: str) -> None:
    data, message = MISTAKES[case]
    known = {"inventory": str(machine.inventory), "command": str(machine.command)}
    run = machine.run(**known | data)
    text = run.stdout + run.stderr
    assert run.returncode == 1
    assert f"pyinfra error: --data {message}" in text
    assert text.count("--data ") == 1
    assert "Traceback" not in text
    assert machine.files() == set()
    assert machine.calls() == []


def test_an_inventory_has_to_be_named(machine: Machine) -> None:
    run = machine.run()
    assert run.returncode == 1
    assert "--data inventory: is missing, expected an absolute path" in run.stdout + run.stderr


def test_where_systemd_does_not_run_that_is_said(machine: Machine) -> None:
    (machine.root / "bin" / "systemctl").write_text("#!/bin/sh\nexit 1\n")
    known = {"inventory": str(machine.inventory), "command": str(machine.command)}
    run = machine.run(**known)
    assert run.returncode == 1
    assert "systemd does not run here; docs/scheduling.md has other ways" in run.stdout + run.stderr
    assert machine.files() == set()


def stamps(machine: Machine) -> dict[str, int]:
    return {file: (machine.root / file).lstat().st_mtime_ns for file in machine.files()}


def no_change(text: str) -> bool:
    return "No changes" in text and changes(text) == set()
