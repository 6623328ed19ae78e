"""The bench's command line: `python -m bench [--quick] [--only CASE ...]`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import requests
from docker.errors import DockerException

from lab.console import LabError, say, step, wait_until
from lab.healing import heal
from lab.hosts import API, HOSTS, Host

from . import cases, environment, goals, report
from .running import Bench, expectation


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases; 1 if an end differs or a contender fails, whatever the goals say."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast it is.")
    names = [case.name for case in cases.ALL]
    parser.add_argument("--quick", action="store_true", help="one round each, and 20 names at most")
    parser.add_argument("--only", nargs="+", default=[], choices=names, metavar="CASE")
    options = parser.parse_args(arguments)
    # A time-out around the bench ends it as Ctrl-C does: the hosts are brought back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(cases.chosen(options.only, options.quick))
    except LabError as error:
        say(f"bench: {error}")
        return 1
    except (DockerException, requests.RequestException) as error:
        say(f"bench: a Docker Engine refused or went away: {error}")
        return 1
    except KeyboardInterrupt:
        say("bench: stopped; python -m lab heal brings the hosts back")
        return 130


def _run(chosen: Sequence[cases.Case]) -> int:
    start = time.perf_counter()
    environment.ensure()
    _heal()
    try:
        with environment.python_on(HOSTS):
            bench = Bench(expectation(HOSTS), [], [])
            for case in chosen:
                with step(case.name):
                    bench.run(case)
    finally:
        _heal()
    took = time.perf_counter() - start
    text = report.write(bench.runs, bench.wrong, chosen, environment.described(), took)
    environment.draw(report.JSON, report.PLOT)
    print(text)
    missed = [one for one in goals.outcomes(bench.runs) if one.met is False]
    say(f"bench: {took / 60:.0f} minutes; goals missed: {len(missed)}; see {report.TABLE}")
    return 1 if bench.wrong else 0


def _heal() -> None:
    """Every host as it is in production: its containers are younger than the files they mount."""
    with ThreadPoolExecutor(max_workers=len(HOSTS)) as pool:
        list(pool.map(_healed, HOSTS))


def _healed(host: Host) -> None:
    heal(host)
    host.run(f"docker restart --time 1 {API}")
    wait_until(host.is_healthy, f"the API of {host.name}", 30)


if __name__ == "__main__":
    sys.exit(main())
