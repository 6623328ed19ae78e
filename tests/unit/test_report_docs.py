"""What docs/reports.md shows is what comes out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from journals import report

from pyinfra_runbooks.jobs.hosts import Status
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.reports import FORMATS, json, junit, markdown, terminal
from pyinfra_runbooks.jobs.reports.words import State

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(text|markdown|xml|json)\n(.*?)```", TEXT, re.DOTALL)
RENDERED: dict[str, Callable[[Report], str]] = {
    "text": terminal.render,
    "markdown": markdown.render,
    "xml": junit.render,
    "json": json.render,
}


@pytest.mark.parametrize(("language", "example"), EXAMPLES)
def test_an_example_comes_out_of_the_sample(language: str, example: str) -> None:
    assert example in RENDERED[language](report())


def test_every_format_has_an_example() -> None:
    assert {language for language, _ in EXAMPLES} == set(RENDERED)
    assert "![" in TEXT


def test_every_ending_and_every_word_is_explained() -> None:
    assert all(f"| `{ending}` |" in TEXT for ending in FORMATS)
    assert all(f"| {status} |" in TEXT for status in Status)
    assert all(f"*{state}*" in TEXT.lower() for state in State)


def test_the_exit_codes_are_those_of_a_report() -> None:
    described = {int(code): text for code, text in re.findall(r"^\| (\d) \| (.*) \|$", TEXT, re.M)}
    hosts = {host.name: host for host in report().hosts}
    codes = [report(hosts=(hosts[name],)).exit_code for name in ("healed", "away", "refusing")]
    assert codes == list(described)
    assert report(hosts=()).exit_code == 1


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (PAGE.parent / target).exists()
