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

# Where the product does not do what is right, and the catalogue says what is; by fault and host.
# Those that wait in vain for minutes are left to `make matrix`.
_BOTH = {
    "acl-stranger-broken": "a category that Redis does not know is not seen in the ACL file",
    "volume-missing": "Redis comes up with an empty volume, and the stack is called well",
}
_SLOW = {
    "address-taken": "the failed attachment leaves an endpoint behind; the second run takes it for"
    " an attachment, and waits in vain",
    "bgsave-failing": "the API is restarted in vain, and the reason is not said",
    "data-disk-full": "the API is restarted in vain, and the reason is not said",
}
DEFECTS = {(name, host.name): why for name, why in (_BOTH | _SLOW).items() for host in HOSTS}

SINGLES = [
    (f,) for f in FAULTS.values() if f.name not in {*test_faults.KINDS, *test_faults.REFUSED}
]
_SOUND = [f for f in FAULTS.values() if f.name not in {name for name, _host in DEFECTS}]
SETS_DRAWN = list(drawn(_SOUND, SETS, SEED))
Faults = tuple[Fault, ...]


def _cases() -> Iterator[object]:
    for faults in (*SINGLES, *SETS_DRAWN):
        name = "+".join(fault.name for fault in faults)
        for host in HOSTS:
            why = DEFECTS.get((name, host.name))
            run = name not in _SLOW
            marks = pytest.mark.xfail(reason=why, strict=True, run=run) if why else ()
            yield pytest.param(host.name, faults, id=f"{name}-{host.name}", marks=marks)


@pytest.fixture(scope="module")
def rehearsals() -> Iterator[dict[tuple[str, Faults], Future[Rehearsal]]]:
    """What came of everything, as far as it is there: each host has a queue of its own."""
    seen.on_each(heal)
    wanted = [*(f for f in SINGLES if f[0].name not in _SLOW), *SETS_DRAWN]
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
