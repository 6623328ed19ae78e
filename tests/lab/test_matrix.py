"""The fault matrix: faults alone, and a sample of pairs, each on one of the hosts; those that
`test_faults.py` looks at more closely are left to it. `make test` rehearses one in 36 of them, so
that it keeps within its time on a slow machine: each commit has its own, and 24 in a row have had
all. `make thorough` rehearses every one.

What has to come of a fault is written down with it (`lab.faults.catalogue`), and that is asserted:
the outcome and its reason, the disruption, every key, no password seen, and a second run that
changes nothing. Faults take turns on the hosts, which are at work side by side; where the versions
of Redis differ, both have their turn. `make matrix` rehearses everything on both. After that the
hosts get the second stack (`lab.stacks`), and every fault has its turn there alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import seen
from test_faults import KINDS
from turns import turn

from lab.faults.catalogue import FAULTS
from lab.faults.model import ByVersion, Fault
from lab.faults.sets import drawn
from lab.healing import heal, start_over
from lab.hosts import HOSTS, Host
from lab.rehearsal import Rehearsal, rehearse
from lab.stacks import BARE

# Docker's SDK forgets a socket when the engine is restarted.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

SEED, PAIRS, SAMPLE = 4, 6, 36
Faults = tuple[Fault, ...]


def _turns() -> Iterator[tuple[Host, Faults]]:
    pairs = (faults for faults in drawn([*FAULTS.values()], 3 * PAIRS, SEED) if len(faults) == 2)
    singles = ((fault,) for fault in FAULTS.values() if fault.name not in KINDS)
    cases: list[Faults] = [*singles, *list(pairs)[:PAIRS]]
    for number, faults in enumerate(cases):
        differ = any(isinstance(fault.outcome, ByVersion) for fault in faults)
        for host in HOSTS if differ else (HOSTS[number % len(HOSTS)],):
            yield host, faults
    for number, fault in enumerate(FAULTS.values()):
        yield HOSTS[number % len(HOSTS)].having(BARE), (fault,)


def _sampled() -> Iterator[object]:
    ours = turn(SAMPLE)
    for number, name in enumerate(TURNS):
        marks = () if number // len(HOSTS) % SAMPLE == ours else (pytest.mark.thorough,)
        yield pytest.param(name, marks=marks)


def _name(host: Host, faults: Faults) -> str:
    parts = ("+".join(fault.name for fault in faults), host.name)
    return "-".join((*parts, host.stack.name) if host.stack == BARE else parts)


TURNS = {_name(host, faults): (host, faults) for host, faults in _turns()}


@pytest.fixture(scope="module")
def rehearsals(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Rehearsal]]]:
    """What came of everything, as far as it is there: each host has a queue of its own."""
    seen.on_each(heal)
    queues = {host.name: ThreadPoolExecutor(max_workers=1) for host in HOSTS}
    asked = "".join(item.nodeid for item in request.session.items)
    there = {host.name: host for host in HOSTS}
    found: dict[str, Future[Rehearsal]] = {}
    try:
        for name, (host, faults) in TURNS.items():
            if f"[{name}]" not in asked:
                continue
            if host != there[host.name]:
                queues[host.name].submit(start_over, host)
                there[host.name] = host
            found[name] = queues[host.name].submit(rehearse, host, *faults)
        yield found
    finally:
        for queue in queues.values():
            queue.shutdown(cancel_futures=True)
        seen.on_each(lambda host: host == there[host.name] or start_over(host))
        seen.on_each(seen.healed)


@pytest.mark.parametrize("name", [*_sampled()])
def test_the_outcome_is_what_the_catalogue_says(
    rehearsals: dict[str, Future[Rehearsal]], name: str
) -> None:
    done = rehearsals[name].result()
    assert done.lost == 0, str(done)
    assert not done.problems, str(done)
