"""Deploy: several parts of an incident as one plan, executed in order, and proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyinfra.api import deploy

from . import api, network, redis, verification
from .core.errors import RunbookError
from .diagnosis import declared, diagnose
from .engine.parts import Part
from .facts.looks import this_host
from .facts.plans import refused_last
from .operations import recovery as operations
from .operations.recovery import scope_of
from .packs.all import SHIPPED
from .settings import Stack

_PARTS: dict[Callable[..., Any] | str, str] = {
    network.attach: Part.NETWORK,
    redis.recreate: Part.REDIS,
    api.restart: Part.API,
    verification.verify: Part.HEALTH,
    **{pack.name: pack.part for pack in SHIPPED},
}


@deploy("Recovery")
def recover(*deploys: Callable[..., Any] | str, stack: Stack | None = None) -> None:
    """
    Does what these deploys do, as one plan: a repair that another one makes needless is not done,
    and no host waits for another.

    + deploys: of `network.attach`, `redis.recreate`, `api.restart` and `verification.verify`, or
      the name of a pack that has no deploy of its own; the order is the plan's. With the last one
      health is proved at the end, and services are then taken off extra networks where the
      inventory says so
    + stack: the stack; default: those that the inventory declares for the host

    Only what was shown is done. Fails for the host where something is refused, or not repaired,
    after all else is done. Raises `RunbookError` for another deploy.

    **Example:**

    .. code:: python

        recover(network.attach, verification.verify)
    """
    unknown = [deploy for deploy in deploys if deploy not in _PARTS]
    if unknown or not deploys:
        expected = ", ".join(map(_name, _PARTS))
        raise RunbookError(f"recover: expected some of {expected}")
    parts, prove = tuple(_PARTS[deploy] for deploy in deploys), verification.verify in deploys
    if {*parts} >= {*Part}:
        parts = ()  # All, those too that the stack's components bring along.
    stacks = diagnose(*parts, stack=stack, prove=prove)
    ordered = refused_last(this_host(), stacks, scope_of(parts, last=prove))
    for one in declared(*ordered):
        operations.recover(name="Recover the stack", stack=one, parts=parts, prove=prove)


def _name(part: Callable[..., Any] | str) -> str:
    if isinstance(part, str):
        return repr(part)
    return f"{part.__module__.rpartition('.')[2]}.{part.__name__}"
