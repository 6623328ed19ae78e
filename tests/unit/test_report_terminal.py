"""The report on a terminal."""

from __future__ import annotations

import pytest
from journals import ACCEPTED, look, report, run
from poison import POISONS, poisoned

from pyinfra_runbooks.jobs.hosts import HostReport, of_journal
from pyinfra_runbooks.jobs.reports import terminal


def fleet(number: int) -> tuple[HostReport, ...]:
    """So many hosts that are well, of which there is nothing to tell."""
    (host,) = of_journal([run("web"), look("web", 1)], corrected=True)
    return tuple(HostReport(f"web{n}", host.before, host.after) for n in range(number))


def test_the_worst_comes_last_and_the_sum_after_it() -> None:
    lines = terminal.render(report()).splitlines()
    heads = [line.partition(":")[0] for line in lines if not line.startswith(" ")]
    assert heads == ["well", "healed", "refusing", "odd<&>\"'", "broken", "away", "6 hosts"]
    assert lines[-1] == "6 hosts: 1 well, 1 repaired, 2 left, 2 error (4.2 s)"


def test_what_is_gone_is_said_in_short() -> None:
    lines = terminal.render(report()).splitlines()
    start = lines.index("healed: repaired")
    assert lines[start + 1 : start + 3] == [
        "  (gone) redis: is not on shop_back [wrong-network]",
        "    seen: shop-redis-1 is on shop_test",
    ]
    assert "  did: attach shop-redis-1 to shop_back (0.4 s)" in lines
    assert "  the API failed for 2.8 s after the first look" in lines


def test_what_is_left_says_what_to_do() -> None:
    lines = terminal.render(report()).splitlines()
    assert "    do: docker network create it" in lines
    assert "  refused: Docker said: address already in use" in lines
    assert "  paused by ops@desk until noon: moving" in lines


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (1, "web0: well"),
        (3, "web0, web1, web2: well"),
        (30, "web0, web1, web2, web3, web4, web5, web6, web7 and 22 more: well"),
    ],
)
def test_hosts_that_are_well_take_one_line(number: int, line: str) -> None:
    assert terminal.render(report(hosts=fleet(number))).splitlines()[0] == line


def test_what_was_paused_or_accepted_is_told_of_hosts_that_are_well() -> None:
    paused, accepted = (
        of_journal([run(name), entry], corrected=True)[0]
        for name, entry in (
            ("moving", look("moving", 1, paused="paused by ops@desk until noon: moving")),
            ("odd", look("odd", 1, ACCEPTED)),
        )
    )
    lines = terminal.render(report(hosts=(*fleet(2), paused, accepted))).splitlines()
    assert lines[:3] == [
        "web0, web1: well",
        "moving: well",
        "  paused by ops@desk until noon: moving",
    ]
    assert "  (accepted) api: is not on shop_back [foreign-network]" in lines


def test_a_job_that_was_halted_or_failed_says_why() -> None:
    halted = terminal.render(report(halted="too many hosts")).splitlines()
    assert halted[-2] == "Halted: too many hosts"
    assert terminal.render(report(hosts=(), error="no inventory")) == "no inventory (4.2 s)\n"


@pytest.mark.parametrize("poison", POISONS)
def test_no_text_adds_a_line_or_commands_the_terminal(poison: str) -> None:
    clean = terminal.render(report(halted="halted")).splitlines()
    lines = terminal.render(poisoned(poison)).split("\n")
    assert len(lines) == len(clean) + 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for line in lines for c in line)
