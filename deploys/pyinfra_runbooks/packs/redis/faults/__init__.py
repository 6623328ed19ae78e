"""Faults of Redis, which the lab brings about. Not shipped."""

from __future__ import annotations

from . import acl, containers, data, identity

FAULTS = (*acl.FAULTS, *containers.FAULTS, *data.FAULTS, *identity.FAULTS)
