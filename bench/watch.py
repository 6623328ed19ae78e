"""How soon a watched stack is healthy again: `python -m bench.watch [FAULTS]`.

A fault is a `docker network disconnect` of Redis, on each of the lab's hosts in turn. Its time
runs from the start of that command to the first good answer of the API that was asked for after it.
Beside `runbooks watch`, in blocks that take turns: the floor, a loop on the host itself that
attaches Redis to its network with each event, and knows neither causes nor proofs.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from lab.console import LabError, say, wait_until
from lab.healing import heal
from lab.hosts import API, HOSTS, NETWORK, REDIS, Host
from lab.listening import Watcher, listening
from lab.paths import SOURCE
from lab.runs import with_stack
from pyinfra_runbooks.engine.shell import values

from . import environment
from .report import RESULTS

FAULTS, BLOCK = 50, 10

_FLOOR = (
    "docker events --filter type=network --filter event=disconnect --format x | while read -r _; do"
    f" docker network connect --alias redis {NETWORK} {REDIS}; done"
)


@dataclass(frozen=True)
class Contender:
    """
    Who repairs.

    + starts: has it at work, and yields what waits until it is ready for the next fault
    """

    name: str
    what: str
    starts: Callable[[], AbstractContextManager[Callable[[], None]]]


@contextmanager
def _watch() -> Iterator[Callable[[], None]]:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        patient = with_stack(place, "breaker=Breaker(corrections=100)")
        with listening(place, *patient, "--every", "600") as watcher:
            yield lambda: _idle(watcher)


def _idle(watcher: Watcher) -> None:
    """Once its run is over, and the next one listens."""
    time.sleep(1)  # nothing tells that its last run has begun
    watcher.listens()


@contextmanager
def _floor() -> Iterator[Callable[[], None]]:
    for host in HOSTS:
        host.run(f"setsid sh -c {quote(_FLOOR)} bench-floor </dev/null >/dev/null 2>&1 &")
    try:
        yield lambda: time.sleep(0.5)
    finally:
        for host in HOSTS:
            host.run("pkill -f bench-floor; pkill -x -f 'docker events.*'", check=False)


CONTENDERS = (
    Contender("watch", "runbooks watch: finds the cause, locks, attaches, audits, proves", _watch),
    Contender("floor", "a loop on the host that attaches Redis with each event", _floor),
)


def main(arguments: Sequence[str]) -> int:
    """Measures, and writes the results; 1 if a fault was not repaired."""
    count = int(arguments[0]) if arguments else FAULTS
    for host in HOSTS:
        heal(host)
    found: dict[str, list[float]] = {one.name: [] for one in CONTENDERS}
    try:
        while len(found["floor"]) < count:
            for contender in CONTENDERS:
                with contender.starts() as ready:
                    for n in range(min(BLOCK, count)):
                        seconds = _once(HOSTS[n % len(HOSTS)])
                        say(f"{contender.name}: {seconds:.2f} s")
                        found[contender.name].append(seconds)
                        ready()
    except LabError as error:
        say(f"bench: {error}")
        return 1
    finally:
        for host in HOSTS:
            heal(host)
    text = _table(found)
    (RESULTS / "watch.md").write_text(text)
    print(text)
    return 0


def _once(host: Host) -> float:
    """One fault; seconds until the API was well again."""
    wait_until(host.is_healthy, f"the API of {host.name}", 30)
    here = SOURCE.parent / "bench"
    given = values(
        api=API, network=NETWORK, redis=REDIS, probe=(here / "probe.py").read_text(encoding="utf-8")
    )
    said = host.run(given + (here / "disconnect.sh").read_text(encoding="utf-8")).strip()
    if not said:
        raise LabError(f"{host.name} was not repaired")
    return float(said)


def _table(found: dict[str, list[float]]) -> str:
    median = {name: statistics.median(values) for name, values in found.items()}
    rows = [
        f"| {one.name} | {one.what} | {len(found[one.name])} | {median[one.name]:.2f} s"
        f" [{min(found[one.name]):.2f}, {max(found[one.name]):.2f}]"
        f" | {median[one.name] / median['watch']:.2f} |"
        for one in CONTENDERS
    ]
    about = ", ".join(
        f"{name}: {what}" for name, what in environment.described(peers=False).items()
    )
    return "\n".join(
        (
            "# From `docker network disconnect` to a healthy API",
            "",
            "`python -m bench.watch`, median [least, most]; x is the median over `watch`'s.",
            f"{datetime.now(UTC):%Y-%m-%d}. {about}.",
            "",
            "| | | faults | healthy after | x |",
            "|---|---|---|---|---|",
            *rows,
            "",
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
