"""A user of the stack: asks the API for its health 50 times a second, through Caddy's TLS."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass

from lab.hosts import Host
from lab.load import Answer, Load, through_caddy

INTERVAL = 0.02  # seconds between two requests
PATIENCE = 1.0  # seconds until a request counts as failed
_HEALTHY = {"status": "ok", "redis_connection": "ok"}


@dataclass(frozen=True)
class Request:
    """One request: when it was sent and answered (time.perf_counter), and how it went."""

    sent: float
    answered: float
    good: bool


class Client:
    """Asks, and keeps a record. It connects once, as a browser would, and again when it has to."""

    def __init__(self, host: Host) -> None:
        self._load = Load(through_caddy(host), {"/api/v1/health": 1 / INTERVAL}, PATIENCE)

    @property
    def record(self) -> list[Request]:
        """What came of all requests that were answered, or given up."""
        return [Request(a.sent, a.answered, _good(a)) for a in self._load.answers]

    def asking(self) -> AbstractContextManager[None]:
        """Ask as long as the block takes."""
        return self._load.asking()

    def good_for(self, seconds: float) -> bool:
        """Whether all requests of the last seconds had good answers, and there were some."""
        since = time.perf_counter() - seconds
        recent = [_good(answer) for answer in self._load.answers if answer.answered >= since]
        return len(recent) >= seconds / INTERVAL / 2 and all(recent)


def _good(answer: Answer) -> bool:
    try:
        return bool(json.loads(answer.body) == _HEALTHY)
    except ValueError:
        return False
