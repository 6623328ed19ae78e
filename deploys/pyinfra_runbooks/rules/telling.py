"""What a look tells the job that started the run: findings and networks, as JSON takes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from ..findings import Deviation, Finding, Refusal, Remedy, Symptom, Unknown
from ..look import Look
from ..settings import Stack
from .actors import at_work
from .checks import unwell
from .network import judged, judged_services, wanted
from .verification import everything


def told(look: Look | Unknown, stack: Stack) -> dict[str, Any]:
    """All that a job has to know of a look; it holds no secret, as findings don't."""
    if isinstance(look, Unknown):
        return {"unknown": look.reason}
    return {
        "stack": look.declared.name,
        "findings": findings(everything(look, stack)),
        "picture": _picture(look, stack),
        "declared": _digest(look, stack),
        "api_healthy": not unwell(look, stack),
        "paused": look.paused.words() if look.paused else "",
        "deploying": at_work(look) or "",
        "redis_answers": not isinstance(look.redis, Unknown),
    }


def findings(found: Iterable[Finding[Any]]) -> list[dict[str, str]]:
    """Findings, each as a flat object."""
    return [_finding(finding) for finding in found]


def _finding(finding: Finding[Any]) -> dict[str, str]:
    match finding.answer:
        case Remedy(does=does, disruption=disruption):
            answer = {"answer": "remedy", "text": does, "disruption": str(disruption)}
        case Refusal(because=because, instead=instead, restraint=restraint):
            answer = {"answer": "refusal", "text": because, "instead": instead}
            answer |= {"restraint": restraint.value} if restraint else {}
        case Deviation(reason=reason, owner=owner, until=until):
            answer = {"answer": "accepted", "text": f"by {owner} until {until}: {reason}"}
        case Symptom(look=look):
            answer = {"answer": "symptom", "text": look}
        case _:
            answer = {"answer": "note", "text": "left as it is"}
    return {
        "part": finding.part.value,
        "kind": finding.kind,
        "subject": finding.subject,
        "problem": finding.problem,
        "evidence": finding.evidence,
        **answer,
    }


def _picture(look: Look, stack: Stack) -> list[dict[str, Any]]:
    """Each service: its container, where it should be, and where it is under which names."""
    picture: list[dict[str, Any]] = []
    for service in judged_services(look, stack):
        containers = [c for c in judged(look, stack) if c.service == service]
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
