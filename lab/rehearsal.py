"""One fault, or several, on one host: broken, recovered, and judged from outside.

Nothing of the product is asked but its command line: what became of the host is seen by Docker's
engine, by the host's files, and by the keys that Redis holds.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from . import keyspace
from .console import wait_until
from .faults import break_host, heal
from .faults.model import DISRUPTIONS, Disruption, Fault, Outcome, Refused, Repaired, Unaffected
from .faults.sets import outcome_of
from .hosts import API, DIRECTORY, REDIS, Host
from .keyspace import Keys
from .observing import differences, fingerprint, most_noticed, polled, processes
from .paths import SOURCE
from .watching import Watch, found_in, left_behind, watched
from .writing import Writes, written

PYINFRA = Path(sys.executable).with_name("pyinfra")
_UNATTENDED, _RUNBOOK = ("-y", "--json"), "runbooks/redis_recovery.py"
_LONGEST = 240  # seconds that a run may take
_PAUSE = 0.4  # seconds between two looks at processes' arguments and environments
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_DEGREE = {name: n for n, name in enumerate(DISRUPTIONS)}


@dataclass(frozen=True)
class Recovery:
    """One run of the recovery on one host.

    + said: what was said of the host, line by line
    + changes: the operations that changed something
    + causes: the kinds of the findings that were named as causes
    + printed: all of the output
    """

    code: int
    said: tuple[str, ...]
    changes: tuple[str, ...]
    seconds: float
    causes: frozenset[str] = frozenset()
    printed: str = field(default="", repr=False)

    @property
    def promise(self) -> Disruption:
        """What users will notice, as it says before it does anything."""
        found = re.search(r"the repair's disruption: (\w+)", "\n".join(self.said))
        return next((d for d in DISRUPTIONS if found and d == found[1]), "none")

    @property
    def may_restart(self) -> bool:
        """Whether it says that the API may have to be restarted besides."""
        return any("The API is restarted if it does not recover" in line for line in self.said)

    @property
    def outcome(self) -> str:
        """In a word or two."""
        if self.code:
            return "refused"
        return f"repaired ({self.promise})" if self.changes else "unaffected"

    def __str__(self) -> str:
        return "\n".join((f"exit code {self.code}, changed by: {self.changes}", *self.said))


def recover(host: Host, *options: str) -> Recovery:
    """Run the recovery on one host, as a timer would."""
    start = time.monotonic()
    done = subprocess.run(
        [
            str(PYINFRA),
            *options,
            *_UNATTENDED,
            host.inventory,
            _RUNBOOK,
            "--limit",
            host.name,
        ],
        cwd=SOURCE.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    seconds = time.monotonic() - start
    lines = _COLOURS.sub("", done.stderr).splitlines()
    try:
        operations = json.loads(done.stdout)["results"]["operations"]
    except (ValueError, KeyError):
        operations = []  # nobody could be looked at: there is nothing but an error
    return Recovery(
        done.returncode,
        tuple(line.partition(f"[{host.name}] ")[2].strip() or line.strip() for line in lines),
        tuple(o["name"] for o in operations if host.name in o["success"]),
        seconds,
        _causes(line.partition(f"[{host.name}] ")[2].strip() for line in lines),
        done.stdout + done.stderr,
    )


def _causes(said: Iterable[str]) -> frozenset[str]:
    """The kinds behind the findings, up to the symptoms; what is verbose begins otherwise."""
    findings = takewhile(lambda line: not line.startswith("What fails"), said)
    return frozenset(
        found[1] for line in findings if (found := re.match(r"[^<>]*: .* \[([a-z-]+)\]$", line))
    )


@dataclass(frozen=True)
class Rehearsal:
    """What came of faults on a host.

    + lost: keys of those that were there which are not, or are others now
    + secrets: where a password of the host's was seen
    + problems: what is not as the catalogue says; empty: all is
    """

    faults: tuple[Fault, ...]
    host: Host
    expected: Outcome
    run: Recovery
    again: Recovery
    outage: float
    noticed: Disruption
    lost: int
    secrets: tuple[str, ...] = field(default=())
    problems: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """The faults' names."""
        return " + ".join(fault.name for fault in self.faults)

    def __str__(self) -> str:
        """All that was said, for whoever has to find out why."""
        problems = "; ".join(self.problems) or "as expected"
        return f"{self.host.name}: {self.name}: {problems}\n{self.run}\nAgain: {self.again}"


@dataclass(frozen=True)
class _Seen:
    """What was seen on the way: before and after the first run, and after the second one.

    + data: the keys before and after it; None where Redis could not be asked
    + seeded: those that there were before anything was broken
    """

    seeded: Keys
    data: tuple[Keys | None, Keys | None]
    hosts: tuple[dict[str, str], dict[str, str], dict[str, str]]
    noticed: tuple[Disruption, str]
    runs: tuple[Recovery, Recovery]
    outage: float
    secrets: tuple[str, ...]
    writes: Writes

    def lost(self, healed: Keys) -> int:
        """Keys that went during the run, or that healing does not bring back."""
        before, after = self.data
        return max(lost(self.seeded, healed), lost(before, after) if before and after else 0)


def rehearse(host: Host, *faults: Fault) -> Rehearsal:
    """Bring faults about, recover twice, judge, and heal the host.

    It is as healing left it: only one that is not even healthy is healed before, too.
    """
    if not host.is_healthy():
        heal(host)
    try:
        seen = _seen(host, faults)
    finally:
        heal(host)
    gone = seen.lost(keyspace.read(host)) + seen.writes.lost(host)
    expected = outcome_of(faults, host)
    problems = [
        *_problems(expected, seen, single=len(faults) == 1),
        *_unnamed(faults, seen.runs[0]),
        *([f"{gone} keys lost"] if gone else []),
        *(f"a password in {where}" for where in seen.secrets),
    ]
    return Rehearsal(
        faults,
        host,
        expected,
        *seen.runs,
        seen.outage,
        seen.noticed[0],
        gone,
        seen.secrets,
        tuple(problems),
    )


