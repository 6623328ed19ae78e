"""Redis taken away under load, and brought back: what the API's users get."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyinfra_runbooks.packs.files.faults import hand_out_password, rotate_acl

from .console import wait_until
from .hosts import API, DIRECTORY, NETWORK, REDIS, Host
from .load import Answer, Load, through_caddy
from .paths import SOURCE

TOKEN, LIST, HEALTH = "/api/v1/auth/csrf-token", "/api/v1/workflows", "/api/v1/health"
RATES = {TOKEN: 60.0, LIST: 30.0, HEALTH: 2.0}  # a second
BEFORE, AWAY = 2.0, 6.0  # seconds
LONGEST = 8.0  # seconds after which an API that is not back does not come back by itself
AFTER = 1.0  # seconds of good answers at the end


@dataclass(frozen=True)
class Way:
    """How Redis goes, and comes back."""

    name: str
    does: str
    away: Callable[[Host], object]
    back: Callable[[Host], object]


def _script(script: str) -> Callable[[Host], object]:
    return lambda host: host.run(script)


WAYS = (
    Way(
        "network",
        "Redis leaves its network: its name leads nowhere, and open connections fall silent",
        _script(f"docker network disconnect {NETWORK} {REDIS}"),
        _script(f"docker network connect --alias redis --alias {REDIS} {NETWORK} {REDIS}"),
    ),
    Way(
        "stop",
        "Redis is stopped, and started",
        _script(f"docker stop --time 30 {REDIS}"),
        _script(f"docker start {REDIS}"),
    ),
    Way(
        "pause",
        "Redis takes connections, and answers nothing",
        _script(f"docker pause {REDIS}"),
        _script(f"docker unpause {REDIS}"),
    ),
    Way(
        "password",
        "the ACL has a new password, and the secret's file gets it later",
        rotate_acl,
        hand_out_password,
    ),
)


@dataclass(frozen=True)
class Outage:
    """What users got.

    + answers: all of them
    + goes, went: when the command began that takes Redis away, and when it had done so
    + comes: when the command began that brings it back
    + kept: whether the API's process is the same
    """

    answers: Sequence[Answer]
    goes: float
    went: float
    comes: float
    kept: bool

    def before(self, path: str) -> list[Answer]:
        """What was asked, and answered, while Redis was there."""
        return [a for a in self.answers if a.path == path and a.answered < self.goes]

    def away(self, path: str) -> list[Answer]:
        """What was asked while Redis was away."""
        return [a for a in self.answers if a.path == path and self.went <= a.sent < self.comes]

    @property
    def back(self) -> float | None:
        """Seconds from the command that brings Redis back to a token; None: within `LONGEST`."""
        return first_good(self.answers, self.comes)


def first_good(answers: Sequence[Answer], since: float) -> float | None:
    """Seconds to the first token that was asked for since."""
    good = [a.answered for a in answers if a.path == TOKEN and a.kind == "200" and a.sent >= since]
    return min(good) - since if good else None


def kinds(answers: Sequence[Answer]) -> Counter[str]:
    """How many there are of each kind; a 503 with Retry-After is one of its own."""
    return Counter(a.kind + ", Retry-After" * ("retry-after" in a.headers) for a in answers)


def percentile(answers: Sequence[Answer], share: float) -> float:
    """Seconds within which that share of them came: 0.5 is the median, 1 the longest."""
    ordered = sorted(a.seconds for a in answers)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def outage(host: Host, way: Way) -> Outage:
    """Take Redis away under load, and bring it back. Heal the host afterwards."""
    load, since = Load(through_caddy(host), RATES), started(host)
    with load.asking():
        time.sleep(BEFORE)
        goes = time.perf_counter()
        way.away(host)
        went = time.perf_counter()
        try:
            time.sleep(AWAY)
        finally:
            comes = time.perf_counter()
            way.back(host)
        while first_good(load.answers, comes) is None and time.perf_counter() - comes < LONGEST:
            time.sleep(0.05)
        time.sleep(AFTER)
    return Outage(tuple(load.answers), goes, went, comes, started(host) == since)


def started(host: Host) -> str:
    """When the API's process was."""
    return host.run(f"docker inspect --format '{{{{.State.StartedAt}}}}' {API}").strip()


def serve(host: Host, folder: str) -> None:
    """Have the API run another stack's code (`stack`, `bare`); healing brings its own back."""
    code = (SOURCE / folder / "api" / "main.py").read_text(encoding="utf-8")
    host.run(f"cat >{DIRECTORY}/api/main.py <<'CODE'\n{code}CODE\ndocker restart -t 2 {API}")
    wait_until(host.is_healthy, f"the API of {host.name}, as in {folder}", 30)
