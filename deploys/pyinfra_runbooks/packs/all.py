"""All packs: those of every stack, and those that a stack's components bring along."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ..engine.pack import Pack
from ..settings import Component, Stack
from .checks.pack import PACK as CHECKS
from .clients.pack import PACK as CLIENTS
from .files.pack import PACK as FILES
from .logs.pack import PACK as LOGS
from .network.pack import PACK as NETWORK
from .redis.pack import PACK as REDIS

PACKS: tuple[Pack, ...] = (NETWORK, FILES, LOGS, REDIS, CLIENTS, CHECKS)
"""What comes first is a cause of what comes after it."""

SHIPPED: tuple[Pack, ...] = tuple(
    import_module(f"{__package__}.{path.parent.name}.pack").PACK
    for path in sorted(Path(__file__).parent.glob("*/pack.py"))
)
"""All packs in this directory. Importing them registers their kinds, for waivers and reports,
whatever the components of a stack are."""


def packs_of(stack: Stack) -> tuple[Pack, ...]:
    """The packs of a stack: causes first, then those that go by health checks."""
    brought = (pack for component in stack.components if (pack := pack_of(component)))
    return tuple(sorted(dict.fromkeys((*PACKS, *brought)), key=lambda pack: pack.by_checks))


def pack_of(component: Component) -> Pack | None:
    """What a component's class brings along: the ``PACK`` of the module that it names, if any."""
    if not component.pack:
        return None
    pack: Pack = import_module(component.pack).PACK
    return pack


def components_of(stack: Stack, pack: Pack) -> tuple[Component, ...]:
    """Those of a stack's components that a pack looks after."""
    return tuple(component for component in stack.components if pack_of(component) is pack)
