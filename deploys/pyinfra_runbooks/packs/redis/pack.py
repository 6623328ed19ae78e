"""Redis, as a pack."""

from __future__ import annotations

from typing import Any

from ...core.policy import Policy
from ...core.unknown import Unknown
from ...engine.look import Look
from ...engine.pack import Pack, Sent
from ...engine.parts import Part
from ...engine.rules.namespaces import followers
from ...engine.shell.service import service_script
from ...settings import Stack
from . import discovery, scripts
from .access import ACCESS
from .probe import KEPT, VOLUMES
from .rules import access, found, health, intruder, memory, other_files, redis
from .rules.acl import acl_plan
from .rules.data import fleeting
from .steps import StartReplicas, Step


def _step(step: Any, look: Look, stack: Stack, policy: Policy) -> Sent:
    server = next(one for one in stack.servers if one.service == step.thing)
    service = look.declared.services[server.service]
    plan = acl_plan(look, stack, server, service)
    there = look.members(server.service)[:1]
    inside = look.inside(server.service)
    script = scripts.repair(
        stack,
        server,
        # Its container decides whether it is started, or goes on after a pause.
        Step.START if step.task is Step.UNPAUSE else step.task,
        plan,
        look,
        service.image or f"{look.declared.name}-{service.name}",
        there[0].id if there else "",
        tuple(f.id for c in there for f in followers(look, c)),
        "" if isinstance(inside, Unknown) else inside.server,
        fleeting=any(fleeting(look, server, c) for c in there),
        may_lose=server.service in policy.allow_data_loss,
    )
    return Sent(script, scripts.stdin_lines(server, plan))


def _start(step: Any, look: Look, stack: Stack, _: Policy) -> Sent:
    there = tuple(c.id for c in look.members(step.thing) if c.id in step.task.ids)
    return Sent(service_script(stack, look, step.thing, "start", "", there))


PACK = Pack(
    name="redis",
    part=Part.REDIS,
    finds=discovery.finds,
    rules=(found.unseen, other_files.findings),
    judges=(intruder.findings, redis.findings, access.findings, memory.findings, health.findings),
    probes=(VOLUMES,),
    probes_each=(KEPT, ACCESS),
    does={Step: _step, StartReplicas: _start},
)
