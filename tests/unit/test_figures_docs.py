"""What the documentation says was measured stands on the pages of results."""

from __future__ import annotations

import re
from pathlib import Path

from bench import report

ROOT = Path(__file__).parents[2]
README, JOBS, COMPARISON, PERFORMANCE, FLEET = (
    " ".join((ROOT / name).read_text(encoding="utf-8").split())
    for name in (
        "README.md",
        *map("docs/{}.md".format, ("jobs", "comparison", "performance", "fleet")),
    )
)
RESULTS = report.TABLE.read_text(encoding="utf-8")


def _row(page: str, title: str, first: str) -> list[str]:
    """The cells of the first row below a title that begin with this one."""
    _, found, rest = page.partition(title)
    assert found, title
    row = next(line for line in rest.splitlines() if line.startswith(f"| {first} |"))
    return _cells(row)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("| ").split("|")]


def _number(text: str) -> float:
    found = re.match(r"[\d.]+", text)
    assert found, text
    return float(found[0])


def test_how_soon_a_watched_stack_is_healthy() -> None:
    page = (report.RESULTS / "watch.md").read_text(encoding="utf-8")
    watch, floor = (_row(page, "# From", name)[3].split(" s")[0] for name in ("watch", "floor"))
    assert f"takes {watch} s in the median of fifty faults" in PERFORMANCE
    assert f"takes {floor} s ([`bench/results/watch.md`]" in PERFORMANCE
    assert float(watch) < 1
    assert "[less than a second](../bench/results/watch.md)" in JOBS


def test_the_comparison_has_the_figures_of_the_bench() -> None:
    page = RESULTS.partition("\n## Redis on the wrong network\n")[2]
    found = re.findall(r"\| ([^|]+) \| ([\d.]+) \|", COMPARISON.partition("| seconds |")[2])
    assert len(found) == 6
    for name, seconds in found:
        row = next(r for r in _rows_like(page) if r[0] in name.removesuffix(" for this one case"))
        assert _number(row[1]) == float(seconds), name
    ours, one_line = (
        _row(page, "lab-redis7", name)[1] for name in (report.OURS.name, "the one line")
    )
    assert f"took {_number(one_line):.1f} s where this project" in README
    assert f"healthy after {_number(ours):.1f} s" in README


def _rows_like(page: str) -> list[list[str]]:
    """The rows of the first host, the longest names first."""
    rows = [_cells(line) for line in page.partition("lab-redis8")[0].splitlines() if "(" in line]
    return sorted(rows, key=lambda row: -len(row[0]))


def test_what_a_round_costs_the_controller() -> None:
    _, _, _, cpu, memory, runs = _row(RESULTS, "\n## Nothing to change, 1 host\n", report.OURS.name)
    least, most = map(float, re.findall(r"[\d.]+", cpu)[1:])
    start = f"{_number(cpu):.1f} s of CPU, {memory.split()[0]} MB | 1 host;"
    assert f"{start} {runs} runs of {least:.1f} to {most:.1f} s |" in FLEET
    goals = {row[0]: row[2] for row in map(_cells, RESULTS.splitlines()) if len(row) == 4}
    each = float(goals["controller CPU for each further host, at 100"])
    assert f"| {round(each, -1):.0f} ms | between 1 and 100 names |" in FLEET
    assert f"{goals['controller memory for each further host, at 500']} MB | 500 names |" in FLEET
    many = _row(RESULTS, "\n## Nothing to change, 500 hosts\n", report.OURS.name)
    further = (_number(many[3]) - _number(cpu)) / 499 * 1000
    assert f"| {5 * round(further / 5):.0f} ms | between 1 and 500 names |" in FLEET
