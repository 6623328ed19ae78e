"""When a stack is well, and whether waiting can make it so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from looks import joined, stranger, with_container, with_info, without

from pyinfra_runbooks.look import Look
from pyinfra_runbooks.rules import verification as rules
from pyinfra_runbooks.settings import Stack

IN_VAIN: dict[str, Callable[[Look], Look]] = {
    "a service is stopped": lambda look: with_container(look, "db", status="exited"),
    "a service was never started": lambda look: with_container(look, "db", status="created"),
    "a service has no container": lambda look: without(look, "db"),
    "Redis can't save": lambda look: with_info(look, rdb_last_bgsave_status="err"),
    "somebody else answers to a name": lambda look: joined(look, stranger("thief", "cache")),
}
WORTH_IT: dict[str, Callable[[Look], Look]] = {
    "it is well": lambda look: look,
    "a service is started again by itself": lambda look: with_container(
        look, "web", status="restarting", restarts=1
    ),
    "Redis loads its data": lambda look: with_info(look, loading="1"),
}


@pytest.mark.parametrize("change", IN_VAIN.values(), ids=IN_VAIN)
def test_waiting_is_in_vain(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert rules.in_vain(change(look), stack)


@pytest.mark.parametrize("change", WORTH_IT.values(), ids=WORTH_IT)
def test_waiting_may_help(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert not rules.in_vain(change(look), stack)
