"""The pages and the picture that are made from the code are what `make generated` makes."""

from __future__ import annotations

import re
from dataclasses import fields
from html import unescape
from pathlib import Path

import click
import pytest

import pyinfra_runbooks
from docs.made import commands, picture, runbooks, settings
from pyinfra_runbooks.core.kind import kinds
from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.settings.model import Setting

DOCS = Path(__file__).parents[2] / "docs"
TRANSCRIPT = picture.TRANSCRIPT.read_text(encoding="utf-8")


RENDERED = {"commands": commands.render, "runbooks": runbooks.render, "settings": settings.render}


@pytest.mark.parametrize("page", RENDERED)
def test_a_page_is_what_the_code_makes(page: str) -> None:
    """Renewed by: make generated"""
    there = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    assert there == RENDERED[page]()


def test_every_setting_that_is_public_is_on_the_page() -> None:
    shown = {each.__name__ for classes in settings.GROUPS.values() for each in classes}
    public = {name for name in pyinfra_runbooks.__all__ if name[0].isupper()}
    assert public <= shown
    for classes in settings.GROUPS.values():
        for each in classes:
            if issubclass(each, Setting):
                names = {field.name for field in fields(each)} - {"found"}
                assert names == _rows(each.__name__), each.__name__


def _rows(name: str) -> set[str]:
    _, _, section = settings.render().partition(f"\n### {name}\n")
    return set(re.findall(r"^\| `(\w+)` \|", re.split(r"\n##", section)[0], re.MULTILINE))


def test_every_command_and_option_is_on_the_page() -> None:
    text = commands.render()
    for name, command in main.commands.items():
        section = re.split(r"\n## ", text.partition(f"\n## {name}\n")[2])[0]
        shown = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
        assert [o for p in shown for o in p.opts if o not in section] == []


def test_the_picture_is_of_the_transcript() -> None:
    """Renewed by: make generated; the transcript by: python -m lab.demo docs/repair.txt"""
    there = (DOCS / "repair.svg").read_text(encoding="utf-8")
    assert there == picture.render(TRANSCRIPT)
    lines = [unescape(line) for line in re.findall(r"<text [^>]*>(.*)</text>", there)]
    assert [line for line in lines if line.strip() != "..." and line not in TRANSCRIPT] == []
    assert max(map(len, lines)) <= picture.COLUMNS


def test_the_transcript_shows_findings_a_question_and_a_proof() -> None:
    shown = re.findall(r"\[([a-z-]+)\]$", TRANSCRIPT, re.MULTILINE)
    assert shown
    assert {*shown} <= {*kinds()}
    assert "[y/N]: y" in TRANSCRIPT
    assert "healthy, which is proved" in TRANSCRIPT


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", settings.render(), re.DOTALL))
def test_an_example_of_a_setting_runs(code: str) -> None:
    names = {name: getattr(pyinfra_runbooks, name) for name in pyinfra_runbooks.__all__}
    names |= {each.__name__: each for classes in settings.GROUPS.values() for each in classes}
    exec(code, names)  # noqa: S102 - the page's own code
