"""All that all packs find of a stack, and the plan that is made of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..core.finding import Finding
from ..core.nouns import with_noun, with_nouns
from ..core.plan import Plan, Scope, plan
from ..core.policy import Policy
from ..core.resolution import Remedy
from ..engine.commands import filled, place
from ..engine.look import Before, Look
from ..engine.pack import Pack
from ..engine.rules import whole
from ..engine.rules.connected import before as connected_before
from ..engine.rules.policy import in_force
from ..settings import Stack, run_policy
from .all import components_of, packs_of
from .checks.rules import health
from .checks.sentence import answered, asked
from .clients.rules import connections, lost
from .network.rules.reach import PACKETS_DROPPED


def findings(look: Look, stack: Stack, policy: Policy | None = None) -> list[Finding[Any]]:
    """Why the stack can't be called healthy; empty: it is.

    A finding that does not break health is no reason, such as an extra network.
    """
    return [f for f in everything(look, stack, policy) if f.breaks_health]


def everything(look: Look, stack: Stack, policy: Policy | None = None) -> list[Finding[Any]]:
    """All findings of all parts, each with what follows now, causes before symptoms."""
    return list(planned(look, stack, policy).findings)


def planned(
    look: Look, stack: Stack, policy: Policy | None = None, scope: Scope | None = None
) -> Plan:
    """
    What is done about all that is found.

    + look: a look at the host
    + stack: the stack
    + policy: what this run may do, but for what the host keeps; default: as the stack declares
    + scope: what the run is about; default: all but what waits for the proof
    """
    policy, stack = policy or run_policy(stack), look.whole(stack)
    policy = in_force(policy, look, stack)
    scope = scope or Scope()
    more = [
        later
        for pack in packs_of(stack)
        if scope.parts is None or pack.part in scope.parts
        for later in pack.later(look, stack)
    ]
    made = plan(found(look, stack), policy, scope, [*map(with_noun, more)])
    where = place(look, stack, policy)
    return replace(made, findings=tuple(filled(finding, where) for finding in made.findings))


def found(look: Look, stack: Stack) -> list[Finding[Any]]:
    """All findings of all parts as the rules find them, causes before symptoms."""
    stack = look.whole(stack)
    if down := whole.down(look, stack):
        return [down]
    return [with_nouns(f) for pack in packs_of(stack) for f in _by(pack, look, stack)]


def _by(pack: Pack, look: Look, stack: Stack) -> Iterator[Finding[Any]]:
    """What a pack finds: of the stack, and of each component that it looks after."""
    for rule in pack.rules:
        yield from rule(look, stack)
    for component in components_of(stack, pack):
        for judge in pack.judges:
            yield from judge(look, stack, component)


def in_vain(look: Look, stack: Stack, policy: Policy | None = None) -> bool:
    """Whether waiting for health is in vain: a finding neither passes nor is repaired."""
    return any(
        not isinstance(finding.resolution, Remedy) and not finding.kind.clears_itself
        for finding in findings(look, stack, policy)
    )


def explained(look: Look, stack: Stack) -> bool:
    """
    Whether what is seen without a check may be all that is wrong.

    It is not if something would be repaired for a check alone: then the answer has to be sure.
    """
    stack = look.whole(stack)
    seen = {
        by: [f for p in packs_of(stack) if p.by_checks is by for f in _by(p, look, stack)]
        for by in (False, True)
    }
    alone = any(isinstance(f.resolution, Remedy) for f in seen[True])
    return not alone and any(f.cause and f.breaks_health for f in seen[False])


def puzzling(look: Look, stack: Stack) -> frozenset[str] | None:
    """
    The services that are unwell though nothing that is seen explains it; None: there is nothing to
    be explained.

    What explains them may be in their own network, where nobody has looked yet (`Look.reaches`).
    """
    seen, riddles = found(look, stack), {*PACKETS_DROPPED.explains}
    causes = (f for f in seen if f.cause and f.breaks_health and f.kind.id not in riddles)
    explains = {id_ for cause in causes for id_ in cause.kind.explains}
    of = {f.subject for f in seen if f.drift and f.kind.id in riddles - explains}
    if health.UNHEALTHY.id not in explains:  # By its own check, of which there may be no finding.
        of |= {c.service for c in look.members() if c.running and c.health == "unhealthy"}
    return frozenset(of) or None


def missing(look: Look, stack: Stack) -> frozenset[str]:
    """The clients that have lost their Redis, and have yet to come back."""
    return lost.missing(connections.findings(look, look.whole(stack)))


def readable(look: Look, stack: Stack) -> frozenset[str]:
    """The Redis of which a look shows who is connected."""
    return frozenset(r.service for r in look.whole(stack).servers if connections.shows(look, r))


def before(look: Look, stack: Stack) -> Before:
    """What has to be known of clients after connections were broken."""
    stack = look.whole(stack)
    given_up = lost.given_up(connections.findings(look, stack))
    return replace(connected_before(look, stack), given_up=given_up)


def summary(look: Look, stack: Stack) -> str:
    """The one line about a stack of which nothing is found: what was asked, and what came."""
    stack = look.whole(stack)
    if not answered(look, stack):
        return f"nothing is found to be wrong with {look.declared.name}: {asked(look, stack)}"
    return f"{look.declared.name} is healthy: {asked(look, stack)}"
