"""The report as JSON is what its schema says, and the schema says all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from journals import report
from jsonschema import Draft202012Validator
from poison import POISONS, poisoned

from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.jobs.hosts import Finding, Look, Place, Status, Step
from pyinfra_runbooks.jobs.report import VERSION, Report
from pyinfra_runbooks.jobs.reports import json as format_

SCHEMA = json.loads(Path(format_.__file__).with_name("report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
REPORTS = {
    "check": report("check"),
    "correct": report("correct"),
    "halted": report("correct", halted="too many hosts show the same"),
    "error": report("check", hosts=(), error="no such inventory"),
}


def told(of: Report) -> Any:
    return json.loads(format_.render(of))


def test_the_schema_itself_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", REPORTS)
def test_every_kind_of_report_is_as_the_schema_says(kind: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(told(REPORTS[kind]))] == []


@pytest.mark.parametrize("poison", POISONS)
def test_whatever_the_hosts_say(poison: str) -> None:
    text = format_.render(poisoned(poison))
    assert text.encode("utf-8")
    assert list(VALIDATOR.iter_errors(json.loads(text))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("exit_code",), 3),
        (("extra",), 1),
        (("hosts", 0, "status"), "fine"),
        (("hosts", 0, "extra"), 1),
        (("hosts", 0, "after", "at"), "noon"),
        (("hosts", 1, "before", "findings", 0, "answer"), "maybe"),
        (("hosts", 1, "before", "picture", 0, "networks"), ["shop_back"]),
        (("hosts", 1, "steps", 0, "seconds"), -1),
    ],
    ids=lambda value: str(value),
)
def test_another_document_is_refused(path: tuple[str | int, ...], value: object) -> None:
    document = told(REPORTS["correct"])
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    ("name", "kind"), [("look", Look), ("finding", Finding), ("place", Place), ("step", Step)]
)
def test_the_schema_has_what_the_code_has(name: str, kind: type[Any]) -> None:
    assert list(SCHEMA["$defs"][name]["properties"]) == [field.name for field in fields(kind)]


def test_the_schema_has_the_members_of_the_report_and_of_a_host() -> None:
    document = told(REPORTS["correct"])
    assert list(SCHEMA["properties"]) == list(document)
    assert list(SCHEMA["$defs"]["host"]["properties"]) == list(document["hosts"][0])
    assert SCHEMA["properties"]["version"]["const"] == VERSION


def test_the_schema_has_the_words_of_the_code() -> None:
    kinds = SCHEMA["$defs"]
    statuses = kinds["host"]["properties"]["status"]["enum"]
    assert statuses == [status.value for status in Status]
    for name in ("finding", "step"):
        disruptions = kinds[name]["properties"]["disruption"]["enum"]
        assert disruptions == ["", *(disruption.value for disruption in Disruption)]


def objects(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every schema of an object in it."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            yield schema
        for inner in schema.values():
            yield from objects(inner)


def test_every_member_is_described_and_required_and_there_is_no_other() -> None:
    found = list(objects(SCHEMA))
    assert len(found) == 6
    for schema in found:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
        assert all(member["description"] for member in schema["properties"].values())
