"""All that has to hold for a stack to be called healthy."""

from __future__ import annotations

from typing import Any

from ..findings import Finding, Refusal, Unknown
from ..look import Look
from ..settings import Stack
from . import api, health, images, namespaces, needed, network, redis, secrets, silent
from .restraint import restrained


def findings(look: Look, stack: Stack) -> list[Finding[Any]]:
    """Why the stack can't be called healthy; empty: it is.

    Foreign networks are no reason: they are left only once the stack is healthy.
    """
    return [f for f in everything(look, stack) if f.drift and f.kind != "foreign-network"]


def everything(look: Look, stack: Stack) -> list[Finding[Any]]:
    """All findings of all parts, each with the answer that counts now, causes before symptoms."""
    found: list[Finding[Any]] = [
        *network.findings(look, stack),
        *secrets.findings(look, stack),
        *redis.findings(look, stack),
        *namespaces.findings(look, stack),
        *needed.findings(look, stack),
        *api.findings(look, stack),
        *images.findings(look, stack),
        *silent.findings(look),
        *health.findings(look, stack),
    ]
    return [restrained(finding, look, stack) for finding in found]


_LASTING = ("not-running", "not-declared", "save-failed")
"""Symptoms that do not pass by themselves: no container starts, and no disk is emptied."""


def in_vain(look: Look, stack: Stack) -> bool:
    """Whether to wait for health is in vain: a person is needed, or a symptom is there to stay."""
    return any(
        isinstance(finding.answer, Refusal) or finding.kind in _LASTING
        for finding in everything(look, stack)
        if finding.kind != "check-mistaken"  # Nobody waits for those.
    )


def explained(look: Look, stack: Stack) -> bool:
    """Whether something is wrong with the networks or with Redis: then no check has to tell."""
    found: list[Finding[Any]] = [
        *network.findings(look, stack),
        *redis.findings(look, stack),
        *namespaces.findings(look, stack),
    ]
    return any(f.answer and not f.symptom and f.kind != "foreign-network" for f in found)


def summary(look: Look, stack: Stack) -> str:
    """The one line about a healthy stack."""
    services = network.judged_services(look, stack)
    networks = sorted({n for c in network.judged(look, stack) for n in c.networks})
    name = look.redis.name if not isinstance(look.redis, Unknown) else "Redis"
    return (
        f"{look.declared.name} is healthy: {len(services)} services on {', '.join(networks)},"
        f" {name} with its ACL, {len(stack.health)} health checks ok"
    )
