"""Secret files, as a pack."""

from __future__ import annotations

from typing import Any

from ...core.policy import Policy
from ...engine.look import Look
from ...engine.pack import Pack, Sent
from ...engine.parts import Part
from ...settings import Stack
from . import scripts
from .rules import secrets


def _put(step: Any, look: Look, stack: Stack, _: Policy) -> Sent:
    return Sent(scripts.put(stack, look, step.task), scripts.content(step.task))


PACK = Pack(
    name="files", part=Part.REDIS, rules=(secrets.findings,), does={secrets.PutSecret: _put}
)
