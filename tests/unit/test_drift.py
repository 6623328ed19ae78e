"""Check and correct: what they make of pyinfra's runs, those that end early included."""

from __future__ import annotations

import os
from io import StringIO
from signal import SIGTERM
from threading import Timer
from typing import Any

import pytest
from journals import REFUSED, START, WRONG, change, look, run

from pyinfra_runbooks.jobs import drift
from pyinfra_runbooks.jobs.drift import Job, explained
from pyinfra_runbooks.jobs.hosts import Status, of_journal, unreached
from pyinfra_runbooks.jobs.limits import Limits
from pyinfra_runbooks.jobs.progress import Progress
from pyinfra_runbooks.jobs.running import Run

PROOF = {"event": "proof", "host": "a", "at": START + 4, "findings": [], "api_healthy": True}


def ran(why: str = "", code: int = 1, entries: tuple[Any, ...] = ()) -> Run:
    """A run that ended for that reason, or without a word."""
    ended = {"event": "ended", "reason": why, "misused": False}
    return Run(code, (*entries, ended) if why else entries)


def unreachable(name: str, why: str = "Could not connect (refused)") -> dict[str, str]:
    return {"event": "unreachable", "host": name, "reason": why}


def test_the_last_words_of_a_run() -> None:
    assert ran("NameError: name 'x'").reason() == "NameError: name 'x'"
    assert ran(code=-9).reason() == "pyinfra ended with -9"


def job(*runs: Run) -> Job:
    """A job whose runs are these."""
    found = Job("inventories/prod.py", "runbooks/redis_recovery.py")
    left = [*runs]
    object.__setattr__(found, "run", lambda *_, **__: left.pop(0))
    return found


def test_hosts_that_were_not_connected_to_are_reported() -> None:
    result = drift.check(job(ran("No hosts remaining!", entries=(unreachable("a"),))))
    (only,) = result.hosts
    assert only.error == "it could not be reached: Could not connect (refused)"
    assert result.exit_code == 1


def test_an_error_of_the_runbook_is_none_of_the_hosts() -> None:
    result = drift.check(job(ran("NameError: name 'x'")))
    assert result.hosts == ()
    assert result.error == "NameError: name 'x'"
    assert result.exit_code == 1


def test_a_run_that_was_killed_is_an_error_whatever_its_journal_says() -> None:
    heard = (run("a"), look("a", 1, REFUSED))
    assert drift.check(job(ran(code=-9, entries=heard))).exit_code == 1
    assert drift.check(job(ran(code=0, entries=heard))).exit_code == 2


def test_a_host_without_a_proof_is_not_healthy() -> None:
    """Another host's refusal explains why the run failed, but not what became of this one."""
    looked = ran(code=0, entries=(run("a", "b"), look("a", 1, WRONG), look("b", 1, WRONG)))
    refused = {"event": "refusal", "host": "b", "at": START + 3, "reasons": ["because"]}
    entries = (
        run("a", "b"),
        look("a", 2, WRONG),
        change("a", 3),
        look("a", 4),
        look("b", 2, WRONG),
    )
    result = drift.correct(job(looked, ran("x", entries=(*entries, refused))), Limits())
    assert {h.name: h.status for h in result.hosts} == {"a": Status.ERROR, "b": Status.UNRESOLVED}
    assert result.exit_code == 1


DEPLOYED = look("a", 1, WRONG, deploying="docker compose up was started 3 s ago")


@pytest.mark.parametrize("after", [(), (WRONG,)], ids=["healthy", "drifted"])
def test_a_difference_during_a_deployment_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, after: tuple[dict[str, str], ...]
) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    again = ran(code=0, entries=(run("a"), look("a", 7, *after)))
    result = drift.check(job(looked, looked, again))
    status = Status.DRIFT if after else Status.HEALTHY
    assert {h.name: h.status for h in result.hosts} == {"a": status, "b": Status.HEALTHY}
    assert result.exit_code == (2 if after else 0)


def test_a_deployment_that_takes_long_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "STARTING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    result = drift.check(job(looked))
    left, healthy = result.hosts
    assert left.status is Status.UNRESOLVED
    assert left.held == "someone is deploying this stack: docker compose up was started 3 s ago"
    assert healthy.status is Status.HEALTHY
    assert result.exit_code == 2


