"""The fault matrix: every fault that `test_faults.py` leaves out, and a sample of pairs.

What has to come of a fault is written down in the catalogue (`lab.faults`), and that is asserted:
the outcome and its reason, the disruption, every key, and a second run that changes nothing.
`make matrix` rehearses more sets, and larger ones. Both hosts are at work side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import seen
import test_faults

from lab.faults import FAULTS, Fault, heal
from lab.faults.sets import drawn
from lab.hosts import HOSTS
from lab.rehearsal import Rehearsal, rehearse

pytestmark = [
    pytest.mark.matrix,
    # Docker's SDK forgets a socket when the engine is restarted.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

SEED, SETS = 4, 8

SINGLES = [
    (f,) for f in FAULTS.values() if f.name not in {*test_faults.KINDS, *test_faults.REFUSED}
]
SETS_DRAWN = list(drawn(list(FAULTS.values()), SETS, SEED))
Faults = tuple[Fault, ...]


def _cases() -> Iterator[object]:
    for faults in (*SINGLES, *SETS_DRAWN):
        name = "+".join(fault.name for fault in faults)
        for host in HOSTS:
            yield pytest.param(host.name, faults, id=f"{name}-{host.name}")


@pytest.fixture(scope="module")
def rehearsals() -> Iterator[dict[tuple[str, Faults], Future[Rehearsal]]]:
    """What came of everything, as far as it is there: each host has a queue of its own."""
    seen.on_each(heal)
    wanted = [*SINGLES, *SETS_DRAWN]
    pools = {host.name: ThreadPoolExecutor(max_workers=1) for host in HOSTS}
    try:
        yield {
            (host.name, faults): pools[host.name].submit(rehearse, host, *faults)
            for faults in wanted
            for host in HOSTS
        }
    finally:
        for pool in pools.values():
            pool.shutdown(cancel_futures=True)
        seen.on_each(seen.healed)


@pytest.mark.parametrize(("host", "faults"), [*_cases()])
def test_the_outcome_is_what_the_catalogue_says(
    rehearsals: dict[tuple[str, Faults], Future[Rehearsal]], host: str, faults: Faults
) -> None:
    """A single fault, or a set of them, on one host."""
    done = rehearsals[host, faults].result()
    assert done.lost == 0, str(done)
    assert not done.problems, str(done)
