"""A job learns from the journal what it is that keeps a finding from being repaired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import healthy, stack

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding, to_json
from pyinfra_runbooks.core.resolution import Refusal, Remedy, Restraint
from pyinfra_runbooks.core.restraint import Correction, Pause
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.attachments import WRONG_NETWORK
from pyinfra_runbooks.engine.rules.policy import in_force
from pyinfra_runbooks.settings import Stack, run_policy

REMEDY = Remedy("attach it", Disruption.RESTART, None)
FOUND: Finding[Any] = WRONG_NETWORK.found("redis", "is off", "seen", REMEDY)
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
        ALLOWED,
        Restraint.BREAKER,
    ),
}


@pytest.mark.parametrize(("look", "declared", "restraint"), CASES.values(), ids=CASES)
def test_a_restraint_is_named(look: Look, declared: Stack, restraint: Restraint | None) -> None:
    policy = run_policy(declared, {"unattended": restraint is Restraint.BREAKER})
    judged = in_force(policy, look, declared).judge(FOUND)
    resolution = judged.resolution
    assert (resolution.restraint if isinstance(resolution, Refusal) else None) is restraint
    (shown,) = to_json([judged])
    assert shown["resolution"].get("restraint") == (restraint.value if restraint else None)


def test_a_refusal_of_the_repair_itself_names_none() -> None:
    (shown,) = to_json([replace(FOUND, resolution=Refusal("it can't be done", "do it"))])
    assert shown["resolution"]["restraint"] is None
