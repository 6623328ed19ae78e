"""The report on a terminal."""

from __future__ import annotations

import pytest
from journals import WAIVED, look, report, run
from poison import POISONS, poisoned
from snapshots import snapshot

from pyinfra_runbooks.jobs.hosts import HostReport, of_journal
from pyinfra_runbooks.jobs.reports import terminal


def fleet(number: int) -> tuple[HostReport, ...]:
    """So many healthy hosts without findings."""
    (host,) = of_journal([run("web"), look("web", 1)], corrected=True)
    return tuple(HostReport(f"web{n}", host.before, host.after) for n in range(number))


def test_the_worst_comes_last_and_the_sum_after_it() -> None:
    lines = terminal.render(report()).splitlines()
    heads = [line.partition(":")[0] for line in lines if not line.startswith(" ")]
    assert heads == ["calm", "healed", "refusing", "odd<&>\"'", "broken", "away", "6 hosts"]


def test_the_sample() -> None:
    snapshot("report.txt", terminal.render(report()))


def test_a_watch_says_when() -> None:
    last = terminal.render(report("watch", started=1_800_000_000.4)).splitlines()[-1]
    assert last.endswith("(2027-01-15 08:00:00 UTC)")


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (1, "web0: healthy"),
        (3, "web0, web1, web2: healthy"),
        (30, "web0, web1, web2, web3, web4, web5, web6, web7 and 22 more: healthy"),
    ],
)
def test_healthy_hosts_share_a_line(number: int, line: str) -> None:
    assert terminal.render(report(hosts=fleet(number))).splitlines()[0] == line


def test_a_pause_or_waiver_of_a_healthy_host_is_shown() -> None:
    paused, waived = (
        of_journal([run(name), entry], corrected=True)[0]
        for name, entry in (
            ("moving", look("moving", 1, paused="paused by ops@desk until noon: moving")),
            ("odd", look("odd", 1, WAIVED)),
        )
    )
    snapshot("report-paused.txt", terminal.render(report(hosts=(*fleet(2), paused, waived))))


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
