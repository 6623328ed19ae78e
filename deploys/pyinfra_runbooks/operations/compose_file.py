"""What a stack's compose files declare."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

from pyinfra.api import operation

from ..disruption import Disruption
from ..facts.declarations import Declaration, Wanted, declaration
from ..facts.looks import this_host
from ..findings import Finding, Part, Refusal, Remedy, Unknown
from ..look import Look
from ..settings import Stack
from ..shell import compose_files as shell
from .repair import Change, Changes, Commands, repaired

_LONGEST = 400
"""Characters of what a line of the audit says that is written."""


@operation()
def networks(
    stack: Stack, attached: Sequence[str] = (), validated: Sequence[str] | None = None
) -> Commands:
    """
    The compose files on the host list each service's networks, and give them fixed names.

    + stack: the stack
    + attached: services for which the networks that they were attached to by hand are declared,
      too; the next ``up`` recreates their containers; default: none
    + validated: clients for which a start-up validation is added, and which wait for it; empty:
      all; default: no client

    They are written in place, under the lock, and the former ones are kept beside them. What
    Compose resolves is compared before and after; where it differs, the former content is put back.

    **Example:**

    .. code:: python

        compose_file.networks(name="Declare the networks", stack=stack)
    """

    wanted = Wanted(tuple(attached), None if validated is None else tuple(validated))

    def judge(look: Look) -> list[Finding[Declaration]]:
        found = declaration(this_host(), stack, look, wanted)
        if isinstance(found, Unknown):
            answer = Refusal(found.reason, "see to that, and run it again")
            return [_finding(stack.compose.directory, "nothing can be declared", answer)]
        named = ", ".join(patch.path for patch in found.patches)
        says = "; ".join(found.proposal.does)
        does = Remedy(f"write {named}: {shorten(says, _LONGEST)}", Disruption.NONE, found)
        return [_finding(named, _leaves(found), does)] if found.patches else []

    def changes(look: Look, remedies: Sequence[Remedy[Declaration]]) -> Changes:
        for remedy in remedies:
            trial, patches = remedy.action.trial, remedy.action.patches
            if trial:
                yield Change(
                    shell.write(stack, trial, patches), [remedy], shell.written(trial, patches)
                )

    yield from repaired(stack, judge, changes, "nothing is left to declare")


def _leaves(found: Declaration) -> str:
    if found.proposal.waits:
        return "leaves networks to Compose, or starts clients before their server serves them"
    return "leaves networks to Compose"


def _finding(
    subject: str, problem: str, answer: Remedy[Declaration] | Refusal
) -> Finding[Declaration]:
    seen = "the compose files, and what Compose resolves from them"
    return Finding(Part.NETWORK, "undeclared", subject, problem, seen, answer)
