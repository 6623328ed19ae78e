"""What the host answers to the wish to have the lock."""

from __future__ import annotations

import pytest

from pyinfra_runbooks.core.locking import Held, Taken, answer
from pyinfra_runbooks.core.unknown import Unknown


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["taken"], Taken()),
        (["taken", "moved"], Taken(moved=True)),
        (["held ann@desk\t10.0.0.7\t2026-01-31T23:59:59Z\trunbooks/redis.py"],
         Held("ann@desk", "10.0.0.7", "2026-01-31T23:59:59Z", "runbooks/redis.py")),
        (["held a person whom this user may not see"],
         Held("a person whom this user may not see")),
        (["there is no flock on this host"], Unknown("there is no flock on this host")),
        ([], Unknown("the host did not answer")),
        (["", "moved by itself"], Unknown("moved by itself")),
    ],
)  # fmt: skip
def test_answers(lines: list[str], expected: Taken | Held | Unknown) -> None:
    assert answer(lines) == expected


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (
            Held("ann@desk", "10.0.0.7", "2026-01-31T23:59:59Z", "runbooks/redis.py"),
            "ann@desk from 10.0.0.7 since 2026-01-31T23:59:59Z with runbooks/redis.py",
        ),
        (Held("ann@desk", "-", "2026-01-31T23:59:59Z", "-"), "ann@desk since 2026-01-31T23:59:59Z"),
        (Held("a person"), "a person"),
    ],
)
def test_who_holds_it_in_a_line(held: Held, shown: str) -> None:
    assert str(held) == shown
