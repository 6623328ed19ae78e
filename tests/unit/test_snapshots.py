"""Every snapshot is compared by a test, and compares."""

from __future__ import annotations

from pathlib import Path

import pytest
from snapshots import DIRECTORY, snapshot

TESTS = "".join(
    path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")
)


def test_each_is_compared_by_a_test() -> None:
    names = {path.name for path in DIRECTORY.iterdir()}
    assert names
    assert {name for name in names if f'snapshot("{name}"' not in TESTS} == set()


def test_another_text_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("snapshots.DIRECTORY", tmp_path)
    monkeypatch.setenv("RENEW", "1")
    snapshot("a", "text\n")
    monkeypatch.delenv("RENEW")
    snapshot("a", "text\n")
    with pytest.raises(AssertionError, match="make snapshots"):
        snapshot("a", "another text\n")
