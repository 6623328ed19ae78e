"""What a look at all projects of a host costs, against asking for the same by hand:

    python -m bench.whole [USER@]HOST [--rounds 9]

Both over the same ssh, one after the other, by turns: `docker ps -q | xargs docker inspect` and
`docker compose config` for each project; and the two commands of a look. Read-only. `@local`: this
machine, without ssh. Exit code 1 where a look takes more than 1.5 times as long.
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.host import found_stacks
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.projects import projects
from pyinfra_runbooks.facts.stack import HostFound, HostLook

GOAL = 1.5
"""How many times as long as by hand a look may take."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the medians; 1 if the goal is missed, or a project could not be looked at."""
    parser = argparse.ArgumentParser(prog="python -m bench.whole", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    found = _find(options.host)
    by_hand, looks = [], []
    for _ in range(options.rounds):
        by_hand.append(_timed(lambda: _run(options.host, _script_by_hand(found))))
        looks.append(_timed(lambda: _look(options.host)))
    seen = _look(options.host)
    there, ratio = projects(found), statistics.median(looks) / statistics.median(by_hand)
    print(f"{len(there)} projects, {len(found.containers)} containers, {options.rounds} rounds")
    for name, times in (("by hand", by_hand), ("a look", looks)):
        median, least, most = statistics.median(times), min(times), max(times)
        print(f"{name}: {median:.2f} s ({least:.2f} to {most:.2f})")
    unseen = [look.reason for look in seen if isinstance(look, Unknown)]
    alone = [
        look.declared.name for look in seen if isinstance(look, Look) and look.declared.unresolved
    ]
    print(f"{ratio:.2f} times as long, at most {GOAL} is the goal")
    print(*(f"not looked at: {reason}" for reason in unseen), sep="\n", end="")
    if alone:
        print(f"judged by the engine alone: {', '.join(alone)}")
    return int(ratio > GOAL or bool(unseen))


def _script_by_hand(found: Found) -> str:
    """As a person would ask: each project as it was brought up."""
    lines = ["docker ps -q | xargs -r docker inspect"]
    for project in projects(found).values():
        words = ["docker", "compose", "--project-directory", project.directory, "-p", project.name]
        words += [word for file in project.files for word in ("-f", file)]
        words += [word for file in project.env_files for word in ("--env-file", file)]
        lines.append(shlex.join([*words, "config"]))
    return "\n".join(lines)


def _find(host: str) -> Found:
    fact = HostFound()
    found = fact.process(_run(host, fact.command()).splitlines())
    if isinstance(found, Unknown):
        sys.exit(f"{host}: {found.reason}")
    return found


def _look(host: str) -> tuple[Look | Unknown, ...]:
    found, fact = _find(host), HostLook()
    return fact.process(_run(host, fact.command(found_stacks(found), found)).splitlines())


def _run(host: str, script: str) -> str:
    command = ["sh", "-c", script]
    if host != "@local":
        command = ["ssh", "--", host, shlex.join(command)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stdout.decode(errors="replace")


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
