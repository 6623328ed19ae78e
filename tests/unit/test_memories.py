"""A look that found a stack healthy leaves on its host who used which Redis."""

from __future__ import annotations

from dataclasses import replace

import pytest
from connecting import QUICK, WAITING, busy
from fakes import FakeHost

from pyinfra_runbooks.engine.rules.whole import DOWN
from pyinfra_runbooks.facts import memories
from pyinfra_runbooks.facts.memories import Remember, remember
from pyinfra_runbooks.settings import Redis, Stack


@pytest.mark.parametrize("healthy", [True, False])
def test_the_clients_of_a_redis_that_no_inventory_names(
    healthy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = replace(
        busy(QUICK, WAITING),
        completed=Stack("/srv/shop", Redis("cache"), found=frozenset({"cache"})),
    )
    wrong = [] if healthy else [DOWN.found("shop", "is down", "it has no container")]
    monkeypatch.setattr(memories.verification, "findings", lambda *_: wrong)
    host = FakeHost({}, executing=False)
    host._answers[Remember] = [["0.json"]]
    assert remember(host.real, Stack("/srv/shop"), look) is healthy
    left = [line for _, given in host.asked for _, line in given["memories"]]
    assert ["jobs" in line and "cache" in line for line in left] == [True] * healthy
