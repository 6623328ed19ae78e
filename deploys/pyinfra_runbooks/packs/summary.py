"""What "healthy" is said by: what was asked, and of whom. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..engine.look import Look
from ..engine.rules import places
from ..settings import Stack
from .checks.rules import health


def summary(look: Look, stack: Stack) -> str:
    """The one line about a stack of which nothing is found."""
    stack = look.whole(stack)
    name, seen = look.declared.name, health.looked_at(look, stack)
    said = f"{seen}; {asked(look, stack)}"
    if not stack.health:
        return f"nothing is found to be wrong with {name}: {said}; no health check is declared"
    return f"{name} is healthy: {said}"


def asked(look: Look, stack: Stack) -> str:
    """What was asked of a stack, and who answered; and who was only seen to run."""
    return "; ".join(_asked(look, look.whole(stack)))


def _asked(look: Look, stack: Stack) -> Iterator[str]:
    if stack.health:
        urls = ", ".join(check.url for check in stack.health)
        yield f"{len(stack.health)} health checks ok: {urls}"
    running = [c for c in places.managed_containers(look, stack) if c.running]
    own = sorted({c.service for c in running if c.health == "healthy"})
    if own:
        yield f"by their own health check: {', '.join(own)}"
    spoke = sorted(r.service for r in stack.servers if r.service in look.servers)
    if spoke:
        yield f"logged in to: {', '.join(spoke)}"
    rest = sorted({c.service for c in running} - {*own, *spoke})
    if rest:
        yield f"only seen to run: {', '.join(rest)}"
    if not running:
        yield "nothing of it runs"
