"""Faults of clients, which the lab brings about. Not shipped."""

from __future__ import annotations

from . import api, startup, workers

FAULTS = (*api.FAULTS, *startup.FAULTS, *workers.FAULTS)
