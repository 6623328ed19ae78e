"""The units of a schedule: systemd takes them, and reads in them what was said."""

from __future__ import annotations

import re
import subprocess
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systemds import analyze, as_systemd_reads, words

from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.units import options
from pyinfra_runbooks.units.calendar import Every
from pyinfra_runbooks.units.escaping import word
from pyinfra_runbooks.units.options import Schedule
from pyinfra_runbooks.units.rendering import directory, unit_files
from pyinfra_runbooks.units.steps import Step, Unit, finishing, steps

INTERVALS = {
    **{f"{n}s": n for n in (10, 12, 15, 20, 30)},
    **{f"{n}m": n * 60 for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)},
    **{f"{n}h": n * 3600 for n in (1, 2, 3, 4, 6, 8, 12)},
    "1d": 86400,
    "1w": 604800,
    "60s": 60,
    "60m": 3600,
    "120m": 7200,
    "24h": 86400,
    "7d": 604800,
}
PRINTABLE = st.text(st.characters().filter(str.isprintable), max_size=20)


def schedule(**data: Any) -> Schedule:
    return Schedule.from_data({"inventory": "/srv/inventories/prod.py"} | data, "/bin/true")


def units(systemd: int = 252, **data: Any) -> dict[str, str]:
    return unit_files(schedule(**data), "deploy", systemd)


@pytest.mark.parametrize("every", INTERVALS)
def test_an_interval_is_as_long_as_it_says(every: str) -> None:
    assert Every.parse(every).seconds == INTERVALS[every]
    assert Every.parse(str(Every.parse(every))) == Every.parse(every)


def test_systemd_comes_as_often_as_was_said() -> None:
    for every, seconds in INTERVALS.items():
        shown = analyze("calendar", "--iterations=30", Every.parse(every).on_calendar)
        assert shown.returncode == 0, shown.stderr
        times = re.findall(r"(?:\(in UTC\)|elapse|#\d+): +\w+ ([-0-9]+ [0-9:]+) UTC", shown.stdout)
        when = sorted({datetime.fromisoformat(time) for time in times})
        gaps = {(b - a).total_seconds() for a, b in pairwise(when)}
        assert len(when) == 30
        assert gaps == {seconds}, every


@pytest.mark.parametrize(
    "every",
    ["5 parsecs", "5", 5, "", "m", "0m", "-5m", "5M", "7m", "90m", "5h", "2d", "2w", "9s", "5m\n"],
)
def test_an_interval_that_no_calendar_has_is_refused(every: object) -> None:
    with pytest.raises(SettingsError, match=r"^--data every: expected 10s to 30s that .*, got '"):
        schedule(every=every)


