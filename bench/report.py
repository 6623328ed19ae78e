"""The page of results: medians, ratios to this project, goals, the machine.

The page is what is kept. Its single values stay on the machine that measured, for the plot.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from . import contenders, goals
from .cases import Case
from .contenders import OURS, Kind
from .environment import SOURCE, STATE
from .figures import Run, Spread, ratio, spread, values

RESULTS = SOURCE / "results"
JSON = STATE / "results.json"
TABLE = RESULTS / "results.md"
PLOT = RESULTS / "results.svg"

_TITLES = {
    "nothing-1": "Nothing to change, 1 host",
    "nothing-20": "Nothing to change, 20 hosts",
    "nothing-100": "Nothing to change, 100 hosts",
    "nothing-500": "Nothing to change, 500 hosts",
    "wrong-network": "Redis on the wrong network",
    "incident": "The incident: wrong network, no secrets, no ACL",
    "far-nothing-1": "Nothing to change, 1 host, 50 ms away each way",
    "far-wrong-network": "Redis on the wrong network, 50 ms away each way",
    "far-incident": "The incident, 50 ms away each way",
}
_HOW = """\
How it was measured: the contenders take turns, round by round; medians, with least and most in
brackets; "x" is the median over this project's. All run on the same machine as the hosts, and share
its cores with them. Nobody keeps a connection from one run to the next. After each run the host's
end was compared with the others': networks and aliases, ACL, secrets' owners, answers of the API,
keys that were written before. Names beyond the lab's hosts share those hosts. Healthy: from the
command's start to the first answer after which all were good, as a client sees it that asks 50
times a second through Caddy. CPU and memory are the controller's, of all processes of the call. Far
hosts are behind a link of their own (TUN) that carries every packet 50 ms later each way, so that
TCP is the kernel's.
"""


def write(
    runs: Sequence[Run],
    wrong: Sequence[str],
    chosen: Sequence[Case],
    machine: dict[str, str],
    seconds: float,
) -> str:
    """Write the values and the page, and return the page."""
    JSON.write_text(json.dumps(as_json(runs, machine)))
    text = table(runs, wrong, chosen, machine, seconds)
    TABLE.write_text(text)
    return text


def as_json(runs: Sequence[Run], machine: dict[str, str]) -> dict[str, Any]:
    """Every single value, with what the plot says of it."""
    return {
        "machine": machine,
        "contenders": [one.name for one in contenders.ALL],
        "titles": _TITLES,
        "runs": [asdict(run) for run in runs],
    }


def table(
    runs: Sequence[Run],
    wrong: Sequence[str],
    chosen: Sequence[Case],
    machine: dict[str, str],
    seconds: float,
) -> str:
    """The results as Markdown."""
    parts = [
        f"# How fast it is\n\n![Every run]({PLOT.name})\n",
        _goals(runs),
        *(_case(runs, case) for case in chosen),
    ]
    if wrong:
        parts.append("\n".join(["## Went wrong\n", *(f"- {line}" for line in wrong), ""]))
    parts += [_HOW, _contenders(), _machine(machine, seconds)]
    return "\n".join(parts)


def _goals(runs: Sequence[Run]) -> str:
    lines = ["| goal | at most | found | |", "|---|---|---|---|"]
    for one in goals.outcomes(runs):
        found = "" if one.found is None else f"{one.found:.2f}"
        lines.append(
            f"| {one.goal.text} | {one.goal.most:.2f} {one.goal.unit} | {found} | {one.word} |"
        )
    return "\n".join([*lines, ""])


def _case(runs: Sequence[Run], case: Case) -> str:
    repair = case.kind is not Kind.NOTHING
    hosts = case.hosts if repair else (None,)
    blocks = [f"## {_TITLES[case.name]}\n"]
    for host in hosts:
        name = host.name if host else None
        if host and len(case.hosts) > 1:
            blocks.append(f"{host.name}:\n")
        blocks.append(_rows(runs, case, name, repair))
    return "\n".join(blocks)


def _rows(runs: Sequence[Run], case: Case, host: str | None, repair: bool) -> str:
    if repair:
        columns = {"healthy": "healthy, s", "error_seconds": "errors seen, s", "wall": "done, s"}
    else:
        columns = {"wall": "time, s"}
    columns |= {"cpu": "CPU, s", "memory": "memory, MB"}
    first = next(iter(columns))
    heads = [*columns.values()]
    lines = [
        f"| | {heads[0]} | x | {' | '.join(heads[1:])} | runs |",
        "|---|" + "---|" * (len(heads) + 2),
    ]
    for contender in case.contenders:
        found = {c: spread(values(runs, case.name, contender.name, c, host)) for c in columns}
        if found["wall"] is None:
            continue
        times = ratio(runs, case.name, contender.name, OURS.name, first, host)
        rest = " | ".join(_words(found[c]) for c in [*columns][1:])
        factor = "" if times is None else f"{times:.2f}"
        count = found["wall"].count
        lines.append(f"| {contender.name} | {_words(found[first])} | {factor} | {rest} | {count} |")
    return "\n".join([*lines, ""])


def _words(found: Spread | None) -> str:
    if found is None:
        return ""
    digits = 0 if found.most >= 30 else 2
    words = f"{found.median:.{digits}f}"
    if found.count > 1:
        words += f" ({found.least:.{digits}f}–{found.most:.{digits}f})"  # noqa: RUF001
    return words


def _contenders() -> str:
    lines = [f"- **{one.name}**: {one.what}" for one in contenders.ALL]
    return "\n".join(["Contenders:\n", *lines, ""])


def _machine(machine: dict[str, str], seconds: float) -> str:
    lines = [f"- {name}: {value}" for name, value in machine.items()]
    return "\n".join(["With:\n", *lines, f"- the whole run: {seconds / 60:.0f} minutes", ""])
