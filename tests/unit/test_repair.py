"""`runbooks repair`: what is shown before its question, what counts as a yes, and its progress."""

from __future__ import annotations

import io
import os
import pty
import signal
import threading
from pathlib import Path
from typing import Any

import click
import pytest
from journals import REFUSED, START, UNHEALTHY, WRONG, change, finding, look, run
from snapshots import snapshot

from pyinfra_runbooks.facts.journal import VARIABLE
from pyinfra_runbooks.jobs import drift, running
from pyinfra_runbooks.jobs.drift import Job
from pyinfra_runbooks.jobs.hosts import Status, of_journal
from pyinfra_runbooks.jobs.options import MisuseError, PyinfraOptions
from pyinfra_runbooks.jobs.proposal import others, plans, progress, question
from pyinfra_runbooks.jobs.repair import Conversation, _of_stage, needs_terminal
from pyinfra_runbooks.jobs.running import Entry, Run, pyinfra
from pyinfra_runbooks.jobs.screen import echo

ATTACH = {"thing": "redis", "does": "attach shop-redis-1 to shop_back", "disruption": "none"}
AGAIN = {"thing": "api", "does": "restart it, if it does not recover", "disruption": "restart"}


def asks(*steps: dict[str, str], host: str = "web", later: Any = (), besides: Any = ()) -> Entry:
    """A run's question: what it has planned for a stack, and what else."""
    about = {"host": host, "directory": "/srv/shop"}
    planned = {**about, "steps": list(steps), "later": list(later)}
    return {"event": "asks", "at": START + 1, "plans": [planned], "others": list(besides)}


BROKEN = [run("web"), look("web", 1, WRONG, UNHEALTHY), asks(ATTACH, later=(AGAIN,))]


def shown(entries: list[Entry], **how: Any) -> str:
    hosts = of_journal(entries, corrected=False)
    return "\n".join(question(hosts, plans(entries), others(entries), **how))


def test_the_cause_and_the_plan_stand_above_the_question() -> None:
    snapshot("repair.txt", f"{shown(BROKEN)}\n")


def test_all_of_it_fits_on_a_small_screen() -> None:
    long = finding("wrong-network", evidence="it is elsewhere, " * 40)
    symptoms = [{**UNHEALTHY, "subject": f"check {n}"} for n in range(30)]
    entries = [run("web"), look("web", 1, long, *symptoms), asks(ATTACH, later=(AGAIN,))]
    lines = shown(entries).splitlines()
    assert len(lines) < 23
    assert max(map(len, lines)) <= 80
    assert "+30 symptoms" in shown(entries)
    assert "+30" not in shown(entries, whole=True)
    assert shown(entries, whole=True).count("check ") == 30


def test_what_needs_a_person_says_what_to_do() -> None:
    lines = shown([run("web"), look("web", 1, WRONG, REFUSED), asks(ATTACH)])
    assert "can't: " in lines
    assert "do: docker network create it" in lines


def test_of_several_hosts_each_plan_says_whose_it_is() -> None:
    entries = [run("a", "b"), look("a", 1, WRONG), look("b", 1, WRONG)]
    lines = shown([*entries, asks(ATTACH, host="a"), asks(ATTACH, host="b")])
    assert "Plan for a, /srv/shop:" in lines
    assert "Plan for b, /srv/shop:" in lines


def test_what_else_a_runbook_does_is_shown_and_asked_for() -> None:
    lines = shown([run("web"), look("web", 1), asks(besides=["Put a file", "Reload\x1b[2J"])])
    assert lines.endswith("Also in the runbook, and not shown here: Put a file; Reload\ufffd[2J")


def test_text_of_a_host_stays_in_its_line() -> None:
    evil = finding("wrong-network", "redis\n[other] is healthy\x1b[2J")
    lines = shown([run("web"), look("web", 1, evil), asks({**ATTACH, "thing": "x\n\x1b[2J"})])
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
    line = progress({**entry, "host": "web"})
    assert line.startswith("web  ")
    assert line.endswith(said)