def test_drift_that_remains_after_a_deployment_is_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    again = ran(code=0, entries=(run("a"), look("a", 7, WRONG)))
    repaired = ran(code=0, entries=(run("a"), look("a", 8, WRONG), change("a", 9), look("a", 10)))
    result = drift.correct(job(looked, again, repaired), Limits())
    assert {h.name: h.status for h in result.hosts} == {"a": Status.REPAIRED, "b": Status.HEALTHY}
    assert result.exit_code == 0


def test_a_repair_does_not_wait_for_another_hosts_deployment() -> None:
    """The run that repairs gives a deployment some seconds, and leaves that host alone then."""
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1, WRONG)))
    refused = {"event": "refusal", "host": "a", "at": START + 8, "reasons": ["someone deploys"]}
    repaired = (look("b", 2, WRONG), change("b", 3), {**PROOF, "host": "b"})
    entries = (run("a", "b"), DEPLOYED, *repaired, refused)
    result = drift.correct(job(looked, ran("x", entries=entries)), Limits())
    assert {h.name: h.status for h in result.hosts} == {
        "a": Status.UNRESOLVED,
        "b": Status.REPAIRED,
    }
    assert result.exit_code == 2


def test_an_error_of_the_first_look_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    looked = ran(entries=(unreachable("b"), run("a", hosts=("a", "b")), DEPLOYED))
    result = drift.check(job(looked, ran(code=0, entries=(run("a"), look("a", 7)))))
    assert {h.name: h.status for h in result.hosts} == {"a": Status.HEALTHY, "b": Status.ERROR}
    assert result.exit_code == 1
    assert result.error == ""


def test_a_look_that_fails_meanwhile_says_nothing_of_the_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    gone = ran("NameError: name 'x'", entries=(run("a"), look("a", 5, unknown="No such container")))
    result = drift.check(job(looked, gone, ran(code=0, entries=(run("a"), look("a", 7)))))
    assert {h.name: h.status for h in result.hosts} == {"a": Status.HEALTHY, "b": Status.HEALTHY}
    assert (result.exit_code, result.error) == (0, "")


def test_a_job_that_is_stopped_during_a_deployment_reports_what_it_saw() -> None:
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1, WRONG)))
    Timer(1.0, os.kill, (os.getpid(), SIGTERM)).start()
    result = drift.check(job(looked))
    assert result.error == "it was stopped"
    assert {h.name: h.status for h in result.hosts} == {"a": Status.UNRESOLVED, "b": Status.DRIFT}


def test_progress_shows_both_halves_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    looked = (run("a", "b"), look("a", 1, WRONG), look("b", 1))
    repaired = (run("a"), look("a", 2, WRONG), change("a", 3), PROOF)
    with Progress() as progress:
        for entry in (*looked, {"event": "correcting", "hosts": ["a"]}, *repaired):
            progress(entry)
    said = screen.getvalue().split("\r\x1b[K")
    assert "looked at 2 of 2 hosts" in said
    assert said[-3:] == ["finished 0 of 1 hosts", "finished 1 of 1 hosts", ""]


def test_a_job_that_is_stopped_reports_what_it_saw() -> None:
    heard = (run("a"), look("a", 1, WRONG))
    result = drift.correct(job(Run(0, heard, interrupted=True)), Limits())
    assert result.error == "it was stopped"
    assert [h.name for h in result.hosts] == ["a"]
    assert result.exit_code == 1


# A plan that has become another one


def test_a_host_is_begun_with_again_where_the_plan_became_another_one() -> None:
    again = {"event": "refusal", "host": "a", "at": START + 3, "reasons": ["more"], "again": True}
    looked = ran(code=0, entries=(run("a", "b"), look("a", 1, WRONG), look("b", 1, WRONG)))
    entries = (run("a", "b"), change("a", 2), look("a", 3, WRONG), again)
    other = (change("b", 2), look("b", 3), PROOF | {"host": "b"})
    first = ran("x", entries=(*entries, *other))
    second = ran(code=0, entries=(run("a"), change("a", 4), look("a", 5), PROOF))
    result = drift.correct(job(looked, first, second), Limits())
    assert {h.name: h.status for h in result.hosts} == dict.fromkeys("ab", Status.REPAIRED)
    (a,) = (host for host in result.hosts if host.name == "a")
    assert [step.kind for step in a.steps] == ["change", "change"]


