"""Faults of Redis, which the lab brings about. Not shipped."""

from __future__ import annotations

from . import access, acl, containers, data, identity
from .access import UNDO as UNDO

FAULTS = (*acl.FAULTS, *containers.FAULTS, *data.FAULTS, *identity.FAULTS, *access.FAULTS)
