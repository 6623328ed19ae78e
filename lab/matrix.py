"""The fault matrix: every fault alone, and sets of them, on every Redis: `python -m lab matrix`.

Prints a table in Markdown, a row for each host, and says at the end what was not as it should be.
A set that fails is made smaller until nothing can be left out of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from .console import LabError, say
from .faults import FAULTS, Fault, heal
from .faults.model import Outcome, Refused, Repaired
from .faults.sets import conflict, drawn, smallest
from .hosts import Host
from .rehearsal import Rehearsal, rehearse

COLUMNS = ("fault", "host", "outcome", "seconds", "disruption", "API error seconds", "keys lost")
HEAD = f"| {' | '.join(COLUMNS)} | as expected |\n|---|---|---|--:|---|--:|--:|---|"
SETS, SEED = 200, 4


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "faults", nargs="*", metavar="FAULT", help="one set of these, and nothing else"
    )
    parser.add_argument("--singles", action="store_true", help="every fault alone, and no sets")
    parser.add_argument("--sets", type=int, metavar="N", help=f"N sets (default: {SETS})")
    parser.add_argument("--seed", type=int, default=SEED, help="draws the same sets again")
    parser.add_argument("--without", action="append", default=[], metavar="FAULT")


def main(chosen: argparse.Namespace, hosts: Sequence[Host]) -> int:
    """Rehearse what is asked for; 1 if anything was not as it should be."""
    unknown = [name for name in (*chosen.faults, *chosen.without) if name not in FAULTS]
    if unknown:
        raise LabError(f"no fault {unknown[0]!r}; there are: {', '.join(FAULTS)}")
    print(HEAD, flush=True)
    with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
        failed = sum(pool.map(lambda host: _on(host, chosen), hosts))
    say(f"matrix: {failed} of the rows are not as expected (seed {chosen.seed})")
    return 1 if failed else 0


def sets_of(chosen: argparse.Namespace) -> list[tuple[Fault, ...]]:
    """What is asked for, each with the faults that are brought about together."""
    faults = [fault for fault in FAULTS.values() if fault.name not in chosen.without]
    if chosen.faults:
        one = tuple(FAULTS[name] for name in chosen.faults)
        _refuse_conflicts(one)
        return [one]
    singles: list[tuple[Fault, ...]] = [(fault,) for fault in faults]
    if chosen.singles:
        return singles
    sets = drawn(faults, SETS if chosen.sets is None else chosen.sets, chosen.seed)
    return [*(singles if chosen.sets is None else []), *sets]


def _refuse_conflicts(faults: tuple[Fault, ...]) -> None:
    for n, one in enumerate(faults):
        for other in faults[n + 1 :]:
            if why := conflict(one, other):
                raise LabError(f"{one.name} and {other.name} can't be combined: {why}")


def _on(host: Host, chosen: argparse.Namespace) -> int:
    failed = 0
    heal(host)
    for faults in sets_of(chosen):
        done = _rehearsed(host, *faults)
        if done is not None:
            print(row(done), flush=True)
        if done is None or done.problems:
            failed += 1
            _explain(host, faults, done)
    return failed


def _rehearsed(host: Host, *faults: Fault) -> Rehearsal | None:
    """None where the lab itself failed: that is no result, and the others go on."""
    try:
        return rehearse(host, *faults)
    except LabError as error:
        say(f"{host.name}: {' + '.join(f.name for f in faults)}: {error}")
        return None


def _explain(host: Host, faults: tuple[Fault, ...], done: Rehearsal | None) -> None:
    if len(faults) > 1:

        def fails(less: tuple[Fault, ...]) -> bool:
            again = _rehearsed(host, *less)
            return again is not None and bool(again.problems)

        faults = smallest(faults, fails)
        names = " ".join(fault.name for fault in faults)
        say(f"{host.name}: the smallest set that fails: {names}")
        say(f"    python -m lab matrix --host {host.name} {names}")
    if done is not None:
        say(f"{done}")


def row(done: Rehearsal) -> str:
    """One line of the table."""
    verdict = "; ".join(done.problems) or "yes"
    cells = (
        done.name,
        done.host.name,
        done.run.outcome
        if not done.problems
        else f"{done.run.outcome}, expected {expected(done.expected)}",
        f"{done.run.seconds:.1f}",
        done.noticed,
        f"{done.outage:.1f}",
        str(done.lost),
        verdict.replace("|", "/"),
    )
    return f"| {' | '.join(cells)} |"


def expected(outcome: Outcome) -> str:
    """An outcome in a word or two."""
    match outcome:
        case Refused():
            return "refused"
        case Repaired(disruption=disruption):
            return f"repaired ({disruption})"
    return "unaffected"
