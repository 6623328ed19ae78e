"""The parts of the incident."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """The part of the incident that a finding belongs to; each has its deploy."""

    NETWORK = "network"
    REDIS = "redis"
    API = "api"
    HEALTH = "health"
