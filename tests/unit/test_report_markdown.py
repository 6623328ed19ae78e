"""The report as Markdown: what comes from elsewhere is text, to a parser of CommonMark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import report
from markdown_it import MarkdownIt
from markdown_it.token import Token
from poison import POISONS, poisoned
from snapshots import snapshot

from pyinfra_runbooks.jobs.reports import markdown
from pyinfra_runbooks.jobs.reports.words import one_line

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TEXTS = st.one_of(st.text(st.characters(codec=None)), st.text("`|\\ a\n<@*_[]()!-#>~"))


def tokens(text: str) -> Iterator[Token]:
    """What a reader sees, in order."""
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def spans(text: str) -> list[str]:
    """The code in it."""
    return [token.content for token in tokens(text) if token.type == "code_inline"]


def shape(text: str) -> list[str]:
    """What there is apart from texts."""
    return [token.type for token in tokens(text) if token.type != "text"]


def test_the_sample() -> None:
    snapshot("report.md", markdown.render(report()))


def test_intentional_and_corrective_change_differ() -> None:
    healed = next(host for host in report().hosts if host.name == "healed")
    meant = type(healed)(
        healed.name, healed.before, healed.after, healed.steps, intended=True, corrected=True
    )
    text = markdown.render(report(hosts=(meant,)))
    assert "- intentional change: the inventory or the compose file had changed" in text


def test_a_job_that_failed_or_was_halted_says_why() -> None:
    failed = markdown.render(report(hosts=(), error="no such inventory"))
    assert failed.startswith("**The job failed.**")
    assert "Error: `no such inventory`" in failed
    assert "Halted: `too many`" in markdown.render(report(halted="too many"))


def test_many_healthy_hosts_share_a_line() -> None:
    host = report().hosts[0]
    fleet = tuple(type(host)(f"web{n}", host.before, host.after) for n in range(1000))
    text = markdown.render(report(hosts=fleet))
    assert "`web19` and 980 more." in text
    assert len(text.splitlines()) < 10


@pytest.mark.parametrize("command", ["check", "correct"])
@pytest.mark.parametrize("poison", POISONS)
def test_poison_changes_nothing_but_the_texts(poison: str, command: str) -> None:
    sample = report(command, halted="halted")
    text = markdown.render(poisoned(poison, sample))
    assert shape(text) == shape(markdown.render(sample))
    assert one_line(f"shop-redis-1 is on shop_test{poison}") in spans(text)


@pytest.mark.parametrize("poison", POISONS)
def test_poison_stands_in_code_only(poison: str) -> None:
    """There neither GitHub nor GitLab looks for mentions, references and addresses."""
    sample = report(halted="halted")
    outside = [token.content for token in tokens(markdown.render(sample)) if token.type == "text"]
    now = tokens(markdown.render(poisoned(poison, sample)))
    assert [token.content for token in now if token.type == "text"] == outside


@given(TEXTS)
def test_a_code_span_is_the_text(text: str) -> None:
    expected = one_line(text) or "(nothing)"
    for line in (f"- a: {markdown.code(text)} b", f"## {markdown.code(text)}: b"):
        assert spans(line) == [expected]


@given(TEXTS)
def test_a_cell_is_the_text(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {markdown.cell(text)} | c |"
    assert spans(table) == [one_line(text) or "(nothing)"]
    assert shape(table).count("td_open") == 2