def test_a_host_that_was_not_proved_before_is_an_error_all_the_same() -> None:
    again = {"event": "refusal", "host": "a", "at": START + 3, "reasons": ["more"], "again": True}
    looked = ran(code=0, entries=(run("a", "b"), look("a", 1, WRONG), look("b", 1, WRONG)))
    entries = (run("a", "b"), look("a", 3, WRONG), again, change("b", 2), look("b", 3))
    second = ran(code=0, entries=(run("a"), change("a", 4), look("a", 5), PROOF))
    result = drift.correct(job(looked, ran("KeyError: 1", entries=entries), second), Limits())
    assert {h.name: h.status for h in result.hosts} == {"a": Status.REPAIRED, "b": Status.ERROR}
    assert result.exit_code == 1


@pytest.mark.parametrize("finished", [True, False])
def test_a_runbook_that_proves_nothing_ends_with_what_is_finished(finished: bool) -> None:
    """One about networks alone, say. A host that is begun with again ends the run with 1."""
    again = {"event": "refusal", "host": "a", "at": START + 3, "reasons": ["more"], "again": True}
    looked = ran(code=0, entries=(run("a", "b"), look("a", 1, WRONG), look("b", 1, WRONG)))
    entries = (run("a", "b"), look("a", 3, WRONG), again, change("b", 2), look("b", 3))
    a, b = (({"event": "finished", "host": name, "at": START + 6},) * finished for name in "ab")
    second = (run("a"), change("a", 4), look("a", 5), *a)
    runs = (ran(entries=(*entries, *b)), ran(code=0, entries=second))
    shown = drift.correct(job(looked, *runs), Limits())
    status = Status.REPAIRED if finished else Status.ERROR
    assert {h.name: h.status for h in shown.hosts} == dict.fromkeys("ab", status)
    assert shown.exit_code == (0 if finished else 1)


def test_a_refusal_elsewhere_is_no_error_of_what_is_finished() -> None:
    looked = ran(code=0, entries=(run("a", "b"), look("a", 1, WRONG), look("b", 1, WRONG)))
    refused = {"event": "refusal", "host": "a", "at": START + 3, "reasons": ["because"]}
    repaired = (look("b", 2, WRONG), change("b", 3), look("b", 4))
    finished = {"event": "finished", "host": "b", "at": START + 5}
    entries = (run("a", "b"), look("a", 2, WRONG), refused, *repaired, finished)
    shown = drift.correct(job(looked, ran(entries=entries)), Limits())
    assert {h.name: h.status for h in shown.hosts} == {"a": Status.UNRESOLVED, "b": Status.REPAIRED}
    assert (shown.exit_code, shown.error) == (2, "")


def test_but_not_for_ever() -> None:
    again = {"event": "refusal", "host": "a", "at": START + 3, "reasons": ["more"], "again": True}
    looked = ran(code=0, entries=(run("a"), look("a", 1, WRONG)))
    runs = [ran("x", entries=(run("a"), look("a", 2, WRONG), again))] * (drift.AGAIN + 1)
    result = drift.correct(job(looked, *runs), Limits())
    assert [host.status for host in result.hosts] == [Status.UNRESOLVED]
    assert result.exit_code != 0


def test_a_key_that_nobody_has_seen_is_shown_by_ssh() -> None:
    reason = "SSH error (StrictPolicy: No host key for shop-1 found in known_hosts)"
    assert unreached("shop-1", reason).error.endswith(
        "known_hosts); ssh to it once, or runbooks init: both show the key, and ask"
    )


def test_a_run_that_stops_at_one_stack_has_ended_for_the_host() -> None:
    """The one that is not repaired is for a person; the run does not come to the last one."""
    about = [{"directory": f"/srv/{name}", "stack": name} for name in ("shop", "blog")]
    failed = {"event": "proof", "host": "one", "at": 3.0, "findings": [WRONG], "api_healthy": False}
    entries = [
        run("one"),
        *(look("one", 1, WRONG, **where) for where in about),
        {**failed, **about[0]},
    ]
    (host,) = of_journal(entries, corrected=True)
    assert host.ended
    assert explained(host, Run(1, tuple(entries))).status is Status.UNRESOLVED
    (broken_off,) = of_journal(entries[:-1], corrected=True)
    assert not broken_off.ended
