"""`runbooks explain`: what a kind of finding means, in words for the terminal."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from pyinfra_runbooks.core.kind import kinds
from pyinfra_runbooks.jobs.cli import main


def said(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["explain", *words])
    return done.exit_code, done.output


@pytest.mark.parametrize("word", ["wrong-network", "[wrong-network]"])
def test_it_says_all_that_is_registered_of_a_kind(word: str) -> None:
    code, text = said(word)
    kind = kinds()["wrong-network"]
    assert code == 0
    for words in (kind.title, kind.means, kind.known, kind.repair, kind.undo, *kind.explains):
        assert words in text
    assert "](#" not in text


def test_without_a_kind_it_lists_all() -> None:
    code, text = said()
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == sorted(kinds())


@pytest.mark.parametrize(
    ("word", "meant"), [("wrong-netwrk", "wrong-network"), ("?", "runbooks explain")]
)
def test_a_mistake_is_answered_with_what_may_be_meant(word: str, meant: str) -> None:
    code, text = said(word)
    assert code == 1
    assert repr(word) in text
    assert meant in text