MISTAKES = {
    "no inventory": ({"inventory": None}, "inventory: is missing, expected an absolute path"),
    "a relative inventory": ({"inventory": "prod.py"}, "inventory: expected an absolute path, got"),
    "a line in a path": ({"inventory": "/srv/a\nb.py"}, "inventory: expected an absolute path"),
    "a backslash at a line's end": ({"inventory": "/srv\\/a.py"}, "inventory: expected a path in"),
    "a list": ({"runbook": ["/a.py"]}, r"runbook: expected a text, got \['/a.py'\]"),
    "a name with a quote": ({"name": "a'b"}, "name: expected at most 100 letters"),
    "a name with double quotes": ({"name": 'a"b'}, "name: expected at most 100 letters"),
    "a name with a space": ({"name": "a b"}, "name: expected at most 100 letters"),
    "a name with a specifier": ({"name": "a%n"}, "name: expected at most 100 letters"),
    "a name with a line": ({"name": "a\nb"}, "name: expected at most 100 letters"),
    "a name with a line's end": ({"name": "a\n"}, "name: expected at most 100 letters"),
    "a name that leads away": ({"name": "../a"}, "name: expected at most 100 letters"),
    "a name of a watching unit": ({"name": "a-watch"}, "name: expected .* no '-watch'"),
    "a user with a line": ({"user": "a\nb"}, "user: expected the name of a user"),
    "a disruption": ({"max_disruption": "some"}, "max_disruption: expected one of none, reconnect"),
    "neither true nor false": ({"watch": "yes"}, "watch: expected true or false, got 'yes'"),
    "quotes in a directory": (
        {"metrics": '/a"b/c.prom'},
        "metrics: expected a path without quotes",
    ),
    "a variable as command": ({"command": "/a/$b"}, r"command: expected a path without \$"),
    "a typing error": ({"evry": "5m"}, "evry: there is no such option, but there is every"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_error_that_names_the_option(case: str) -> None:
    data, message = MISTAKES[case]
    with pytest.raises(SettingsError, match=f"^--data {message}"):
        schedule(**data)


def test_what_takes_a_schedule_away_knows_typing_errors_and_what_true_is() -> None:
    assert options.present({})
    assert not options.present({"present": False})
    with pytest.raises(SettingsError, match="present: expected true or false, got 'no'"):
        options.present({"present": "no"})
    with pytest.raises(SettingsError, match="prsent: there is no such option"):
        options.present({"prsent": False})


def test_what_an_inventory_says_of_other_things_is_no_mistake() -> None:
    assert schedule(ssh_user="x", stack=object(), _sudo=True, name=2024).name == "2024"


@given(st.lists(PRINTABLE, max_size=30))
@settings(max_examples=20)
def test_systemd_reads_every_word_as_it_was(values: list[str]) -> None:
    line = " ".join(map(word, ["/bin/true", *values]))
    shown = as_systemd_reads(f"[Service]\nType=oneshot\nExecStart={line}\n")
    assert words(shown["Command Line"]) == ["/bin/true", *values]


@pytest.mark.parametrize(
    "place", ["/srv/a b", '/srv/"a"', "/srv/100%", "/srv/%n$HOME", "/srv/a\\b;#'c", "/srv/ü"]
)
def test_systemd_reads_a_whole_service_as_it_was_said(place: str) -> None:
    said = {"inventory": f"{place}/inventories/x.py", "notify": f"{place}/to whom.yml"}
    service = units(**said, runbook=f"{place}/r.py", max_disruption="none")[
        "pyinfra-runbooks.service"
    ]
    # A user's systemd knows no other users.
    shown = as_systemd_reads(service.replace("User=deploy\n", ""))
    command = words(shown["Command Line"])
    assert command[:3] == ["/bin/true", "correct", "--state"]
    assert command[3].endswith("/pyinfra-runbooks")
    assert command[4:] == [
        *("--max-disruption", "none", "--notify", said["notify"]),
        *(said["inventory"], f"{place}/r.py"),
    ]
    assert shown["WorkingDirectory"] == place


def test_only_what_is_to_be_written_may_be() -> None:
    shown = as_systemd_reads(
        units(metrics="/var/lib/node exporter/100%.d/a.prom")["pyinfra-runbooks.service"].replace(
            "User=deploy\n", ""
        )
    )
    assert shown["ReadWritePaths"] == "/var/lib/node exporter/100%.d"
    assert "ReadWritePaths" not in units()["pyinfra-runbooks.service"]


@pytest.mark.parametrize(
    ("inventory", "place"),
    [
        ("/srv/runbooks/inventories/prod.py", "/srv/runbooks"),
        ("/srv/prod.py", "/srv"),
        ("/inventories/prod.py", "/"),
        ("/prod.py", "/"),
    ],
)
def test_it_runs_where_a_person_would(inventory: str, place: str) -> None:
    assert directory(inventory) == place


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "every 30 seconds": {"every": "30s", "name": "shop.example_1"},
    "all": {
        "every": "1d",
        "metrics": "/var/lib/x y/a.prom",
        "notify": "/etc/100%/$notify.yml",
        "max_disruption": "recreate",
        "runbook": '/srv/"r".py',
    },
    "watching": {"watch": True},
    "watching, all": {"watch": True, "metrics": "/a/b", "notify": "/c", "max_disruption": "none"},
}


@pytest.mark.parametrize("case", CASES)
def test_systemd_finds_nothing_wrong_with_the_units(case: str, tmp_path: Path) -> None:
    written = units(**CASES[case])
    for name, content in written.items():
        (tmp_path / name).write_text(content.replace("User=deploy", "User=root"))
    shown = analyze("verify", "--man=no", *(str(tmp_path / name) for name in written))
    # It also reads this machine's other units.
    said = [line for line in shown.stderr.splitlines() if any(name in line for name in written)]
    assert (said, shown.returncode) == ([], 0)


@pytest.mark.parametrize("case", CASES)
def test_a_service_may_do_little(case: str, tmp_path: Path) -> None:
    for name, content in units(**CASES[case]).items():
        if name.endswith(".service"):
            (tmp_path / name).write_text(content)
            shown = analyze(
                "security", "--offline=true", "--threshold=30", "--no-pager", str(tmp_path / name)
            )
            assert shown.returncode == 0, shown.stdout + shown.stderr


def test_a_mistake_in_a_unit_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "x.service").write_text("[Service]\nType=oneshot\nExecStart=relative\n")
    assert analyze("verify", "--man=no", str(tmp_path / "x.service")).returncode != 0


def test_a_watching_unit_waits_longer_each_time_where_systemd_can() -> None:
    old, new = (
        units(version, watch=True)["pyinfra-runbooks-watch.service"] for version in (253, 254)
    )
    assert "RestartSec=30\n" in old
    assert "RestartSteps" not in old
    assert "RestartSteps=6\nRestartMaxDelaySec=5min\n" in new


def test_systemd_is_here_where_it_has_to_be() -> None:
    """The Makefile installs it; nothing here is skipped where it is missing."""
    subprocess.run(["/usr/bin/systemd-analyze", "--version"], check=True, capture_output=True)


STATES = {
    **dict.fromkeys(("dead", "failed"), (False, False)),
    **dict.fromkeys(("auto-restart", "auto-restart-queued", "exited"), (True, True)),
    **dict.fromkeys(
        ("start-pre", "start", "running", "stop-sigterm", "final-sigterm"), (True, False)
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_what_is_not_dead_is_stopped_and_a_round_at_work_is_not(state: str) -> None:
    watching, of_round = STATES[state]
    there = {"x-watch.service": Unit("", state), "x.service": Unit("", state)}
    stopped = [Step("stop", "x-watch.service")] * watching + [Step("stop", "x.service")] * of_round
    assert steps("x", there, {}) == stopped
    assert bool(finishing("x", there, {})) == (watching and not of_round)
    assert not finishing("x", there, {"x.service": "wanted"})
