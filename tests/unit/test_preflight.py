"""A preflight of a host that has nothing but stand-ins, from its first command to its verdict."""

from __future__ import annotations

import pytest
from hosts import Host
from undeployed import Undeployed


@pytest.fixture
def before(any_host: Host) -> Undeployed:
    """The host, where all is as it has to be."""
    any_host.of_user(1000)
    return Undeployed(any_host)


def test_a_host_that_is_ready(before: Undeployed) -> None:
    checked = before.check()
    for line in (*checked.obstacles, *checked.unseen, *checked.notes, *checked.fine):
        print(line)
    assert checked.ready
