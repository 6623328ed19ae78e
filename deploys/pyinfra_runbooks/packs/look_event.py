"""What a job gets to know of a look that its run took: findings and networks, as JSON."""

from __future__ import annotations

import hashlib
import json
import posixpath
from typing import Any

from ..core.deeds import Deed, deeds_to_json
from ..core.finding import to_json
from ..core.policy import Policy
from ..core.unknown import Unknown
from ..engine.look import Look
from ..engine.rules.actors import current_deployment
from ..engine.rules.checks import api_healthy
from ..engine.rules.places import managed_containers, managed_services, wanted
from ..settings import FoundStack, Stack
from .checks.sentence import asked
from .findings import planned


def look_event(look: Look | Unknown, stack: Stack, policy: Policy | None = None) -> dict[str, Any]:
    """All that a job has to know of a look; it holds no secret, as findings don't."""
    declared_here = not isinstance(stack, FoundStack)
    if isinstance(look, Unknown):
        compose = stack.compose
        return {
            "unknown": look.reason,
            "stack": compose.name or posixpath.basename(compose.directory),
            "declared_here": declared_here,
        }
    servers = [look.server(redis.service) for redis in look.whole(stack).servers]
    askable = [s for s in servers if isinstance(s, Unknown) or not (s.unaskable or s.others)]
    plan = planned(look, stack, policy)
    found = plan.findings
    return {
        "stack": look.declared.name,
        "declared_here": declared_here,
        "findings": to_json(found),
        "asked": "" if any(f.breaks_health for f in found) else asked(look, look.whole(stack)),
        "plan": deeds_to_json(map(Deed.of, plan.steps)),
        "picture": _picture(look, stack),
        "declared": _digest(look, stack),
        "api_healthy": api_healthy(look, stack),
        "paused": look.paused.words() if look.paused else "",
        "deploying": current_deployment(look) or "",
        "redis_answers": not any(isinstance(s, Unknown) for s in askable) if askable else None,
    }


def _picture(look: Look, stack: Stack) -> list[dict[str, Any]]:
    """Each service: its container, where it should be, and where it is under which names."""
    picture: list[dict[str, Any]] = []
    for service in managed_services(look, stack):
        containers = [c for c in managed_containers(look, stack) if c.service == service]
        if not containers:
            networks = sorted(look.declared.services[service].networks)
            picture.append(_place(service, "", "missing", networks, {}))
        for container in containers:
            on = {name: sorted(end.names) for name, end in sorted(container.networks.items())}
            should = sorted(wanted(look, stack, container))
            picture.append(_place(service, container.name, container.status, should, on))
    return picture


def _place(
    service: str, container: str, status: str, should: list[str], on: dict[str, list[str]]
) -> dict[str, Any]:
    return {
        "service": service,
        "container": container,
        "status": status,
        "declared": should,
        "networks": on,
    }


def _digest(look: Look, stack: Stack) -> str:
    """Changes when the inventory or the compose file does: what is repaired then was intended."""
    hashes = sorted((name, s.config_hash) for name, s in look.declared.services.items())
    stated = json.dumps([stack.to_json(), hashes], sort_keys=True, default=str)
    return hashlib.sha256(stated.encode()).hexdigest()[:16]
