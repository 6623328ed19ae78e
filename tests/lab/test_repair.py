"""`runbooks repair`: a person sees the cause and the plan, and only a yes changes anything."""

from __future__ import annotations

import pytest
import seen

from lab.faults.catalogue import break_host
from lab.hosts import HOSTS
from lab.runs import INVENTORY, repaired

REDIS7, REDIS8 = HOSTS

pytestmark = pytest.mark.usefixtures("nothing_reported_before")


def test_only_a_yes_repairs_and_the_second_run_asks_nothing() -> None:
    break_host(REDIS7, "wrong-network")
    before = seen.snapshot(REDIS7)
    refused = repaired(INVENTORY, typed="")
    assert refused.rc == 2, str(refused)
    assert seen.changes(before, seen.snapshot(REDIS7)) == {}
    above, _, after = refused.text.partition("Repair lab-redis7?")
    assert "[wrong-network]" in above
    assert "1. attach ai_workflow_engine-redis-1" in " ".join(above.split())
    assert "Nothing was changed." in after

    run = repaired(INVENTORY)
    assert run.rc == 0, str(run)
    assert "healthy, which is proved" in run.text
    assert "lab-redis7: repaired" in run.text
    assert REDIS7.is_healthy()

    again = repaired(INVENTORY)
    assert again.rc == 0, str(again)
    assert "Repair " not in again.text
    assert "2 hosts: 2 healthy" in again.text


def test_what_is_refused_is_said_with_what_to_do_and_nothing_is_asked() -> None:
    break_host(REDIS8, "alias-conflict")
    run = repaired(INVENTORY, "--limit", "lab-redis8")
    assert run.rc == 2, str(run)
    assert "Repair " not in run.text
    assert "do: " in run.text
