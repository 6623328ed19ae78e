"""The fault matrix: every fault alone, and sets of them, on every Redis: `python -m lab matrix`.

Prints a line for each, and writes a table into .lab/matrix.md at the end, which nobody commits. A
set that fails is made smaller until nothing can be left out of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .console import LabError, say
from .faults.catalogue import FAULTS
from .faults.model import Fault, Outcome, Refused, Repaired
from .faults.sets import conflict, drawn, smallest
from .healing import having, heal
from .hosts import Host
from .matrix_record import Row, keep, kept, record_of, write
from .paths import STATE
from .rehearsal import Rehearsal, rehearse
from .stacks import INCIDENT, by_name

Faults = tuple[Fault, ...]

SETS, SEED = 200, 4
DOCUMENT = STATE / "matrix.md"


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "faults", nargs="*", metavar="FAULT", help="a set of these; with --singles, each"
    )
    parser.add_argument("--singles", action="store_true", help="each fault alone, and no sets")
    parser.add_argument("--sets", type=int, metavar="N", help=f"N sets (default: {SETS})")
    parser.add_argument("--seed", type=int, default=SEED, help="draws the same sets again")
    parser.add_argument("--without", action="append", default=[], metavar="FAULT")
    parser.add_argument(
        "--again", action="store_true", help="only what has no result yet, or a wrong one"
    )


def main(chosen: argparse.Namespace, hosts: Sequence[Host]) -> int:
    """Rehearse what is asked for; 1 if anything was not as it should be.

    Only the incident's table is written down.
    """
    unknown = [name for name in (*chosen.faults, *chosen.without) if name not in FAULTS]
    if unknown:
        raise LabError(f"no fault {unknown[0]!r}; there are: {', '.join(FAULTS)}")
    stack = by_name(chosen.stack)
    record = record_of(stack)
    if not chosen.again and not chosen.faults:
        record.unlink(missing_ok=True)
    sets = sets_of(chosen)

    def rehearsed(host: Host) -> int:
        return _on(host, _left(host, sets, kept(record) if chosen.again else {}), record)

    with having(stack, hosts) as there, ThreadPoolExecutor(max_workers=len(there)) as pool:
        failed = sum(pool.map(rehearsed, there))
    rows = kept(record)
    if not chosen.faults and stack == INCIDENT:
        write(DOCUMENT, [rows[key] for key in _keys(sets, hosts) if key in rows], chosen.seed)
        say(f"matrix: the table is in {DOCUMENT}")
    say(f"matrix: {failed} of the rows are not as expected (seed {chosen.seed})")
    return 1 if failed else 0


def _keys(sets: Sequence[Faults], hosts: Sequence[Host]) -> Iterator[tuple[str, str]]:
    for faults in sets:
        for host in hosts:
            yield _name(faults), host.name


def _name(faults: Faults) -> str:
    return " + ".join(fault.name for fault in faults)


def _left(host: Host, sets: Sequence[Faults], rows: Mapping[tuple[str, str], Row]) -> list[Faults]:
    """What there is to do on a host."""
    done = {name for (name, where), row in rows.items() if where == host.name and not row.problems}
    return [faults for faults in sets if _name(faults) not in done]


def sets_of(chosen: argparse.Namespace) -> list[Faults]:
    """What is asked for, each with the faults that are brought about together."""
    faults = [fault for fault in FAULTS.values() if fault.name not in chosen.without]
    if chosen.faults:
        one = tuple(FAULTS[name] for name in chosen.faults)
        if chosen.singles:
            return [(fault,) for fault in one]
        _refuse_conflicts(one)
        return [one]
    singles: list[Faults] = [(fault,) for fault in faults]
    if chosen.singles:
        return singles
    sets = drawn(faults, SETS if chosen.sets is None else chosen.sets, chosen.seed)
    return [*(singles if chosen.sets is None else []), *sets]


def _refuse_conflicts(faults: Faults) -> None:
    for n, one in enumerate(faults):
        for other in faults[n + 1 :]:
            if why := conflict(one, other):
                raise LabError(f"{one.name} and {other.name} can't be combined: {why}")


def _on(host: Host, sets: Sequence[Faults], record: Path) -> int:
    failed = 0
    heal(host)
    for faults in sets:
        done = _rehearsed(host, *faults)
        if done is not None:
            keep(row(done), record)
            print(line(row(done)), flush=True)
        if done is None or done.problems:
            failed += 1
            _explain(host, faults, done)
    return failed


def _rehearsed(host: Host, *faults: Fault) -> Rehearsal | None:
    """None where the lab itself failed: that is no result, and the others go on."""
    try:
        return rehearse(host, *faults)
    except LabError as error:
        say(f"{host.name}: {_name(faults)}: {error}")
        return None


def _explain(host: Host, faults: Faults, done: Rehearsal | None) -> None:
    if len(faults) > 1:

        def fails(less: Faults) -> bool:
            again = _rehearsed(host, *less)
            return again is not None and bool(again.problems)

        faults = smallest(faults, fails)
        names = " ".join(fault.name for fault in faults)
        say(f"{host.name}: the smallest set that fails: {names}")
        say(f"    python -m lab matrix --host {host.name} {names}")
    if done is not None:
        say(f"{done}")


def row(done: Rehearsal) -> Row:
    """What is written down of a rehearsal."""
    wrong = f", expected {expected(done.expected)}" if done.problems else ""
    return Row(
        faults=tuple(fault.name for fault in done.faults),
        host=done.host.name,
        outcome=f"{done.run.outcome}{wrong}",
        seconds=round(done.run.seconds, 1),
        noticed=done.noticed,
        outage=round(done.outage, 1),
        lost=done.lost,
        secrets=len(done.secrets),
        problems=done.problems,
    )


def line(row: Row) -> str:
    """The same for a person who watches."""
    verdict = "; ".join(row.problems) or "as expected"
    return (
        f"{row.host}: {row.name}: {row.outcome}, {row.seconds:.1f} s, {row.noticed} noticed,"
        f" API errors {row.outage:.1f} s, {row.lost} keys lost: {verdict}"
    )


def expected(outcome: Outcome) -> str:
    """An outcome in a word or two."""
    match outcome:
        case Refused():
            return "refused"
        case Repaired(disruption=disruption):
            return f"repaired ({disruption})"
    return "unaffected"
