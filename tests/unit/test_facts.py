"""Facts: what they make of a host's answer, a data file for each case under ``facts/``."""

from __future__ import annotations

from typing import Any

import pytest
import samples
from cases import cases, holds, named, output, stack_of

from pyinfra_runbooks.engine.found import Found

CASES = [pytest.param(name, case, id=case["id"]) for name, case in cases("facts")]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_what_is_made_of_an_answer(name: str, case: dict[str, Any]) -> None:
    stack = stack_of(case)
    answer = samples.marked(output(case)) if "sample" in case else case["output"].splitlines()
    if name == "stack.StackLook":
        made = samples.understood(answer, stack)
    else:
        fact = named("facts", name)()
        fact.command(stack=stack, found=Found())
        made = fact.process(answer)
    assert holds(made, case["fact"]), made
