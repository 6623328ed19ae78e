"""Faults of networks, which the lab brings about. Not shipped."""

from __future__ import annotations

from . import networks, sidecars, subnets

FAULTS = (*networks.FAULTS, *sidecars.FAULTS, *subnets.FAULTS)
