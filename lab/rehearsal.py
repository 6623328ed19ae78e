"""One fault, or several, on one host: broken, recovered, and judged from outside.

Nothing of the product is asked but its command line: what became of the host is seen by Docker's
engine, by the host's files, and by the keys that Redis holds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from . import keyspace
from .console import LabError, wait_until
from .faults.catalogue import break_host
from .faults.model import DISRUPTIONS, Disruption, Fault, Outcome, Refused, Repaired, Unaffected
from .faults.sets import outcome_of
from .healing import heal
from .hosts import API, DIRECTORY, REDIS, Host
from .keyspace import Keys
from .observing import changes, most_noticed, polled, processes, snapshot
from .runs import CHANGED, RECOVERY, pyinfra
from .watching import Watch, found_in, left_behind, watched
from .writing import Writes, written

_LONGEST = 240  # seconds that a run may take
_PAUSE = 0.4  # seconds between two looks at processes' arguments and environments
_DEGREE = {name: n for n, name in enumerate(DISRUPTIONS)}


@dataclass(frozen=True)
class Recovery:
    """One run of the recovery on one host.

    + said: what was said, line by line, without the host's name
    + changes: the operations that changed something
    + promise: what users will notice, as it says before it does anything; None: it promises nothing
    + may_restart_api: whether it says that the API may have to be restarted besides
    + causes: the kinds of the findings that were named as causes
    + printed: all of the output
    """

    code: int
    said: tuple[str, ...]
    changes: tuple[str, ...]
    seconds: float
    promise: Disruption | None = None
    may_restart_api: bool = False
    causes: frozenset[str] = frozenset()
    printed: str = field(default="", repr=False)

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
    asked = (*options, "-y", "--json", "--limit", host.name, RECOVERY)
    run = pyinfra(*asked, inventory=host.inventory, timeout=_LONGEST)
    try:
        results = run.results(host.name)
    except (ValueError, KeyError, TypeError):
        if run.rc == 0:
            raise LabError(f"it does not say what it did: {run}") from None
        results = {}  # One that fails may tell of no operation.
    return Recovery(
        run.rc,
        # What is said in several lines has the host's name before the first of them.
        tuple(line.partition(f"[{host.name}] ")[2].strip() or line.strip() for line in run.lines),
        tuple(name for name, came in results.items() if came == "success"),
        run.seconds,
        run.promise(host.name),
        run.may_restart_api(host.name),
        run.kinds(host.name),
        run.stdout + run.stderr,
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
        """All that was said, for a person who has to find out why."""
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
    hosts: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
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
    data, before, ran = keyspace.read_anyhow(host), snapshot(host), processes(host)
    passwords |= _password_of_now(host)
    writing = written if any(fault.written for fault in faults) else _unwritten
    with (
        writing(host) as writes,
        watched(*passwords, hosts=(host,), pause=_PAUSE) as watch,
        polled(host) as outage,
    ):
        # All that it may ever print. What it says why, it says without that, too.
        run = recover(host, "-vvv", "--diff")
    after, runs, kept = snapshot(host), processes(host), keyspace.read_anyhow(host)
    again = recover(host)
    return _Seen(
        seeded=seeded,
        data=(data, kept),
        hosts=(before, after, snapshot(host)),
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
    content = host.run(
        f"cat {DIRECTORY}/secrets/redis_password.txt 2>/dev/null", check=False
    ).strip()
    return {content} if content else set()


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
    if besides and not any(map(CHANGED.match, run.said)):
        wrong.append("repaired nothing besides")
    if run.code and single and not besides:
        wrong += [f"changed though it was refused: {n}" for n in _changed(before, after)]
    if again.outcome != ("refused" if isinstance(expected, Refused) else "unaffected"):
        wrong.append(f"was {again.outcome} the second time")
    second = _changed(after, last) if again.code else sorted(changes(after, last))
    wrong += [f"changed by the second run: {n}" for n in second]
    wrong += reasons(expected, run, again)
    wrong += ["ended with a traceback"] if "Traceback (most" in run.printed + again.printed else []
    noticed, whose = seen.noticed
    # Users notice nothing of what is done to a Redis that did not serve them.
    announced = run.may_restart_api and whose == API and noticed == "restart"
    promise = run.promise or "none"
    if not run.code and seen.data[0] and _DEGREE[noticed] > _DEGREE[promise] and not announced:
        wrong.append(f"{whose}: {noticed}, and it promised {promise}")
    return wrong


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What differs, but for the time of a file that was written, in vain, and put back."""
    return sorted(
        name
        for name, values in changes(before, after).items()
        if len({_TIME.sub("", str(value)) for value in values}) > 1
    )


# Of a file, as `observing.files` tells it: seconds since 1970, between its mode and its hash.
_TIME = re.compile(r"\b[0-9]{9,}\.[0-9]+\b")


def _loops(host: Host) -> bool:
    """Whether Redis has failed to start often enough to be distinguished from a plain restart."""
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
            less = run.promise is not None and _DEGREE[run.promise] <= _DEGREE[worst]
            fits = run.promise == worst if single else less
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
    said = ["\n".join(run.said) for run in runs]
    wrong = []
    # The second run alone would do for that: it shows no scripts, which have words, too.
    if not all(re.search(expected.reason, text) for text in said):
        wrong.append(f"does not say {expected.reason!r}")
    if expected.never and any(re.search(expected.never, text) for text in said):
        wrong.append(f"says {expected.never!r}")
    return wrong


def lost(before: Keys, after: Keys) -> int:
    """How many keys there are less; all of them, where they are others."""
    if before == after:
        return 0
    return before.count - after.count or before.count
