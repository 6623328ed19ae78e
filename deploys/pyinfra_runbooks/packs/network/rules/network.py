"""Which services are on which networks, under which names, and who else answers to those."""

from __future__ import annotations

from typing import Any

from ....core.finding import Finding
from ....engine.look import Look
from ....settings import Stack
from . import networks, sharing
from .attachments import attachments
from .strangers import alias_conflicts, extra_networks, foreign_conflicts


def findings(look: Look, stack: Stack) -> list[Finding[Any]]:
    """Everything about the stack's networks that is not as it should be."""
    return [
        *networks.findings(look, stack),
        *sharing.findings(look, stack),
        *attachments(look, stack),
        *alias_conflicts(look, stack),
        *foreign_conflicts(look),
        *extra_networks(look, stack),
    ]
