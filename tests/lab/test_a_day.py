"""A day of drift in fast motion: faults at any time, and everybody who repairs them at work."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import seen

from lab import keyspace
from lab.console import LabError, wait_until
from lab.faults.catalogue import FAULTS
from lab.hosts import HOSTS, Host
from lab.listening import audit, corrections, listening
from lab.runs import INVENTORY, RECOVERY, Run, pyinfra, runbooks, with_stack

SEED = 20261126
REPAIRABLE = (
    *("wrong-network", "missing-alias", "redis-stopped", "redis-paused", "api-removed"),
    *("acl-not-loaded", "acl-default-on", "secret-not-mounted", "redis-removed", "incident"),
)


pytestmark = pytest.mark.usefixtures("nothing_reported_before")


class Day:
    """Who does something at random times until the day is over, and what came of it."""

    def __init__(self, options: tuple[str, ...]) -> None:
        self.options = options
        self.over = threading.Event()
        self.faults: list[tuple[float, str, str]] = []
        self.runs: list[Run] = []
        self.errors: list[BaseException] = []

    def breaking(self, host: Host, chance: random.Random) -> None:
        while not self.over.wait(chance.uniform(2, 14)):
            name = chance.choice(REPAIRABLE)
            try:
                FAULTS[name].function(host)
            except LabError:
                continue  # A run is just repairing what it needs: not broken, not counted.
            self.faults.append((time.time(), host.name, name))

    def checking(self, chance: random.Random) -> None:
        while not self.over.wait(chance.uniform(5, 15)):
            self.runs.append(runbooks("check", INVENTORY, *self.options))

    def correcting(self, chance: random.Random) -> None:
        while not self.over.wait(chance.uniform(3, 12)):
            self.runs.append(runbooks("correct", INVENTORY, *self.options))

    def a_person(self, chance: random.Random) -> None:
        while not self.over.wait(chance.uniform(8, 20)):
            only = ("--limit", chance.choice(HOSTS).name)
            self.runs.append(pyinfra("-y", RECOVERY, *self.options, *only))

    def live(self, seconds: float) -> None:
        """All of them side by side, each by a sequence of its own, for so long."""
        doing: list[Callable[[random.Random], None]] = [
            *(lambda chance, h=host: self.breaking(h, chance) for host in HOSTS),
            *(self.checking, self.correcting, self.a_person),
        ]
        threads = [
            threading.Thread(target=self._guarded, args=(does, random.Random(SEED + n)))  # noqa: S311
            for n, does in enumerate(doing)
        ]
        for thread in threads:
            thread.start()
        self.over.wait(seconds)
        self.over.set()
        for thread in threads:
            thread.join()

    def _guarded(self, does: Callable[[random.Random], None], chance: random.Random) -> None:
        try:
            does(chance)
        except BaseException as error:  # noqa: BLE001 - reported where the test can see it
            self.errors.append(error)


@pytest.mark.thorough
@pytest.mark.parametrize(("seconds", "least"), [(40, 3), (300, 20)])
def test_a_day_of_drift(seconds: float, least: int, tmp_path: Path) -> None:
    options = with_stack(tmp_path, "breaker=Breaker(corrections=100)")
    keys = seen.on_each(keyspace.seed)
    day = Day(options)
    with listening(tmp_path, *options, "--every", "20") as watch:
        day.live(seconds)
        wait_until(lambda: all(h.is_healthy() for h in HOSTS), "the evening", 120, every=1)
    assert day.errors == []
    assert len(day.faults) >= least, day.faults
    # Everything is repaired, or reported.
    last = runbooks("correct", INVENTORY, *options)
    assert last.rc == 0, str(last)
    assert runbooks("check", INVENTORY, *options).rc == 0
    # Nothing is lost.
    assert seen.on_each(keyspace.read) == keys
    # Nobody crashed, and nobody undid what another did.
    for run in day.runs:
        assert "Traceback" not in run.text, str(run)
        assert run.rc in (0, 1, 2)
    assert "Traceback" not in watch.said()
    for host in HOSTS:
        done = corrections(host)
        _one_after_the_other(done)
        broken = sum(name == host.name for _, name, _ in day.faults)
        assert len(done) <= 4 * broken, (broken, done)
    # And the night is quiet.
    before = seen.on_each(seen.snapshot)
    shown = {host.name: len(audit(host)) for host in HOSTS}
    assert runbooks("correct", INVENTORY, *options).rc == 0
    after = seen.on_each(seen.snapshot)
    assert {n: seen.changes(before[n], after[n]) for n in before} == {n: {} for n in before}
    assert {host.name: len(audit(host)) for host in HOSTS} == shown


def _one_after_the_other(done: list[dict[str, Any]]) -> None:
    """No change began while one of another run was at work; the audit counts whole seconds."""
    spans = [
        (datetime.fromisoformat(line["time"]).timestamp(), line["seconds"], line["run"])
        for line in done
    ]
    for (end, _, run), (next_end, seconds, next_run) in pairwise(spans):
        assert run == next_run or next_end - seconds >= end - 1, (spans,)
