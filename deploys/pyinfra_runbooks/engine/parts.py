"""The parts of the incident, and the consequences that findings of several of them have."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """The part of the incident that a finding belongs to; each has its deploy."""

    NETWORK = "network"
    REDIS = "redis"
    API = "api"
    HEALTH = "health"


UNSERVED = ("api-restart-loop", "api-unhealthy", "unhealthy")
"""The kinds of what becomes of clients that their server does not serve."""
NOT_STARTED = ("redis-stopped", "api-stopped", "not-running")
"""The kinds of what becomes of containers that the engine can't start."""