def _seen(host: Host, faults: tuple[Fault, ...]) -> _Seen:
    start = time.time()
    seeded, passwords = keyspace.seed(host), {host.password()}
    break_host(host, *(fault.name for fault in faults))
    if any(fault.other_data for fault in faults):
        keyspace.seed(host, keyspace.ask_anyhow)
    if any(fault.loops for fault in faults):
        wait_until(lambda: _loops(host), f"Redis of {host.name} to loop", timeout=20)
    data, before, ran = keyspace.read_anyhow(host), fingerprint(host), processes(host)
    passwords |= _password_of_now(host)
    writing = written if any(fault.written for fault in faults) else _unwritten
    with (
        writing(host) as writes,
        watched(*passwords, hosts=(host,), pause=_PAUSE) as watch,
        polled(host) as outage,
    ):
        # All that it may ever print. What it says why, it says without that, too.
        run = recover(host, "-vvv", "--diff")
    after, runs, kept = fingerprint(host), processes(host), keyspace.read_anyhow(host)
    again = recover(host)
    return _Seen(
        seeded=seeded,
        data=(data, kept),
        hosts=(before, after, fingerprint(host)),
        noticed=most_noticed(ran, runs),
        runs=(run, again),
        outage=outage.seconds,
        secrets=tuple(sorted(_shown(host, passwords, start, watch, run, again))),
        writes=writes,
    )


@contextmanager
def _unwritten(_: Host) -> Iterator[Writes]:
    yield Writes()


def _password_of_now(host: Host) -> set[str]:
    """What the file has now; a fault may have changed it, or removed the file."""
    told = host.run(f"cat {DIRECTORY}/secrets/redis_password.txt 2>/dev/null", check=False).strip()
    return {told} if told else set()


def _shown(
    host: Host, passwords: set[str], start: float, watch: Watch, *runs: Recovery
) -> Iterator[str]:
    """Where a password was seen that does not belong there."""
    for hits in watch.hits.values():
        yield from hits
    for password in passwords:
        yield from left_behind(host, password, start)
        if any(found_in(run.printed, password) for run in runs):
            yield "the output"


def _problems(expected: Outcome, seen: _Seen, single: bool) -> list[str]:
    """What is not as it has to be. Of several faults some may be repaired, and others refused."""
    (run, again), (before, after, last) = seen.runs, seen.hosts
    wrong = judged(expected, run, single)
    besides = isinstance(expected, Refused) and expected.besides
    # pyinfra's JSON tells of no operation where one has failed.
    if besides and not any(line.startswith("Success") for line in run.said):
        wrong.append("repaired nothing besides")
    if run.code and single and not besides:
        wrong += [f"changed though it was refused: {n}" for n in differences(before, after)]
    if again.outcome != ("refused" if isinstance(expected, Refused) else "unaffected"):
        wrong.append(f"was {again.outcome} the second time")
    wrong += [f"changed by the second run: {n}" for n in differences(after, last)]
    wrong += reasons(expected, run, again)
    wrong += ["ended with a traceback"] if "Traceback (most" in run.printed + again.printed else []
    noticed, whose = seen.noticed
    # Users notice nothing of what is done to a Redis that did not serve them.
    foretold = run.may_restart and whose == API and noticed == "restart"
    if not run.code and seen.data[0] and _DEGREE[noticed] > _DEGREE[run.promise] and not foretold:
        wrong.append(f"{whose}: {noticed}, and it promised {run.promise}")
    return wrong


def _loops(host: Host) -> bool:
    """Whether Redis has failed to start often enough to be told from a plain restart."""
    count = host.run(f"docker inspect --format '{{{{.RestartCount}}}}' {REDIS}", check=False)
    return int(count.strip() or 0) > 1


def judged(expected: Outcome, run: Recovery, single: bool) -> list[str]:
    """Whether the first run ended as it had to."""
    match expected:
        case Refused():
            return [] if run.code else [f"was {run.outcome}, expected a refusal"]
        case Unaffected():
            return [] if run.outcome == "unaffected" else [f"was {run.outcome}, expected nothing"]
        case Repaired(disruption=worst):
            if run.code or not run.changes:
                return [f"was {run.outcome}, expected a repair ({worst})"]
            fits = run.promise == worst if single else _DEGREE[run.promise] <= _DEGREE[worst]
            return [] if fits else [f"promised {run.promise}, expected {worst}"]


def _unnamed(faults: tuple[Fault, ...], run: Recovery) -> list[str]:
    """Whether a fault alone is named as what it is."""
    wanted = faults[0].causes
    if len(faults) > 1 or not wanted or run.causes == wanted:
        return []
    return [f"named {sorted(run.causes)}, expected {sorted(wanted)}"]


def reasons(expected: Outcome, *runs: Recovery) -> list[str]:
    """Whether every refusal gives its reason, and none says what must never be said."""
    if not isinstance(expected, Refused):
        return []
    told = ["\n".join(run.said) for run in runs]
    wrong = []
    # The second run alone would do for that: it shows no scripts, which have words, too.
    if not all(re.search(expected.reason, said) for said in told):
        wrong.append(f"does not say {expected.reason!r}")
    if expected.never and any(re.search(expected.never, said) for said in told):
        wrong.append(f"says {expected.never!r}")
    return wrong


def lost(before: Keys, after: Keys) -> int:
    """How many keys there are less; all of them, where they are others."""
    if before == after:
        return 0
    return before.count - after.count or before.count
