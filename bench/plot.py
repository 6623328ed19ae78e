"""Draws the values of a run: run by the bench's own Python, which has matplotlib.

.bench/venv/bin/python bench/plot.py .bench/results.json bench/results/results.svg
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

mpl.use("svg")
# The same results make the same file.
mpl.rcParams["svg.hashsalt"] = "bench"

from matplotlib import pyplot  # noqa: E402 - the back end has to be chosen first

COLOURS = ("#0b6e4f", "#9bc4b2", "#4d7ea8", "#c44536", "#e09f3e", "#8d6b94", "#7a7a7a")


def main(source: str, target: str) -> None:
    """A panel for each case: bars for medians, dots for every run."""
    results = json.loads(Path(source).read_text())
    cases = [name for name in results["titles"] if any(r["case"] == name for r in results["runs"])]
    rows = (len(cases) + 2) // 3
    figure, axes = pyplot.subplots(rows, 3, figsize=(15, 2.9 * rows), squeeze=False)
    colours = dict(zip(results["contenders"], COLOURS, strict=True))
    for panel in axes.flat[len(cases) :]:
        panel.set_visible(False)
    for case, panel in zip(cases, axes.flat, strict=False):
        _panel(panel, results["titles"][case], _times(results["runs"], case), colours)
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def _times(runs: list[dict[str, Any]], case: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        if run["case"] == case:
            seen = run["seen"]
            found[run["contender"]].append(seen["healthy"] if seen else run["wall"])
    return found


def _panel(panel: Any, title: str, times: dict[str, list[float]], colours: dict[str, str]) -> None:
    names = [name for name in colours if name in times]
    middles = [median(times[name]) for name in names]
    panel.barh(names, middles, color=[colours[name] for name in names], height=0.7)
    for row, name in enumerate(names):
        panel.plot(times[name], [row] * len(times[name]), "k.", markersize=3)
        panel.text(max(times[name]), row, f"  {middles[row]:.2f} s", va="center", fontsize=8)
    panel.invert_yaxis()
    panel.margins(x=0.18)
    panel.set_xlim(left=0)
    panel.set_title(title, fontsize=9, loc="left")
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main(*sys.argv[1:])
