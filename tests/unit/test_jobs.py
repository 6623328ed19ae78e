"""What jobs make of a run's journal, and when they hold back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import journals
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from journals import REFUSED, START, UNHEALTHY, WRONG, change, finding, look, report, run

from pyinfra_runbooks.jobs import pausing
from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.jobs.hosts import HostReport, Status, of_journal
from pyinfra_runbooks.jobs.limits import Limits, halt_reason
from pyinfra_runbooks.jobs.report import Report, summary
from pyinfra_runbooks.jobs.report import change as intended

HEALTHY = look("a", 3)
PROOF = {"event": "proof", "host": "a", "at": START + 4, "findings": [], "api_healthy": True}


def host(*entries: dict[str, Any], corrected: bool = True) -> HostReport:
    (only,) = of_journal([run("a"), *entries], corrected)
    return only


# How a host stands


@pytest.mark.parametrize(
    ("entries", "corrected", "status"),
    [
        ([HEALTHY], False, Status.HEALTHY),
        ([HEALTHY], True, Status.HEALTHY),
        ([look("a", 1, journals.WAIVED)], True, Status.HEALTHY),
        ([look("a", 1, WRONG)], False, Status.DRIFT),
        ([look("a", 1, UNHEALTHY)], False, Status.DRIFT),
        ([look("a", 1, REFUSED)], True, Status.UNRESOLVED),
        ([look("a", 1, WRONG), change("a", 2), HEALTHY, PROOF], True, Status.REPAIRED),
        ([look("a", 1, WRONG), change("a", 2, done=False), HEALTHY], True, Status.HEALTHY),
        (
            [look("a", 1, WRONG), change("a", 2, done=False), look("a", 3, WRONG)],
            True,
            Status.ERROR,
        ),
        ([look("a", 1, WRONG), change("a", 2), look("a", 3, UNHEALTHY)], True, Status.UNRESOLVED),
        (
            [{"event": "look", "host": "a", "at": START, "unknown": "no Docker"}],
            False,
            Status.ERROR,
        ),
        ([], False, Status.ERROR),
    ],
)
def test_how_a_host_stands(entries: list[dict[str, Any]], corrected: bool, status: Status) -> None:
    assert host(*entries, corrected=corrected).status is status


def test_a_host_that_was_not_reached() -> None:
    hosts = of_journal([run("a", hosts=("a", "b")), HEALTHY], corrected=False)
    assert [(h.name, h.status) for h in hosts] == [("a", Status.HEALTHY), ("b", Status.ERROR)]


def test_an_empty_journal_has_no_hosts() -> None:
    assert of_journal([], corrected=False) == []


def test_the_proof_has_the_last_word_on_health() -> None:
    slow = host(look("a", 1, WRONG, UNHEALTHY), change("a", 2), look("a", 3, UNHEALTHY), PROOF)
    assert slow.status is Status.REPAIRED
    assert slow.after is not None
    assert slow.after.findings == ()
    assert slow.api_downtime == 3.0
    failing = host(HEALTHY, {**PROOF, "findings": [UNHEALTHY], "api_healthy": False})
    assert failing.status is Status.UNRESOLVED
    assert failing.after is not None
    assert failing.after.api_healthy is False


def test_the_downtime_of_an_api_that_still_fails_is_not_known() -> None:
    assert host(look("a", 1, UNHEALTHY), look("a", 3, UNHEALTHY)).api_downtime is None
    assert host(HEALTHY).api_downtime is None


# A job's outcome


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ("healthy", 0),
        ("healthy repaired", 0),
        ("healthy drift", 2),
        ("unresolved repaired", 2),
        ("error", 1),
        ("unresolved error healthy", 1),
        ("", 1),
    ],
)
def test_exit_codes(statuses: str, code: int) -> None:
    by_status = {
        "healthy": host(HEALTHY),
        "repaired": host(look("a", 1, WRONG), change("a", 2), HEALTHY),
        "drift": host(look("a", 1, WRONG), corrected=False),
        "unresolved": host(look("a", 1, REFUSED)),
        "error": host(),
    }
    job = report(hosts=tuple(by_status[word] for word in statuses.split()))
    assert [str(h.status) for h in job.hosts] == statuses.split()
    assert job.exit_code == code


def test_an_error_of_the_run_is_one_of_the_job() -> None:
    assert report(hosts=(host(HEALTHY),), error="the inventory can't be read").exit_code == 1


def test_the_sum_of_a_job() -> None:
    assert summary(report()) == "6 hosts: 1 healthy, 1 repaired, 2 unresolved, 2 error"
    assert summary(report(hosts=())) == "no host"


def test_what_was_seen_before_stays_beside_what_was_done() -> None:
    hosts = {h.name: h for h in report().hosts}
    assert {f.kind.id for f in hosts["healed"].findings} == {"wrong-network", "unhealthy"}
    assert [s.kind for s in hosts["healed"].steps] == ["change"]
    assert [s.kind for s in hosts["broken"].steps] == ["failure", "refusal"]
    assert intended(report().hosts[1]) == "corrective"


def test_what_could_not_be_seen_is_an_error() -> None:
    refusal = {"event": "refusal", "host": "a", "at": 2, "reasons": ["no answer"], "unknown": True}
    found = host(look("a", 1, WRONG), refusal)
    assert (found.status, found.error) == (Status.ERROR, "no answer")


# Many hosts, one cause


def showing(count: int, others: int, **other: Any) -> list[HostReport]:
    entries = [
        look(f"h{n}", 1, *([finding("open", **other)] * (n < count))) for n in range(count + others)
    ]
    return of_journal([run(*(f"h{n}" for n in range(count + others))), *entries], corrected=False)


@pytest.mark.parametrize(
    ("count", "others", "limits", "stops"),
    [
        (3, 2, Limits(), True),
        (3, 3, Limits(), False),
        (2, 0, Limits(), False),
        (2, 0, Limits(hosts=1), True),
        (100, 900, Limits(), False),
        (100, 900, Limits(percent=5), True),
        (1, 0, Limits(percent=0, hosts=0), True),
        (0, 5, Limits(percent=0, hosts=0), False),
    ],
)
def test_what_many_show_at_once_is_not_the_hosts_fault(
    count: int, others: int, limits: Limits, stops: bool
) -> None:
    reason = halt_reason(showing(count, others), limits)
    assert bool(reason) is stops
    if stops:
        assert f"{count} of {count + others} hosts show the same at once: redis [open]" in reason


def test_a_deployment_on_many_hosts_halts_nothing() -> None:
    rolling = showing(9, 0)
    deployed = [
        replace(host, after=replace(host.after, deploying="docker compose up was started 3 s ago"))
        for host in rolling
        if host.after
    ]
    assert halt_reason(rolling, Limits())
    assert halt_reason([*deployed, *showing(1, 0)], Limits()) == ""


@pytest.mark.parametrize("resolution", ["symptom", "refusal", "waiver", "note"])
def test_what_would_not_be_repaired_anyway_stops_nothing(resolution: str) -> None:
    assert halt_reason(showing(9, 0, resolution=resolution), Limits()) == ""


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "no/inventory.py", "runbooks/verify.py"], "there is no no/inventory.py"),
        (["check", "inventories/lab.py", "no/runbook.py"], "there is no no/runbook.py"),
        (["check", "inventories/lab.py", "--report", "x.pdf"], "expected a name that ends with"),
        (["check", "inventories/lab.py", "--report", "no/x.json"], "there is no directory"),
        (["correct", "inventories/lab.py", "--max-disruption", "some"], "'none', 'reconnect'"),
        (
            ["correct", "inventories/lab.py", "--max-affected-percent", "101"],
            "--max-affected-percent",
        ),
        (["pause", "inventories/lab.py", "a", "--reason", "r"], "either --until or --for"),
        (["pause", "i", "a", "--reason", "r", "--for", "5"], "a duration such as 30m"),
        (["pause", "i", "a", "--reason", "r", "--for", "91d"], "at most 90 days"),
        (["pause", "i", "a", "--reason", "r", "--until", "noon"], "a time such as"),
        (["pause", "i", "a", "--reason", "r", "--until", "2020-01-01"], "a time to come"),
        (["pause", "i", "a", "--reason", "a\nb", "--for", "1h"], "on one line"),
        (["pause", "i", "--reason", "r", "--for", "1h"], "HOSTS is missing"),
        (["pause", "i", "a", "--reason", "r", "--for", "1h", "--limit", "b"], "names, without it"),
        (["check"], "INVENTORY is missing"),
        (["check", "--limit", "a", "i"], "INVENTORY is missing, and comes before"),
        (["check", "i", "runbook", "other"], "unexpected other"),
    ],
)
def test_a_mistake_is_one_clear_line(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


@given(st.integers(1, 999_999), st.sampled_from("mhdw"))
def test_durations(number: int, unit: str) -> None:
    seconds = {"m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
    assert pausing.duration(f"{number}{unit}") == timedelta(seconds=number * seconds)


def test_a_report_is_what_its_hosts_are() -> None:
    assert isinstance(report("check"), Report)
    assert {str(h.status) for h in report("check").hosts} == {"healthy", "drift", "error"}
