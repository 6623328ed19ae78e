"""What docs/checks.md says is true: its checks can be declared, and its kinds are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import pyinfra_runbooks
from pyinfra_runbooks.core.kind import kinds
from pyinfra_runbooks.packs.checks.asking import PROBES
from pyinfra_runbooks.settings import Check

PAGE = (Path(__file__).parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^\| `(\w+Check\(.*?\))` \|", PAGE, re.MULTILINE)
KINDS = get_args(Check)


@pytest.mark.parametrize("call", CALLS)
def test_a_check_of_the_table_can_be_declared(call: str) -> None:
    names = {kind.__name__: kind for kind in KINDS}
    check = eval(call, {**names, "url": "http://web:8000/health"})  # noqa: S307 - the page's own
    assert isinstance(check, Check)
    assert check.name


def test_the_table_has_every_kind_and_each_has_a_script() -> None:
    shown = {call.partition("(")[0] for call in CALLS}
    assert shown == {kind.__name__ for kind in KINDS} <= set(pyinfra_runbooks.__all__)
    assert set(PROBES) == set(KINDS)


@pytest.mark.parametrize("kind", re.findall(r"findings\.md#([a-z-]+)", PAGE))
def test_a_finding_that_it_names_is_one(kind: str) -> None:
    assert kind in kinds()
