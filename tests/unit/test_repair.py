"""`runbooks repair`: what is shown before its question, what counts as a yes, and its progress."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from journals import REFUSED, START, UNHEALTHY, WRONG, change, finding, look, run
from snapshots import snapshot

from pyinfra_runbooks.jobs import drift
from pyinfra_runbooks.jobs.drift import Job
from pyinfra_runbooks.jobs.hosts import Status, of_journal
from pyinfra_runbooks.jobs.options import PyinfraOptions
from pyinfra_runbooks.jobs.repair import Conversation
from pyinfra_runbooks.jobs.reports.asking import plans, progress, question
from pyinfra_runbooks.jobs.running import Entry, Run, pyinfra

ATTACH = {"thing": "redis", "does": "attach shop-redis-1 to shop_back", "disruption": "none"}
AGAIN = {"thing": "api", "does": "restart it, if it does not recover", "disruption": "restart"}


def plan(*steps: dict[str, str], host: str = "web", later: tuple[Any, ...] = ()) -> Entry:
    """What a run says of its plan."""
    return {
        "event": "plan",
        "host": host,
        "directory": "/srv/shop",
        "at": START + 1,
        "steps": list(steps),
        "later": list(later),
    }


BROKEN = [run("web"), look("web", 1, WRONG, UNHEALTHY), plan(ATTACH, later=(AGAIN,))]


def shown(entries: list[Entry], **how: Any) -> str:
    return "\n".join(question(of_journal(entries, corrected=False), plans(entries), **how))


def test_the_cause_and_the_plan_stand_above_the_question() -> None:
    snapshot("repair.txt", f"{shown(BROKEN)}\n")


def test_all_of_it_fits_on_a_small_screen() -> None:
    long = finding("wrong-network", evidence="it is elsewhere, " * 40)
    symptoms = [{**UNHEALTHY, "subject": f"check {n}"} for n in range(30)]
    entries = [run("web"), look("web", 1, long, *symptoms), plan(ATTACH, later=(AGAIN,))]
    lines = shown(entries).splitlines()
    assert len(lines) < 23
    assert max(map(len, lines)) <= 80
    assert "+30 symptoms" in shown(entries)
    assert "+30" not in shown(entries, whole=True)
    assert shown(entries, whole=True).count("check ") == 30


def test_what_needs_a_person_says_what_to_do() -> None:
    lines = shown([run("web"), look("web", 1, WRONG, REFUSED), plan(ATTACH)])
    assert "can't: " in lines
    assert "do: docker network create it" in lines


def test_of_several_hosts_each_plan_says_whose_it_is() -> None:
    entries = [run("a", "b"), look("a", 1, WRONG), look("b", 1, WRONG)]
    lines = shown([*entries, plan(ATTACH, host="a"), plan(ATTACH, host="b")])
    assert "Plan for a, /srv/shop:" in lines
    assert "Plan for b, /srv/shop:" in lines


def test_text_of_a_host_stays_in_its_line() -> None:
    evil = finding("wrong-network", "redis\n[other] is healthy\x1b[2J")
    lines = shown([run("web"), look("web", 1, evil), plan({**ATTACH, "thing": "x\n\x1b[2J"})])
    assert "\x1b" not in lines
    assert not any(line.startswith("[other]") for line in lines.splitlines())


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"event": "changing", "things": ["redis"], "does": ["attach it"]}, "redis: attach it"),
        (change("web", 2), "done, 0.4 s"),
        (change("web", 2, done=False), "failed, 0.4 s"),
        ({"event": "waiting", "passed": 1, "of": 3, "failed": []}, "the checks pass: 1 of 3"),
        ({"event": "waiting", "passed": 0, "of": 3, "failed": ["api: 503"]}, "waiting: api: 503"),
        ({"event": "proof", "findings": []}, "healthy, which is proved"),
        ({"event": "proof", "findings": [WRONG]}, "not healthy"),
    ],
)
def test_each_stage_is_a_line(entry: Entry, said: str) -> None:
    line = progress({**entry, "host": "web"}, 1.25)
    assert line.startswith("   1.2 s  web  ")
    assert line.endswith(said)


def test_other_events_are_none() -> None:
    assert progress({"event": "look", "host": "web"}, 1) == ""


@pytest.mark.parametrize(
    ("typed", "yes"),
    [("y\n", True), ("yes\n", True), ("\n", False), ("n\n", False), ("", False), ("x\n", False)],
)
def test_only_yes_is_a_yes(
    typed: str, yes: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert Conversation().approves(BROKEN) is yes
    said = capsys.readouterr().out
    assert "Repair web?" in said
    assert ("Nothing was changed." in said) is not yes


def test_there_is_no_question_where_nothing_is_planned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert not Conversation().approves([run("web"), look("web", 1, REFUSED), plan()])
    assert capsys.readouterr().out == ""


def test_progress_is_shown_after_a_yes_and_each_line_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    talk, waits = Conversation(), {"event": "waiting", "host": "web", "passed": 0, "of": 3}
    talk({**waits, "failed": ["api: 503"]})
    talk.approves(BROKEN)
    for _ in range(3):
        talk({**waits, "failed": ["api: 503"]})
    assert capsys.readouterr().out.count("api: 503") == 1


# A run of pyinfra that asks

RUNBOOK = """
from pyinfra.operations import server
server.shell(name="Touch", commands=["touch {}"])
"""


@pytest.mark.parametrize("yes", [True, False])
def test_a_run_does_only_what_was_approved(yes: bool, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    (tmp_path / "touch.py").write_text(RUNBOOK.format(touched))
    asked: list[bool] = []

    def approves(entries: Any) -> bool:
        asked.append(touched.exists())
        return yes

    done = pyinfra(["@local", str(tmp_path / "touch.py")], PyinfraOptions(), approves=approves)
    assert done.code == 0, done.printed
    assert asked == [False]
    assert touched.exists() is yes


def repaired(yes: bool, *entries: Entry, code: int = 0) -> Any:
    """The report of a repair whose run says this, and asks after the plan."""
    job = Job("inventories/prod.py", "runbooks/redis_recovery.py")
    done = Run(code, (*BROKEN, {"event": "asks"}, *entries))

    def ask(approves: Any, *_: str) -> Run:
        approves(BROKEN)
        return done

    object.__setattr__(job, "ask", ask)
    return drift.repair(job, lambda _: yes)


def test_what_was_repaired_is_reported_as_a_job_does() -> None:
    proof = {"event": "proof", "host": "web", "at": START + 4, "findings": [], "api_healthy": True}
    report = repaired(True, change("web", 2), look("web", 3), proof)
    assert [host.status for host in report.hosts] == [Status.REPAIRED]
    assert (report.command, report.exit_code) == ("repair", 0)


def test_after_a_no_the_drift_is_still_there() -> None:
    report = repaired(False, {"event": "finished", "host": "web"})
    assert [host.status for host in report.hosts] == [Status.DRIFT]
    assert report.exit_code == 2
