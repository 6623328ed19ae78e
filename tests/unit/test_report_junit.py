"""The report as JUnit XML: read by a parser of its own, and by a strict one."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import report
from junitparser import JUnitXml, TestCase, TestSuite
from poison import POISONS, poisoned
from snapshots import snapshot

from pyinfra_runbooks.jobs.reports import junit

WRONG = "redis: is not on shop_back [wrong-network]"


def suites(text: str) -> dict[str, TestSuite]:
    """The suites, by name."""
    return {suite.name: suite for suite in JUnitXml.fromstring(text.encode())}


def results(suite: TestSuite) -> dict[str, list[str]]:
    """The result of each case; none: it passed."""
    return {case.name: [type(r).__name__ for r in case.result] for case in suite}


SUITES = suites(junit.render(report()))


def test_each_host_is_a_suite_in_the_inventorys_order() -> None:
    assert list(SUITES) == ["calm", "healed", "refusing", "broken", "away", "odd<&>\"'"]
    assert all(case.classname == name for name, suite in SUITES.items() for case in suite)


def test_a_healthy_host_passes_and_what_is_waived_there_is_skipped() -> None:
    assert results(SUITES["calm"]) == {
        "is healthy": [],
        "api: is not on shop_back [extra-network]": ["Skipped"],
    }


def test_what_was_repaired_passes_and_says_what_was_done() -> None:
    assert set(map(tuple, results(SUITES["healed"]).values())) == {()}
    itself = next(iter(SUITES["healed"]))
    assert isinstance(itself, TestCase)
    assert itself.system_out


def test_the_sample() -> None:
    snapshot("report.xml", junit.render(report()))


def test_unresolved_drift_fails() -> None:
    assert list(results(SUITES["refusing"]).values()) == [["Failure"], ["Failure"]]
    (failure,) = next(iter(SUITES["refusing"])).result
    assert failure.type == "network-missing"


def test_a_host_that_could_not_be_looked_at_or_repaired_is_an_error() -> None:
    assert results(SUITES["away"]) == {"is healthy": ["Error"]}
    assert results(SUITES["broken"]) == {"is healthy": ["Error"], WRONG: ["Failure"]}


@pytest.mark.parametrize("command", ["check", "correct"])
def test_the_counts_are_those_of_the_cases(command: str) -> None:
    root = Xml.fromstring(junit.render(report(command)))  # noqa: S314 - our own text
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    assert root.get("failures") == str(len(root.findall(".//failure")))
    assert root.get("errors") == str(len(root.findall(".//error")))
    for suite in root:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("skipped") == str(len(suite.findall(".//skipped")))


def test_a_case_has_one_outcome_and_a_name_of_its_own() -> None:
    host = next(host for host in report("check").hosts if host.name == "broken")
    assert host.after
    look = replace(host.after, findings=host.after.findings * 2)
    twice = replace(host, before=look, after=look)
    (suite,) = suites(junit.render(report(hosts=(twice,)))).values()
    assert list(results(suite)) == [WRONG, f"{WRONG} (2)"]


@pytest.mark.parametrize("error", ["inventories/prod.py: no such file", ""])
def test_a_job_without_hosts_does_not_pass(error: str) -> None:
    (suite,) = suites(junit.render(report("check", hosts=(), error=error))).values()
    assert results(suite) == {"the job": ["Error"]}
    (case,) = suite
    assert case.result[0].message == (error or "there was no host")


@pytest.mark.parametrize("poison", POISONS)
def test_whatever_hosts_say_is_text(poison: str) -> None:
    text = junit.render(poisoned(poison))
    root = Xml.fromstring(text.encode())  # noqa: S314 - our own text
    tags = {element.tag for element in root.iter()}
    assert tags <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out")
    }
    assert len(root) == len(list(JUnitXml.fromstring(text.encode()))) == 6


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_read_again(text: str) -> None:
    root = Xml.fromstring(junit.render(poisoned(text)).encode())  # noqa: S314 - our own text
    assert len(root.findall(".//testcase")) == 11
