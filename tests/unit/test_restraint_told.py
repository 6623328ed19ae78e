"""A job learns from the journal what it is that keeps a finding from being repaired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import healthy, stack

from pyinfra_runbooks.disruption import Disruption
from pyinfra_runbooks.findings import Finding, Part, Refusal, Remedy, Restraint
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.restraint import Correction, Pause
from pyinfra_runbooks.rules.restraint import restrained
from pyinfra_runbooks.rules.telling import findings
from pyinfra_runbooks.settings import Stack

REMEDY = Remedy("attach it", Disruption.RESTART, None)
FOUND: Finding[Any] = Finding(Part.NETWORK, "wrong-network", "redis", "is off", "seen", REMEDY)
ALLOWED = replace(stack(), max_disruption=Disruption.RESTART)

CASES: dict[str, tuple[Look, Stack, Restraint | None]] = {
    "nothing": (healthy(), ALLOWED, None),
    "cap": (healthy(), replace(ALLOWED, max_disruption=Disruption.NONE), Restraint.CAP),
    "pause": (
        replace(healthy(), paused=Pause(2_000_000_000, "ops@desk", "moving")),
        ALLOWED,
        Restraint.PAUSE,
    ),
    "breaker": (
        replace(
            healthy(),
            corrections=tuple(
                Correction(healthy().at, (FOUND.headline(),))
                for _ in range(ALLOWED.breaker.corrections)
            ),
        ),
        replace(ALLOWED, unattended=True),
        Restraint.BREAKER,
    ),
}


@pytest.mark.parametrize(("look", "declared", "restraint"), CASES.values(), ids=CASES)
def test_a_restraint_is_named(look: Look, declared: Stack, restraint: Restraint | None) -> None:
    answer = restrained(FOUND, look, declared).answer
    assert (answer.restraint if isinstance(answer, Refusal) else None) is restraint
    (told,) = findings([restrained(FOUND, look, declared)])
    assert told.get("restraint") == (restraint.value if restraint else None)


def test_a_refusal_of_the_repair_itself_names_none() -> None:
    (told,) = findings([replace(FOUND, answer=Refusal("it can't be done", "do it"))])
    assert "restraint" not in told
