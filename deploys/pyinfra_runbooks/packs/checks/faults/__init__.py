"""Faults of checks, which the lab brings about. Not shipped."""

from __future__ import annotations

from . import answers, images, own, ports

FAULTS = (*answers.FAULTS, *images.FAULTS, *ports.FAULTS, *own.FAULTS)
