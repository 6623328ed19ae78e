"""The report as JSON is what its schema says, and the schema says all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from journals import report
from jsonschema import Draft202012Validator
from poison import POISONS, poisoned

from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.reports import json as format_
from pyinfra_runbooks.jobs.reports import schema

FILE = Path(format_.__file__).with_name("report.schema.json")
SCHEMA = json.loads(FILE.read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
REPORTS = {
    "check": report("check"),
    "correct": report("correct"),
    "halted": report("correct", halted="too many hosts show the same"),
    "error": report("check", hosts=(), error="no such inventory"),
}


def parsed(of: Report) -> Any:
    return json.loads(format_.render(of))


def test_the_schema_itself_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", REPORTS)
def test_every_kind_of_report_is_as_the_schema_says(kind: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(parsed(REPORTS[kind]))] == []


@pytest.mark.parametrize("poison", POISONS)
def test_whatever_the_hosts_say(poison: str) -> None:
    text = format_.render(poisoned(poison))
    assert text.encode("utf-8")
    assert list(VALIDATOR.iter_errors(json.loads(text))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 1),
        (("exit_code",), 3),
        (("extra",), 1),
        (("hosts", 0, "status"), "fine"),
        (("hosts", 0, "extra"), 1),
        (("hosts", 0, "after", "at"), "noon"),
        (("hosts", 1, "before", "findings", 0, "resolution", "type"), "maybe"),
        (("hosts", 1, "before", "findings", 0, "resolution", "action"), "a"),
        (("hosts", 3, "stacks", 0, "causes", 0, "kind"), None),
        (("hosts", 1, "before", "picture", 0, "networks"), ["shop_back"]),
        (("hosts", 1, "steps", 0, "seconds"), -1),
    ],
    ids=lambda value: str(value),
)
def test_another_document_is_refused(path: tuple[str | int, ...], value: object) -> None:
    document = parsed(REPORTS["correct"])
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not VALIDATOR.is_valid(document)


def test_the_file_is_what_the_models_make() -> None:
    """Renewed by: python -m pyinfra_runbooks.jobs.reports.schema > FILE"""
    assert schema.render() == FILE.read_text(encoding="utf-8")


def test_causes_and_symptoms_are_listed_by_stack_with_kind_and_subject() -> None:
    document = parsed(REPORTS["correct"])
    stacks = {host["name"]: host["stacks"] for host in document["hosts"]}
    (refusing,) = stacks["refusing"]
    assert refusing["name"] == "shop"
    assert [(f["kind"], f["subject"]) for f in refusing["causes"]] == [
        ("network-missing", "shop_back")
    ]
    assert [(f["kind"], f["subject"]) for f in refusing["symptoms"]] == [("unhealthy", "health")]
    for name in ("healed", "calm"):
        (well,) = stacks[name]
        assert well["name"] == "shop"
        assert well["causes"] == well["symptoms"] == []
    assert stacks["away"] == []


def objects(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every schema of an object in it."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            yield schema
        for inner in schema.values():
            yield from objects(inner)


def test_every_member_is_described_and_required_and_there_is_no_other() -> None:
    found = list(objects(SCHEMA))
    assert len(found) == 13
    for one in found:
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])
        assert all(member["description"] for member in one["properties"].values())
