"""Clients, as a pack."""

from __future__ import annotations

from typing import Any

from ...core.policy import Policy
from ...engine.asked import INSIDE
from ...engine.look import Look
from ...engine.pack import Pack, Sent
from ...engine.parts import Part
from ...settings import Stack
from . import scripts
from .rules import api, connections, needed


def _api(step: Any, look: Look, stack: Stack, _: Policy) -> Sent:
    image = look.declared.services[step.thing].image
    return Sent(scripts.repair(stack, look, step.thing, step.task, image))


PACK = Pack(
    name="clients",
    part=Part.API,
    rules=(needed.findings, connections.findings),
    judges=(api.findings,),
    probes_each=(INSIDE,),
    does={
        needed.Start: lambda step, look, stack, _: Sent(scripts.start(stack, look, step.task)),
        api.Step: _api,
    },
    later=api.later,
    by_checks=True,
)
