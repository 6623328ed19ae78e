"""Other engines and other servers than the lab's two hosts have: a dozen faults on each.

What has to come of a fault is written down with it (`lab.faults.catalogue`), whatever runs the
stack. `make test` starts the host that is least like those two; `make thorough` starts the others.
"""

from __future__ import annotations

import pytest

import lab
from lab.faults.catalogue import FAULTS
from lab.hosts import OTHERS, Host
from lab.rehearsal import rehearse

# Docker's SDK forgets a socket when the engine is restarted.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

DOZEN = (
    "incident",
    "missing-alias",
    "network-removed",
    "acl-not-loaded",
    "secret-stale-inode",
    "secret-wrong-owner",
    "redis-stopped",
    "redis-paused",
    "redis-restart-loop",
    "redis-removed",
    "redis-half-made",
    "redis-claimed",
)
SAMPLE = ("incident",)
USUAL = "lab-x-docker20"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(host, marks=[pytest.mark.thorough] * (host.name != USUAL), id=host.name)
        for host in OTHERS
    ],
)
def host(request: pytest.FixtureRequest) -> Host:
    """One of them, up and healthy; `python -m lab down` takes it away with the others."""
    found: Host = request.param
    lab.up([found])
    return found


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.thorough] * (name not in SAMPLE)) for name in DOZEN],
)
def test_the_outcome_is_what_the_catalogue_says(host: Host, name: str) -> None:
    done = rehearse(host, FAULTS[name])
    assert done.lost == 0, str(done)
    assert not done.problems, str(done)
