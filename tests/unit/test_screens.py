"""The incident on a terminal of 80 characters by 24 lines: check, repair, and what comes after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import incident
import pytest
from journals import look, report, run
from snapshots import snapshot

from pyinfra_runbooks.jobs.hosts import of_journal, unreached
from pyinfra_runbooks.jobs.proposal import clock, plans, progress, question
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.reports import terminal

WIDTH, HEIGHT = 80, 24


def fits(text: str) -> str:
    """A text that fits on the screen with the prompt under it."""
    lines = text.splitlines()
    assert len(lines) < HEIGHT
    assert max(map(len, lines)) <= WIDTH
    return text


def of(entries: Sequence[dict[str, Any]], command: str) -> Report:
    hosts = tuple(of_journal(entries, corrected=command != "check"))
    return report(command, hosts=hosts, seconds=8.4)


def test_check() -> None:
    text = terminal.render(of(incident.checked(), "check"), width=WIDTH)
    snapshot("screen-check.txt", fits(text))
    assert "restart web" not in text


def test_repair() -> None:
    entries = [*incident.checked(), incident.asks()]
    lines = question(of_journal(entries, corrected=False), plans(entries))
    snapshot("screen-repair.txt", fits("\n".join([*lines, "", "Repair shop-1? [y/N]: y"]) + "\n"))


def test_after() -> None:
    entries = incident.repaired()
    width = WIDTH - len(clock(0))
    said = [(clock(n), progress(entry, width)) for n, entry in enumerate(entries)]
    stages = [f"{at}{stage}" for at, stage in said if stage]
    text = terminal.render(of(entries, "repair"), width=WIDTH)
    snapshot("screen-after.txt", fits("\n".join([*stages, text])))


def test_a_healthy_host_and_one_that_is_away_fit_too() -> None:
    asked = "3 services run, " + ", ".join(f"web answered {n} times" for n in range(9))
    away = "SSH error (No host key for shop-2 found in known_hosts), for reasons that take a line"
    entries = [run("shop-1", hosts=("shop-1", "shop-2")), look("shop-1", 1, asked=asked)]
    healthy, _ = of_journal(entries, corrected=False)
    text = terminal.render(report("check", hosts=(healthy, unreached("shop-2", away))), width=WIDTH)
    assert fits(text).startswith("shop-1: healthy\n  3 services run, web answered")
    assert "\nshop-2: error\n  it could not be reached: SSH error" in text


@pytest.mark.parametrize("verbose", [False, True])
def test_all_of_it_is_there_with_v(verbose: bool) -> None:
    text = terminal.render(of(incident.checked(), "check"), verbose=verbose)
    assert ("[open]" in text) is verbose
    assert ("+5 symptoms (-v shows them)" in text) is not verbose


def test_colour_is_never_alone() -> None:
    text = terminal.render(of(incident.repaired(), "repair"))
    shown = terminal.coloured(text)
    assert "\x1b[" in shown
    assert "\x1b[" not in text
    for word in ("repaired", "did: ", "was repaired"):
        assert word in text
