"""Clients, as a pack."""

from __future__ import annotations

from typing import Any

from ...core.policy import Policy
from ...core.resolution import Later
from ...engine.asked import INSIDE
from ...engine.look import Look
from ...engine.pack import Pack, Sent
from ...engine.parts import Part
from ...settings import Stack
from . import scripts
from .rules import api, connections, lost, needed, said


def _api(step: Any, look: Look, stack: Stack, _: Policy) -> Sent:
    image = look.declared.services[step.thing].image
    return Sent(scripts.repair(stack, look, step.thing, step.task, image))


def _restart(step: Any, look: Look, stack: Stack, _: Policy) -> Sent:
    """Only the containers that lost Redis; all, if the service has another reason as well."""
    alone = all(finding.kind in lost.KINDS for finding in step.findings)
    only = step.task.containers if alone else frozenset()
    members = tuple(c.id for c in look.members(step.thing) if c.id in only)
    image = look.declared.services[step.thing].image
    return Sent(scripts.restart(stack, look, step.thing, image, members))


def _later(look: Look, stack: Stack) -> list[Later]:
    return [*api.later(look, stack), *lost.later(look, stack)]


PACK = Pack(
    name="clients",
    part=Part.API,
    rules=(needed.findings, connections.findings, said.findings),
    judges=(api.findings,),
    probes_each=(INSIDE,),
    does={
        needed.Start: lambda step, look, stack, _: Sent(scripts.start(stack, look, step.task)),
        api.Step: _api,
        lost.Restart: _restart,
    },
    later=_later,
    by_checks=True,
)
