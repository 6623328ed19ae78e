"""What came of the matrix' rehearsals: kept row by row, and written down as a document.

Every row is kept as soon as it is there: a matrix that is interrupted goes on where it was.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .hosts import ALL, Host
from .paths import STATE
from .stacks import Stack

_writing = threading.Lock()


@dataclass(frozen=True)
class Row:
    """A set of faults on a host, and what came of it.

    + outcome: in a word or two
    + noticed: the most that became of Redis and the API
    + outage: seconds in which the API gave no good answer
    + problems: what was not as the catalogue says
    """

    faults: tuple[str, ...]
    host: str
    outcome: str
    seconds: float
    noticed: str
    outage: float
    lost: int
    secrets: int
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The faults' names."""
        return " + ".join(self.faults)


def record_of(stack: Stack) -> Path:
    """Where the rows of a stack are kept."""
    return STATE / f"matrix-{stack.name}.jsonl"


def keep(row: Row, record: Path) -> None:
    """Write a row down, after the others."""
    with _writing, record.open("a") as file:
        file.write(json.dumps(asdict(row)) + "\n")


def kept(record: Path) -> dict[tuple[str, str], Row]:
    """Every row that there is, by faults and host; the newest of each."""
    lines = record.read_text().splitlines() if record.exists() else []
    rows = [_row(json.loads(line)) for line in lines]
    return {(row.name, row.host): row for row in rows}


def _row(values: dict[str, Any]) -> Row:
    faults, problems = tuple(values.pop("faults")), tuple(values.pop("problems"))
    return Row(faults=faults, problems=problems, **values)


def write(document: Path, rows: Iterable[Row], seed: int) -> None:
    """Make a document of the table."""
    document.write_text(f"# What came of the lab's faults\n\n{text(list(rows), seed)}")


def text(rows: Sequence[Row], seed: int) -> str:
    """The table, with what it says in a line."""
    singles = [row for row in rows if len(row.faults) == 1]
    sets = [row for row in rows if len(row.faults) > 1]
    wrong = [f"- {row.name}, {row.host}: {'; '.join(row.problems)}" for row in rows if row.problems]
    lost, secrets = sum(row.lost for row in rows), sum(row.secrets for row in rows)
    hosts = [host for host in ALL if host.name in {row.host for row in rows}]
    where = ", ".join(f"{host.name} ({host.redis.name})" for host in hosts)
    parts = [
        f"{_count(singles)} faults alone and {_count(sets)} sets of two to five (seed {seed}), each"
        f" on {where}: {len(rows)} rehearsals, {len(wrong)} outcomes not as"
        f" written down, {lost} keys lost, {secrets} passwords seen.",
        *(["\n".join(wrong)] if wrong else []),
        "## Each fault alone",
        _table(singles, hosts),
        "## Sets of faults",
        _table(sets, hosts),
    ]
    return "\n\n".join(parts) + "\n"


def _count(rows: Iterable[Row]) -> int:
    return len({row.name for row in rows})


def _table(rows: Sequence[Row], hosts: Sequence[Host]) -> str:
    columns = ("outcome", "noticed", "seconds", "API errors, s")
    versions = [host.redis.name.rpartition("/")[2] for host in hosts]
    heads = [f"{column}, {version}" for version in versions for column in columns]
    lines = [f"| faults | {' | '.join(heads)} | keys lost |"]
    lines.append(f"|---|{'---|---|--:|--:|' * len(hosts)}--:|")
    found = {(row.name, row.host): row for row in rows}
    for name in dict.fromkeys(row.name for row in rows):
        of_hosts = [found.get((name, host.name)) for host in hosts]
        cells = [cell for row in of_hosts for cell in _cells(row)]
        lost = sum(row.lost for row in of_hosts if row)
        lines.append(f"| {name} | {' | '.join(cells)} | {lost} |")
    return "\n".join(lines)


def _cells(row: Row | None) -> tuple[str, str, str, str]:
    if row is None:
        return ("not run", "", "", "")
    return (row.outcome, row.noticed, f"{row.seconds:.1f}", f"{row.outage:.1f}")
