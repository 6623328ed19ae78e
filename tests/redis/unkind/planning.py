"""Which cases are run: every pair of values meets in at least one of them."""

from __future__ import annotations

import itertools
import os
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial

from .cases import VALUES, Case, Outcome, outcome
from .scripts import SCRIPTS
from .servers import SERVERS

AT_ONCE = 4 * (os.cpu_count() or 1)
"""Cases that run at the same time: most of their time they wait for a deadline."""

_IN_WINDOW = 0.85  # of the failures are between the first change and the proof
_SLOW = 0.15  # of the cases load for longer than every deadline
_STARTING = {"start", "restart", "recreate", "put-back", "put-back-refused"}

Row = dict[str, str]
Profiles = Mapping[tuple[str, str, str], Sequence[bool]]
"""Of each script, login and access: of each of its calls, whether it is in the window that
counts."""


def pairwise(dimensions: Mapping[str, Sequence[str]], choose: random.Random) -> list[Row]:
    """Rows in which every two values of different dimensions meet, and not many more."""
    missing = {
        ((one, a), (other, b))
        for one, other in itertools.combinations(dimensions, 2)
        for a in dimensions[one]
        for b in dimensions[other]
    }
    order = {name: number for number, name in enumerate(dimensions)}
    rows = []
    while missing:
        # The first in order, so that a seed gives the same rows in every process.
        row: Row = dict(choose.choice(sorted(missing)[:50]))
        names = [name for name in dimensions if name not in row]
        choose.shuffle(names)
        for name in names:
            values = list(dimensions[name])
            choose.shuffle(values)
            row[name] = max(values, key=partial(_gain, missing, row, order, name))
        rows.append(row)
        missing -= set(itertools.combinations(sorted(row.items(), key=lambda i: order[i[0]]), 2))
    return rows


def _gain(missing: Set[object], row: Row, order: Mapping[str, int], name: str, value: str) -> int:
    pairs = (
        ((name, value), item) if order[name] < order[item[0]] else (item, (name, value))
        for item in row.items()
    )
    return sum(pair in missing for pair in pairs)


def sample(profiles: Profiles, seed: int) -> list[Case]:
    """Each script meets each failure, server, persistence, shell, engine and login."""
    choose = random.Random(seed)  # noqa: S311 - the same cases each time are wanted
    left_out = ("how", "side", "load", "access")
    dimensions = {name: values for name, values in VALUES.items() if name not in left_out}
    dimensions["failure"] = _failures()
    cases = [_case(row, choose, profiles) for row in pairwise(dimensions, choose)]
    return cases + _by_access(profiles, choose)


_OTHERWISE = tuple(access for access in VALUES["access"] if access != "acl")


def _by_access(profiles: Profiles, choose: random.Random) -> list[Case]:
    """Each script that starts it meets each failure, with the login that its container holds."""
    cases = []
    for access in _OTHERWISE:
        dimensions = {
            "script": (*sorted(_STARTING), "unpause"),
            "failure": _failures(),
            **{name: VALUES[name] for name in ("server", "persistence", "shell", "engine")},
        }
        rows = pairwise(dimensions, choose)
        # Each of the ways to let clients in gets its share of them.
        for row in rows[_OTHERWISE.index(access) :: len(_OTHERWISE)]:
            cases.append(_case({**row, "access": access, "login": "root"}, choose, profiles))
    return cases


def everything(profiles: Profiles, seed: int) -> Iterator[Case]:
    """Each call of each script meets each failure, and each of the rest; again and again."""
    choose = random.Random(seed)  # noqa: S311 - the same cases each time are wanted
    dimensions = {name: VALUES[name] for name in ("persistence", "shell", "engine", "login")}
    dimensions["server"] = tuple(SERVERS)
    dimensions["failure"] = _failures()
    dimensions["at"] = tuple(
        f"{script}:{call}" for script in SCRIPTS for call in _those_that_count(profiles, script)
    )
    while True:
        for row in pairwise(dimensions, choose):
            row["script"], _, call = row.pop("at").partition(":")
            yield _case(row, choose, profiles, int(call))


def _those_that_count(profiles: Profiles, script: str) -> list[int]:
    """The calls in the window; where a script changes nothing that is counted, all of them."""
    window = profiles[script, "root", "acl"]
    inside = [number for number, counts in enumerate(window, 1) if counts]
    return inside or list(range(1, len(window) + 1)) or [1]


def _failures() -> tuple[str, ...]:
    return tuple(f"{how}:{side}" for how in VALUES["how"] for side in VALUES["side"])


def _case(
    row: Row,
    choose: random.Random,
    profiles: Profiles,
    call: int = 0,
) -> Case:
    how, _, side = row["failure"].partition(":")
    named = {name: value for name, value in row.items() if name != "failure"}
    window = profiles[row["script"], row["login"], row.get("access", "acl")]
    if not call or row["login"] != "root":
        inside = [number for number, counts in enumerate(window, 1) if counts]
        anywhere = range(1, len(window) + 1)
        call = choose.choice(inside if inside and choose.random() < _IN_WINDOW else anywhere or [1])
    slow = row["script"] in _STARTING and choose.random() < _SLOW
    return Case(call=str(call), how=how, side=side, load="slow" if slow else "quick", **named)


def unharmed() -> list[Case]:
    """Each script as root and as another user, with nothing that goes wrong."""
    logins, starting = VALUES["login"], (*sorted(_STARTING), "unpause")
    cases = [Case(script, login=login) for script in SCRIPTS for login in logins]
    return cases + [Case(s, access=access) for access in _OTHERWISE for s in starting]


def profiles_of(outcomes: Iterable[Outcome]) -> Profiles:
    """What the cases of `unharmed` tell of the scripts."""
    return {(o.case.script, o.case.login, o.case.access): o.window for o in outcomes}


def outcomes(cases: Iterable[Case]) -> Iterator[Outcome]:
    """Runs the cases, several at once, and returns what came of them in their order.

    No more are begun than a few ahead: who has had enough asks for no more.
    """
    ahead: deque[Future[Outcome]] = deque()
    with ProcessPoolExecutor(AT_ONCE) as pool:
        try:
            for case in cases:
                ahead.append(pool.submit(outcome, case))
                if len(ahead) == 4 * AT_ONCE:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
