"""How the fault matrix sees and judges; no host is needed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from lab import matrix, matrix_record, observing, paths
from lab.console import LabError
from lab.faults.catalogue import FAULTS
from lab.faults.model import Outcome, Refused, Repaired, Unaffected
from lab.hosts import API, HOSTS, OTHERS, REDIS, Host
from lab.keyspace import Keys
from lab.rehearsal import Recovery, Rehearsal, judged, lost, reasons


def _run(code: int = 0, said: str = "", **more: Any) -> Recovery:
    return Recovery(code, tuple(said.splitlines()), more.pop("changes", ()), 1.0, **more)


REPAIR = _run(promise="restart", changes=("Run Redis",))
NOTHING = _run(said="ai_workflow_engine is healthy")
REFUSAL = _run(1, "1 finding; 1 of them need a person\nRefused: it is another project's")


def test_an_outage_is_the_sum_of_what_was_not_healthy() -> None:
    assert observing.outage("10.0 1\n10.5 0\n11.0 0\n12.5 1\n13.0 0\n13.25\n") == 2.25
    assert observing.outage("10.0\n") == 0


def test_differences_are_named() -> None:
    before, after = {"a": "1", "b": {"x": "2", "y": "2"}}, {"b": {"x": "3", "y": "2"}, "c": "4"}
    assert observing.changes(before, after) == {
        "a": ("1", None),
        "b x": ("2", "3"),
        "c": (None, "4"),
    }
    assert observing.changes(before, before) == {}


@pytest.mark.parametrize(
    ("after", "noticed"),
    [
        ({REDIS: ("r", "1"), API: ("a", "1")}, ("none", "")),
        ({REDIS: ("r", "2"), API: ("a", "1")}, ("restart", REDIS)),
        ({REDIS: ("r", "2"), API: ("b", "1")}, ("recreate", API)),
        ({API: ("a", "1")}, ("recreate", REDIS)),
    ],
)
def test_what_became_of_the_containers(
    after: dict[str, tuple[str, str]], noticed: tuple[str, str]
) -> None:
    before = {REDIS: ("r", "1"), API: ("a", "1")}
    assert observing.most_noticed(before, after) == noticed


@pytest.mark.parametrize(
    ("expected", "run", "problems"),
    [
        (Repaired("restart"), REPAIR, []),
        (Repaired("none"), REPAIR, ["promised restart, expected none"]),
        (Repaired("recreate"), REPAIR, ["promised restart, expected recreate"]),
        (Repaired("none"), NOTHING, ["was unaffected, expected a repair (none)"]),
        (Repaired("none"), _run(changes=("x",)), ["promised None, expected none"]),
        (Repaired("none"), REFUSAL, ["was refused, expected a repair (none)"]),
        (Refused("x"), REFUSAL, []),
        (Refused("x"), REPAIR, ["was repaired (restart), expected a refusal"]),
        (Unaffected(), NOTHING, []),
        (Unaffected(), REFUSAL, ["was refused, expected nothing"]),
    ],
)
def test_one_fault_has_just_the_outcome_that_is_written_down(
    expected: Outcome, run: Recovery, problems: list[str]
) -> None:
    assert judged(expected, run, single=True) == problems


def test_a_refusal_gives_its_reason_and_no_wrong_advice() -> None:
    refused = Refused("it is another project's", never="disconnect")
    assert reasons(refused, REFUSAL, REFUSAL) == []
    assert reasons(refused, REFUSAL, _run(1, "Refused")) == [f"does not say {refused.reason!r}"]
    advice = _run(1, f"{REFUSAL.said[-1]}: docker network disconnect")
    assert reasons(refused, REFUSAL, advice) == ["says 'disconnect'"]
    assert reasons(Refused("x", never=None), REFUSAL) == ["does not say 'x'"]


def test_a_set_may_disturb_less_than_its_members() -> None:
    assert judged(Repaired("recreate"), REPAIR, single=False) == []
    assert judged(Repaired("none"), REPAIR, single=False) != []


def test_other_keys_count_as_lost() -> None:
    assert lost(Keys(202, "a"), Keys(202, "a")) == 0
    assert lost(Keys(202, "a"), Keys(200, "b")) == 2
    assert lost(Keys(202, "a"), Keys(202, "b")) == 202


def _row(
    problems: tuple[str, ...] = (), *, name: str = "api-stuck", host: Host = HOSTS[0]
) -> matrix.Row:
    return matrix.row(
        Rehearsal(
            faults=(FAULTS[name],),
            host=host,
            expected=Repaired("none"),
            run=REPAIR,
            again=NOTHING,
            outage=2.54,
            noticed="restart",
            lost=0,
            problems=problems,
        )
    )


def test_a_row_of_the_table() -> None:
    others = [_row(name="api-hung", host=host) for host in (HOSTS[0], OTHERS[0])]
    text = matrix_record.text([_row(), *others], seed=4)
    assert "2 faults alone and 0 sets" in text
    assert "lab-redis7 (lab/redis:7.0), lab-x-docker20 (lab/valkey:8.1): 3 rehearsals" in text
    assert "| api-stuck | repaired (restart) | restart | 1.0 | 2.5 | not run |  |  |  | 0 |" in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_what_is_not_as_expected_is_said_first() -> None:
    text = matrix_record.text([_row(("promised restart, expected none",))], seed=4)
    assert "1 outcomes not as written down" in text
    assert "- api-stuck, lab-redis7: promised restart, expected none" in text


def test_rows_are_kept(tmp_path: Path) -> None:
    record = tmp_path / "matrix.jsonl"
    assert matrix_record.kept(record) == {}
    for row in (_row(("wrong",)), _row()):
        matrix_record.keep(row, record)
    assert matrix_record.kept(record) == {("api-stuck", "lab-redis7"): _row()}


def test_the_table_is_a_document_that_nobody_commits(tmp_path: Path) -> None:
    document = tmp_path / "matrix.md"
    document.write_text("of another day")
    matrix_record.write(document, [_row()], seed=4)
    assert document.read_text().startswith("# What came of the lab's faults\n\n1 faults alone")
    assert matrix.DOCUMENT.parent == paths.STATE
    assert ".lab" in (paths.SOURCE.parent / ".gitignore").read_text().splitlines()


def _asked(*arguments: str) -> list[tuple[str, ...]]:
    parser = argparse.ArgumentParser()
    matrix.options(parser)
    found = matrix.sets_of(parser.parse_args(arguments))
    return [tuple(fault.name for fault in faults) for faults in found]


def test_what_is_rehearsed() -> None:
    assert _asked("api-stuck", "wrong-network") == [("api-stuck", "wrong-network")]
    assert _asked("--singles") == [(name,) for name in FAULTS]
    assert len(_asked()) == len(FAULTS) + matrix.SETS
    assert len(_asked("--sets", "7")) == 7
    assert not any("incident" in names for names in _asked("--without", "incident"))


def test_what_can_not_be_combined_is_refused() -> None:
    with pytest.raises(LabError, match="can't be combined: both touch redis-networks"):
        _asked("missing-alias", "wrong-network")
