"""Running a case: contenders take turns, round by round, and each end is compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from lab.console import LabError, say, wait_until
from lab.faults.catalogue import break_host
from lab.healing import heal
from lab.hosts import Host
from pyinfra_runbooks.engine.rules.actors import YOUNG

from . import distance, ends, figures, targets
from .cases import Case
from .client import Client
from .contenders import Contender, Kind
from .environment import STATE
from .figures import Run
from .measuring import Measured, measure

LOGS = STATE / "logs"
_CALM = 1.0  # seconds without an error, after which the API counts as back
_LONGEST_OUTAGE = 60.0


class WrongEndError(LabError):
    """A contender failed, or left something else than the others."""


@dataclass
class Bench:
    """Runs cases, and keeps what came of them."""

    expected: dict[str, dict[str, Any]]
    runs: list[Run]
    wrong: list[str]

    def run(self, case: Case) -> None:
        """All rounds of a case; what goes wrong is kept, and the others go on."""
        LOGS.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            routes = stack.enter_context(distance.far(case.hosts)) if case.far else {}
            for turn, contender, host in _turns(case):
                try:
                    run = self._once(case, turn, contender, host, routes)
                except LabError as error:
                    say(f"      {contender.name}: {error}")
                    self.wrong.append(f"{case.name}, {contender.name}: {error}")
                    heal(host)
                else:
                    self.runs.append(run)
                    _tell(run)

    def _once(
        self, case: Case, turn: int, contender: Contender, host: Host, routes: dict[str, str]
    ) -> Run:
        one = case.names == 1
        names = targets.named(case.names, (host,) if one else case.hosts, routes)
        files = targets.write(names, STATE / "targets")
        log = LOGS / f"{case.name}-{contender.name}-{host.name}-{turn}.log".replace(" ", "_")
        base = Run(case.name, contender.name, host.name, case.names, turn, 0, 0, 0, 0)

        def call() -> Measured:
            measured = measure(contender, names, files, log)
            if measured.code != 0:
                raise WrongEndError(
                    f"ended with {measured.code}; see {log.relative_to(STATE.parent)}"
                )
            return measured

        if case.kind is Kind.NOTHING:
            measured = call()
            for each in {target.host for target in names}:
                self._compare(each)
            return _with(base, measured)
        return self._repair(case, contender, host, base, call)

    def _repair(
        self, case: Case, contender: Contender, host: Host, base: Run, call: Callable[[], Measured]
    ) -> Run:
        heal(host)
        key = ends.write_key(host)
        break_host(host, case.kind.value)
        # Nobody is called to a stack in the second in which it is deployed.
        wait_until(lambda: ends.youngest(host) > YOUNG, f"{host.name} to be left alone", 10)
        before = ends.run_id(host) if case.kind is Kind.WRONG_NETWORK else None
        client = Client(host)
        with client.asking():
            time.sleep(0.3)
            measured = call()
            wait_until(lambda: client.good_for(_CALM), "the API to be back", _LONGEST_OUTAGE)
        self._compare(host)
        if not ends.holds(host, key):
            raise WrongEndError("Redis has lost a key")
        restarted = None if before is None else ends.run_id(host) != before
        if restarted and contender.keeps_redis:
            raise WrongEndError("Redis was restarted")
        return _with(base, measured, figures.seen(client.record, measured.start), restarted)

    def _compare(self, host: Host) -> None:
        wrong = ends.differences(self.expected[host.name], ends.facts(host))
        if wrong:
            raise WrongEndError("; ".join(wrong))


def _turns(case: Case) -> Iterator[tuple[int, Contender, Host]]:
    """Every round, everybody once on each host; who begins changes with the round."""
    everybody = case.contenders
    each = case.hosts if case.names == 1 else case.hosts[:1]
    for turn in range(case.rounds):
        first = turn % len(everybody)
        for contender in [*everybody[first:], *everybody[:first]]:
            for host in each:
                yield turn + 1, contender, host


def _with(
    base: Run,
    measured: Measured,
    seen: figures.Seen | None = None,
    restarted: bool | None = None,
) -> Run:
    return replace(
        base,
        wall=measured.wall,
        cpu=measured.cpu,
        memory=measured.memory,
        code=measured.code,
        seen=seen,
        restarted=restarted,
    )


def _tell(run: Run) -> None:
    words = f"{run.wall:7.2f} s   cpu {run.cpu:6.2f} s   {run.memory:5.0f} MB"
    if run.seen and run.seen.healthy is not None:
        words += f"   healthy {run.seen.healthy:5.2f} s   errors {run.seen.error_seconds:5.2f} s"
    say(f"  {run.round}  {run.case:18}{run.host:12}{run.contender:22}{words}")


def expectation(hosts: Sequence[Host]) -> dict[str, dict[str, Any]]:
    """What hosts are like when they are healed: the end that everybody has to reach."""
    return {host.name: ends.facts(host) for host in hosts}
