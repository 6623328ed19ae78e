"""What the proof waits for after a change: the checks that can work first, and all of them then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes import FakeHost
from looks import answering, healthy, stack

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.operations import proving

DECLARED = stack()
DIRECT, PUBLIC = DECLARED.health[:2], DECLARED.health
ALL, SHORT = DECLARED.timeouts.healthy, DECLARED.timeouts.recover
NO_ROUTE = answering(healthy(), 2, "(19 bytes that are not JSON)", 404)


@pytest.mark.parametrize(
    ("look", "waits"),
    [
        (healthy(), [(ALL, PUBLIC)]),
        (Unknown("no engine"), [(ALL, PUBLIC)]),
        # Its proxy may not know yet of what was started: it may be no mistake at all.
        (NO_ROUTE, [(ALL, DIRECT), (SHORT, PUBLIC)]),
    ],
    ids=["all can work", "nobody knows", "one can't, by what it says now"],
)
def test_all_checks_are_waited_for(
    monkeypatch: pytest.MonkeyPatch, look: Look | Unknown, waits: list[Any]
) -> None:
    waited: list[Any] = []

    def await_health(_: object, __: object, seconds: float, checks: Any, successes: int) -> None:
        assert successes == DECLARED.timeouts.successes
        waited.append((seconds, checks))

    monkeypatch.setattr(proving, "look_at", lambda *_: look)
    monkeypatch.setattr(proving, "await_health", await_health)
    proving._await_health(FakeHost({}).real, replace(DECLARED))
    assert waited == waits
