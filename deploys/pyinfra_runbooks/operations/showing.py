"""Shows what is wrong and what will be done, before it is; each thing once in a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from pyinfra.api import Host

from ..core.deeds import Deed, Planned
from ..core.finding import Finding, max_disruption, refusals, remedies
from ..core.nouns import with_its_thing
from ..core.plan import Plan, Scope
from ..core.resolution import Note
from ..engine.look import Look
from ..engine.rules.actors import current_deployment
from ..engine.run import StackRun, run_of
from ..facts.saying import say
from ..packs import findings as rules
from ..settings import Stack


def show(host: Host, stack: Stack, look: Look, plan: Plan, scope: Scope) -> None:
    """
    Shows what is wrong with a stack: the evidence, what will be done, and how disruptive it is.

    + host: the host
    + stack: the stack
    + look: what was seen of it
    + plan: what is done about it
    + scope: the parts that are shown

    What this run has shown already is not shown again; of a healthy stack one line is shown, after
    what is merely to be known. What is shown before anything is done is what the run may do.
    """
    known = run_of(host).of(stack)
    said = known.said
    if not host.state.is_executing:
        known.shown[scope] = plan
        run_of(host).operations.add(host.current_op_hash)
    if look.paused and not said:
        words = look.paused.words()
        say(host, words[:1].upper() + words[1:], bold=True)
    found = [finding for finding in plan.findings if scope.holds(finding)]
    healthy = not said and all(isinstance(finding.resolution, Note) for finding in found)
    new = [finding for finding in found if finding.lines() not in said]
    said |= {finding.lines() for finding in new}
    causes = [finding for finding in new if not finding.symptom]
    if causes:
        say(host, _headline(look, causes), bold=True)
        if deployment := current_deployment(look):
            say(host, f"Someone is deploying this stack: {deployment}", bold=True)
    for line in _causes(causes):
        say(host, line)
    _section(host, "What fails at the moment:", (f.headline() for f in new if f.symptom))
    after = [
        (f"{with_its_thing(e.thing, e.does)} (disruption: {e.disruption})",) for e in plan.later
    ]
    _section(host, "After that, if it then proves needed:", (e[0] for e in after if e not in said))
    said |= {*after}
    if healthy:
        said.add(())
        say(host, rules.summary(look, stack))


def shown(host: Host) -> list[Planned]:
    """
    All that was planned for a host, as a job shows it before it asks: stack by stack.

    + host: the host
    """
    return [_planned(host, known) for known in run_of(host).stacks]


def _planned(host: Host, known: StackRun) -> Planned:
    """Each deed once: parts of a plan may have been shown by several scopes."""
    plans = known.shown.values()
    steps = (Deed(s.thing, s.does, s.disruption) for plan in plans for s in plan.steps)
    later = (Deed(e.thing, e.does, e.disruption) for plan in plans for e in plan.later)
    once = (tuple(dict.fromkeys(deeds)) for deeds in (steps, later))
    return Planned(host.name, known.stack.key, *once)


def _section(host: Host, heading: str, lines: Iterator[str]) -> None:
    for number, line in enumerate(lines):
        if number == 0:
            say(host, heading, bold=True)
        say(host, f"  {line}")


def _causes(causes: Collection[Finding[Any]]) -> Iterator[str]:
    for finding in causes:
        for line in finding.lines():
            yield f"  {line}"


def _headline(look: Look, found: list[Finding[Any]]) -> str:
    wrong = f"{len(found)} finding{'s' if len(found) > 1 else ''} on {look.declared.name}"
    if refusals(found):
        count = len(refusals(found))
        return f"{wrong}; {count} of them need{'s' if count == 1 else ''} a person"
    if remedies(found):
        return f"{wrong}; the repair's disruption: {max_disruption(found)}"
    return f"{wrong}; nothing that has to be repaired"
