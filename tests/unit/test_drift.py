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
from pyinfra_runbooks.jobs.drift import Job
from pyinfra_runbooks.jobs.hosts import Status
from pyinfra_runbooks.jobs.progress import Progress
from pyinfra_runbooks.jobs.restraint import Limits
from pyinfra_runbooks.jobs.running import Run

PROOF = {"event": "proof", "host": "a", "at": START + 4, "findings": []}


def ran(*printed: str, code: int = 1, entries: tuple[Any, ...] = ()) -> Run:
    return Run(code, entries, printed)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        (
            ["--> pyinfra error: no stack", "--> Disconnecting from hosts..."],
            "pyinfra error: no stack",
        ),
        (
            [
                "Traceback:",
                "NameError: name 'x'",
                "If this is unexpected please consider submitting",
            ],
            "NameError: name 'x'",
        ),
        (
            ["No host matches found for --limit pattern: nobody", "--> Disconnecting"],
            "No host matches found for --limit pattern: nobody",
        ),
        (["--> Loading config..."], "pyinfra ended with 1"),
        ([], "pyinfra ended with 1"),
    ],
)
def test_the_last_words_of_a_run(printed: list[str], reason: str) -> None:
    assert ran(*printed).last_words() == reason


def job(*runs: Run) -> Job:
    """A job whose runs are these."""
    found = Job("inventories/prod.py", "runbooks/redis_recovery.py")
    left = [*runs]
    object.__setattr__(found, "run", lambda *_, **__: left.pop(0))
    return found


def test_hosts_that_were_not_connected_to_are_told_of() -> None:
    told = drift.check(job(ran("    [a] Could not connect (refused)", "No hosts remaining!")))
    (only,) = told.hosts
    assert only.error == "it could not be reached: Could not connect (refused)"
    assert told.exit_code == 1


def test_an_error_of_the_runbook_is_none_of_the_hosts() -> None:
    told = drift.check(job(ran("    [a] Connected", "NameError: name 'x'")))
    assert told.hosts == ()
    assert told.error == "NameError: name 'x'"
    assert told.exit_code == 1


def test_a_run_that_was_killed_is_an_error_whatever_was_heard_before() -> None:
    heard = (run("a"), look("a", 1, REFUSED))
    assert drift.check(job(ran(code=-9, entries=heard))).exit_code == 1
    assert drift.check(job(ran(code=0, entries=heard))).exit_code == 2


def test_a_host_without_a_proof_is_not_well() -> None:
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
    told = drift.correct(job(looked, ran("x", entries=(*entries, refused))), Limits())
    assert {h.name: h.status for h in told.hosts} == {"a": Status.ERROR, "b": Status.LEFT}
    assert told.exit_code == 1


DEPLOYED = look("a", 1, WRONG, deploying="docker compose up was started 3 s ago")


@pytest.mark.parametrize("after", [(), (WRONG,)], ids=["well", "drifted"])
def test_what_differs_while_somebody_deploys_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, after: tuple[dict[str, str], ...]
) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    again = ran(code=0, entries=(run("a"), look("a", 7, *after)))
    told = drift.check(job(looked, looked, again))
    status = Status.DRIFT if after else Status.WELL
    assert {h.name: h.status for h in told.hosts} == {"a": status, "b": Status.WELL}
    assert told.exit_code == (2 if after else 0)


def test_a_deployment_that_takes_long_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "STARTING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    told = drift.check(job(looked))
    left, well = told.hosts
    assert left.status is Status.LEFT
    assert left.held == "someone is deploying this stack: docker compose up was started 3 s ago"
    assert well.status is Status.WELL
    assert told.exit_code == 2


def test_what_a_deployment_left_is_repaired_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    again = ran(code=0, entries=(run("a"), look("a", 7, WRONG)))
    repaired = ran(code=0, entries=(run("a"), look("a", 8, WRONG), change("a", 9), look("a", 10)))
    told = drift.correct(job(looked, again, repaired), Limits())
    assert {h.name: h.status for h in told.hosts} == {"a": Status.REPAIRED, "b": Status.WELL}
    assert told.exit_code == 0


def test_nobody_waits_for_a_repair_because_another_host_is_being_deployed() -> None:
    """The run that repairs gives a deployment some seconds, and leaves that host alone then."""
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1, WRONG)))
    refused = {"event": "refusal", "host": "a", "at": START + 8, "reasons": ["someone deploys"]}
    repaired = (look("b", 2, WRONG), change("b", 3), {**PROOF, "host": "b"})
    entries = (run("a", "b"), DEPLOYED, *repaired, refused)
    told = drift.correct(job(looked, ran("x", entries=entries)), Limits())
    assert {h.name: h.status for h in told.hosts} == {"a": Status.LEFT, "b": Status.REPAIRED}
    assert told.exit_code == 2


def test_an_error_of_the_first_look_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    down = "    [b] Could not connect (refused)"
    looked = ran(down, entries=(run("a", hosts=("a", "b")), DEPLOYED))
    told = drift.check(job(looked, ran(code=0, entries=(run("a"), look("a", 7)))))
    assert {h.name: h.status for h in told.hosts} == {"a": Status.WELL, "b": Status.ERROR}
    assert told.exit_code == 1
    assert told.error == ""


def test_a_look_that_fails_meanwhile_says_nothing_of_the_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drift, "DEPLOYING", 0)
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1)))
    gone = ran("NameError: name 'x'", entries=(run("a"), look("a", 5, unknown="No such container")))
    told = drift.check(job(looked, gone, ran(code=0, entries=(run("a"), look("a", 7)))))
    assert {h.name: h.status for h in told.hosts} == {"a": Status.WELL, "b": Status.WELL}
    assert (told.exit_code, told.error) == (0, "")


def test_a_job_that_is_told_to_end_while_somebody_deploys_says_what_it_saw() -> None:
    looked = ran(code=0, entries=(run("a", "b"), DEPLOYED, look("b", 1, WRONG)))
    Timer(1.0, os.kill, (os.getpid(), SIGTERM)).start()
    told = drift.check(job(looked))
    assert told.error == "it was stopped"
    assert {h.name: h.status for h in told.hosts} == {"a": Status.LEFT, "b": Status.DRIFT}


def test_progress_tells_of_both_halves_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert said[-3:] == ["done with 0 of 1 hosts", "done with 1 of 1 hosts", ""]


def test_a_job_that_is_told_to_end_says_what_it_saw() -> None:
    heard = (run("a"), look("a", 1, WRONG))
    told = drift.correct(job(Run(0, heard, (), interrupted=True)), Limits())
    assert told.error == "it was stopped"
    assert [h.name for h in told.hosts] == ["a"]
    assert told.exit_code == 1
