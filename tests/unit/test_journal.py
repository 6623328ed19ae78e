"""What a run writes down for the job that started it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import FakeHost, FakeState
from pyinfra.api import Host

from pyinfra_runbooks.facts import journal
from pyinfra_runbooks.facts.journal import VARIABLE, note, wanted


@pytest.fixture
def host() -> Host:
    """One of three, of which one is not in the limit and one was not reached."""
    hosts = [FakeHost({}), FakeHost({}), FakeHost({})]
    state = FakeState(*hosts)
    for host, name in zip(hosts, "abc", strict=True):
        host.name, host.state = name, state
    state.activated_hosts, state.limit = {hosts[0]}, {*hosts[:2]}
    return hosts[0].real


def test_a_run_of_a_person_keeps_none(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert not wanted()
    note("look", host, findings=[])
    assert list(tmp_path.iterdir()) == []


def test_the_first_event_is_preceded_by_whom_the_run_is_about(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "journal"
    monkeypatch.setenv(VARIABLE, str(file))
    note("look", host, findings=[{"\N{SNOWMAN}\n": ("\x1b]0;x\x07\n[b] Error", 7, None)}, "\ud800"])
    note("refusal", host, reasons=["because"])
    run, look, refusal = map(json.loads, file.read_text().splitlines())
    assert (run["event"], run["hosts"], run["reached"]) == ("run", ["a", "b"], ["a"])
    assert (look["event"], look["host"], look["findings"]) == (
        "look",
        "a",
        [{"\N{SNOWMAN} ": ["\ufffd]0;x\ufffd [b] Error", 7, None]}, "\ufffd"],
    )
    assert refusal["reasons"] == ["because"]
    assert run["at"] <= look["at"] <= refusal["at"]


def test_a_journal_that_cant_be_written_ends_nothing(
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "no" / "journal"))
    said: list[str] = []
    monkeypatch.setattr(journal.logger, "warning", said.append)
    note("look", host)
    assert len(said) == 2
    assert "The journal can't be written" in said[0]
