"""What jobs make of a run's journal, and when they hold back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import journals
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from journals import REFUSED, START, UNHEALTHY, WRONG, change, finding, look, report, run
from pyinfra_cli.cli import cli as pyinfra

from pyinfra_runbooks.jobs import options, pausing
from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.jobs.hosts import HostReport, Status, of_journal
from pyinfra_runbooks.jobs.inventory import exactly, selected
from pyinfra_runbooks.jobs.report import Report, summary
from pyinfra_runbooks.jobs.restraint import Limits, common_mode

WELL = look("a", 3)
PROOF = {"event": "proof", "host": "a", "at": START + 4, "findings": []}


def host(*entries: dict[str, Any], corrected: bool = True) -> HostReport:
    (only,) = of_journal([run("a"), *entries], corrected)
    return only


# How a host stands


@pytest.mark.parametrize(
    ("entries", "corrected", "status"),
    [
        ([WELL], False, Status.WELL),
        ([WELL], True, Status.WELL),
        ([look("a", 1, journals.ACCEPTED)], True, Status.WELL),
        ([look("a", 1, WRONG)], False, Status.DRIFT),
        ([look("a", 1, UNHEALTHY)], False, Status.DRIFT),
        ([look("a", 1, REFUSED)], True, Status.LEFT),
        ([look("a", 1, WRONG), change("a", 2), WELL, PROOF], True, Status.REPAIRED),
        ([look("a", 1, WRONG), change("a", 2, done=False), WELL], True, Status.WELL),
        (
            [look("a", 1, WRONG), change("a", 2, done=False), look("a", 3, WRONG)],
            True,
            Status.ERROR,
        ),
        ([look("a", 1, WRONG), change("a", 2), look("a", 3, UNHEALTHY)], True, Status.LEFT),
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
    hosts = of_journal([run("a", hosts=("a", "b")), WELL], corrected=False)
    assert [(h.name, h.status) for h in hosts] == [("a", Status.WELL), ("b", Status.ERROR)]


def test_an_empty_journal_tells_of_nobody() -> None:
    assert of_journal([], corrected=False) == []


def test_the_proof_has_the_last_word_on_health() -> None:
    slow = host(look("a", 1, WRONG, UNHEALTHY), change("a", 2), look("a", 3, UNHEALTHY), PROOF)
    assert slow.status is Status.REPAIRED
    assert slow.after is not None
    assert slow.after.findings == ()
    assert slow.api_failed == 3.0
    failing = host(WELL, {**PROOF, "findings": [UNHEALTHY]})
    assert failing.status is Status.LEFT
    assert failing.after is not None
    assert failing.after.api_healthy is False


def test_nobody_knows_how_long_the_api_failed_that_fails_still() -> None:
    assert host(look("a", 1, UNHEALTHY), look("a", 3, UNHEALTHY)).api_failed is None
    assert host(WELL).api_failed is None


# A job's outcome


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ("well", 0),
        ("well repaired", 0),
        ("well drift", 2),
        ("left repaired", 2),
        ("error", 1),
        ("left error well", 1),
        ("", 1),
    ],
)
def test_exit_codes(statuses: str, code: int) -> None:
    by_status = {
        "well": host(WELL),
        "repaired": host(look("a", 1, WRONG), change("a", 2), WELL),
        "drift": host(look("a", 1, WRONG), corrected=False),
        "left": host(look("a", 1, REFUSED)),
        "error": host(),
    }
    told = report(hosts=tuple(by_status[word] for word in statuses.split()))
    assert [str(h.status) for h in told.hosts] == statuses.split()
    assert told.exit_code == code


def test_an_error_of_the_run_is_one_of_the_job() -> None:
    assert report(hosts=(host(WELL),), error="the inventory can't be read").exit_code == 1


def test_the_sum_of_a_job() -> None:
    assert summary(report()) == "6 hosts: 1 well, 1 repaired, 2 left, 2 error"
    assert summary(report(hosts=())) == "no host"


def test_what_was_seen_before_stays_beside_what_was_done() -> None:
    hosts = {h.name: h for h in report().hosts}
    assert {f.kind for f in hosts["healed"].findings} == {"wrong-network", "unhealthy"}
    assert [s.kind for s in hosts["healed"].steps] == ["change"]
    assert [s.kind for s in hosts["broken"].steps] == ["failure", "refusal"]
    assert report().to_json()["hosts"][1]["change"] == "corrective"


def test_what_could_not_be_seen_is_an_error() -> None:
    refusal = {"event": "refusal", "host": "a", "at": 2, "reasons": ["no answer"], "unknown": True}
    found = host(look("a", 1, WRONG), refusal)
    assert (found.status, found.error) == (Status.ERROR, "no answer")


@given(st.text(min_size=1), st.lists(st.text(min_size=1), max_size=3))
def test_an_exact_name_is_that_hosts_alone(name: str, others: list[str]) -> None:
    listed = [{"name": n, "groups": [name]} for n in {name, *others}]
    limit = exactly(name)
    if limit != name:  # But for a name that can't be a pattern, it is no group's name.
        assert selected(listed, [limit], []) == [name]


# Many hosts, one cause


def showing(count: int, well: int, **other: Any) -> list[HostReport]:
    entries = [
        look(f"h{n}", 1, *([finding("open", **other)] * (n < count))) for n in range(count + well)
    ]
    return of_journal([run(*(f"h{n}" for n in range(count + well))), *entries], corrected=False)


@pytest.mark.parametrize(
    ("count", "well", "limits", "stops"),
    [
        (3, 2, Limits(), True),
        (3, 3, Limits(), False),
        (2, 0, Limits(), False),
        (2, 0, Limits(hosts=1), True),
        (100, 900, Limits(), False),
        (100, 900, Limits(share=5), True),
        (1, 0, Limits(share=0, hosts=0), True),
        (0, 5, Limits(share=0, hosts=0), False),
    ],
)
def test_what_many_show_at_once_is_not_the_hosts_fault(
    count: int, well: int, limits: Limits, stops: bool
) -> None:
    reason = common_mode(showing(count, well), limits)
    assert bool(reason) is stops
    if stops:
        assert f"{count} of {count + well} hosts show the same at once: redis [open]" in reason


def test_what_somebody_deploys_on_many_hosts_stops_nothing() -> None:
    rolling = showing(9, 0)
    deployed = [
        replace(host, after=replace(host.after, deploying="docker compose up was started 3 s ago"))
        for host in rolling
        if host.after
    ]
    assert common_mode(rolling, Limits())
    assert common_mode([*deployed, *showing(1, 0)], Limits()) == ""


@pytest.mark.parametrize("answer", ["symptom", "refusal", "accepted", "note"])
def test_what_would_not_be_repaired_anyway_stops_nothing(answer: str) -> None:
    assert common_mode(showing(9, 0, answer=answer), Limits()) == ""


# pyinfra's options


def test_pyinfras_options_are_all_known() -> None:
    theirs = set(chain.from_iterable(p.opts for p in pyinfra.params if p.opts[0].startswith("-")))
    ours = {*options.MULTIPLE, *options.FLAGS, *options.NUMBERS, *options.VALUES}
    assert ours | set(options.NOT_PASSED) == theirs
    assert not ours & set(options.NOT_PASSED)
    by_name = {name: parameter for parameter in pyinfra.params for name in parameter.opts}
    for name in ours:
        parameter: Any = by_name[name]
        assert parameter.is_flag is (name in options.FLAGS), name
        assert parameter.multiple is (name in options.MULTIPLE), name


@pytest.mark.parametrize("command", ["check", "correct", "watch"])
def test_each_command_takes_them(command: str) -> None:
    helped = CliRunner().invoke(main, [command, "--help"]).output
    for name in (*options.MULTIPLE, *options.FLAGS, *options.NUMBERS, *options.VALUES):
        assert name in helped


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "no/inventory.py", "runbooks/verify.py"], "there is no no/inventory.py"),
        (["check", "inventories/lab.py", "no/runbook.py"], "there is no no/runbook.py"),
        (["check", "inventories/lab.py", "--report", "x.pdf"], "expected a name that ends with"),
        (["check", "inventories/lab.py", "--report", "no/x.json"], "there is no directory"),
        (["correct", "inventories/lab.py", "--max-disruption", "some"], "'none', 'reconnect'"),
        (["correct", "inventories/lab.py", "--common-share", "101"], "--common-share"),
        (["pause", "inventories/lab.py", "a", "--reason", "r"], "either --until or --for"),
        (["pause", "i", "a", "--reason", "r", "--for", "5"], "a duration such as 30m"),
        (["pause", "i", "a", "--reason", "r", "--for", "91d"], "at most 90 days"),
        (["pause", "i", "a", "--reason", "r", "--until", "noon"], "a time such as"),
        (["pause", "i", "a", "--reason", "r", "--until", "2020-01-01"], "a time to come"),
        (["pause", "i", "a", "--reason", "a\nb", "--for", "1h"], "on one line"),
        (["pause", "i", "--reason", "r", "--for", "1h"], "HOSTS"),
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
    assert pausing.lasting(f"{number}{unit}") == timedelta(seconds=number * seconds)


# Which hosts


LISTED = [
    {"name": "web1", "groups": ["web", "all"]},
    {"name": "web2", "groups": ["web"]},
    {"name": "db[1]", "groups": ["db"]},
]


@pytest.mark.parametrize(
    ("limit", "exclude", "names"),
    [
        ([], [], ["web1", "web2", "db[1]"]),
        (["web"], [], ["web1", "web2"]),
        (["web*"], ["web2"], ["web1"]),
        (["db[[]1]"], [], ["db[1]"]),
        ([], ["web"], ["db[1]"]),
        (["nobody"], [], []),
    ],
)
def test_hosts_are_chosen_as_pyinfra_does(
    limit: list[str], exclude: list[str], names: list[str]
) -> None:
    assert selected(LISTED, limit, exclude) == names


def test_a_report_is_what_its_hosts_are() -> None:
    assert isinstance(report("check"), Report)
    assert {str(h.status) for h in report("check").hosts} == {"well", "drift", "error"}