def test_other_events_are_none() -> None:
    assert progress({"event": "look", "host": "web"}) == ""


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


def test_what_failed_is_red_and_says_so() -> None:
    failed = change("web", 2, done=False)
    assert "\x1b[31m" in _of_stage(failed, progress(failed))
    proved = {"event": "proof", "host": "web", "findings": []}
    assert "\x1b[32m" in _of_stage(proved, "healthy, which is proved")
    done = change("web", 2)
    assert _of_stage(done, "done") == "done"


@pytest.mark.parametrize(("no_color", "coloured"), [("1", False), ("", True)])
def test_colour_is_for_a_terminal_that_wants_it(
    no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    echo(click.style("broken", fg="red"))
    assert ("\x1b[" in screen.getvalue()) is coloured
    monkeypatch.setattr("sys.stdout", plain := io.StringIO())
    echo(click.style("broken", fg="red"))
    assert plain.getvalue() == "broken\n"


def test_there_is_no_question_where_nothing_is_planned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert not Conversation().approves([run("web"), look("web", 1, REFUSED), asks()])
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
def test_a_run_does_only_what_was_approved(
    yes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = tmp_path / "touched"
    (tmp_path / "touch.py").write_text(RUNBOOK.format(touched))
    asked: list[bool] = []

    def approves(entries: Any) -> bool:
        asked.append(touched.exists())
        return yes

    monkeypatch.setenv("PYINFRA_YES", "1")  # A yes that nobody gave.
    done = pyinfra(["@local", str(tmp_path / "touch.py")], PyinfraOptions(), approves=approves)
    assert done.code == 0, done.printed
    assert asked == [False]
    assert touched.exists() is yes
    (question,) = (entry for entry in done.entries if entry["event"] == "asks")
    assert question["others"] == ["Touch"]


def test_what_can_not_be_asked_is_a_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full: the question does not come, and nothing waits for its answer."""
    touched = tmp_path / "touched"
    (tmp_path / "touch.py").write_text(RUNBOOK.format(touched))
    begun = running.Running

    def full(*given: Any, **how: Any) -> running.Running:
        return begun(*given, **how, environment={VARIABLE: "/dev/full"})

    monkeypatch.setattr(running, "Running", full)
    done = pyinfra(
        ["@local", str(tmp_path / "touch.py")], PyinfraOptions(), approves=lambda _: True
    )
    assert done.code == 0, done.printed
    assert not touched.exists()


def test_a_stop_while_the_question_stands_is_a_no(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    (tmp_path / "touch.py").write_text(RUNBOOK.format(touched))

    def stopped(_: Any) -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    done = pyinfra(["@local", str(tmp_path / "touch.py")], PyinfraOptions(), approves=stopped)
    assert done.interrupted
    assert not touched.exists()


def test_a_run_that_asks_nothing_has_nothing_to_read(tmp_path: Path) -> None:
    """What prompts there, such as for a key's passphrase, fails at once."""
    (tmp_path / "reads.py").write_text("input()")
    done = pyinfra(["-y", "@local", str(tmp_path / "reads.py")], PyinfraOptions())
    assert done.code == 1
    assert "EOFError" in done.reason()


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(MisuseError, match="for jobs: runbooks correct"):
        needs_terminal()


def test_a_yes_that_was_typed_before_the_question_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"y\n")
    with open(theirs) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        later = threading.Timer(0.5, os.write, (ours, b"n\n"))
        later.start()
        assert not Conversation().approves(BROKEN)
        later.join()
    os.close(ours)


def repaired(yes: bool, *entries: Entry, code: int = 0) -> Any:
    """The report of a repair whose run says this, and asks after the plan."""
    job = Job("inventories/prod.py", "runbooks/redis_recovery.py")
    done = Run(code, (*BROKEN, *entries))

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
