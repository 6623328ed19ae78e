"""Faults of networks, which the lab brings about. Not shipped."""

from __future__ import annotations

from . import networks, reaching, sidecars, subnets
from .reaching import UNDO as UNDO

FAULTS = (*networks.FAULTS, *sidecars.FAULTS, *subnets.FAULTS, *reaching.FAULTS)
