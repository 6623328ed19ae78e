"""The stack with what is there besides what its inventory names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..engine.asked import Asking
from ..engine.found import Found
from ..settings import Component, Stack
from .all import packs_of


def completed(stack: Stack, found: Found) -> Stack:
    """
    The stack with the components that were found, after those that are declared: of a service that
    the inventory names, what it says of it counts alone.

    + stack: the stack, as its inventory has it
    + found: what its host runs
    """
    if stack.found:
        return stack
    more = {c.service: c for c in _found(Asking.of(stack, found))}
    for service in stack.declared_services:
        more.pop(service, None)
    if not more:
        return stack
    return replace(stack, components=(*stack.components, *more.values()), found=frozenset(more))


def _found(asking: Asking) -> Iterator[Component]:
    for pack in packs_of(asking.stack):
        yield from pack.finds(asking)
