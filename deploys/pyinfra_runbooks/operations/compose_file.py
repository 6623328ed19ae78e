"""What a stack's compose files declare."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

from pyinfra.api import Host, operation

from ..core.disruption import Disruption
from ..core.finding import Finding, refusals, remedies
from ..core.resolution import Refusal, Remedy
from ..core.unknown import Unknown
from ..engine.rules.policy import in_force
from ..engine.run import run_of
from ..engine.shell import compose_files as shell
from ..facts.declarations import Declaration, Wanted, declaration
from ..facts.looks import last_found, look_at, this_host
from ..facts.plans import policy_of
from ..packs.network.rules.declared_networks import UNDECLARED
from ..settings import Stack
from .change import Change, Commands, changed, locked, refused
from .patches import is_shown, show
from .proving import why

_SEEN = "the compose files, and what Compose resolves from them"
_ANOTHER = (
    "the patch has become another one since it was shown: it is the one above, and nothing was"
    " written. Run it again"
)
_LONGEST = 400
"""Characters of what a line of the audit says that is written."""


@operation()
def declare_networks(
    stack: Stack,
    attached: Sequence[str] = (),
    validated: Sequence[str] | None = None,
    shared: Sequence[str] = (),
) -> Commands:
    """
    The compose files on the host list each service's networks, and give them fixed names.

    + stack: the stack
    + attached: services for which the networks that they were attached to by hand are declared,
      too; the next ``up`` recreates their containers; default: none
    + validated: clients for which a start-up validation is added, and which wait for it; empty:
      all; default: no client
    + shared: clients that get a network in common with the servers that they use, where the files
      give them none; the next ``up`` recreates the containers of one of both; default: none

    They are written in place, under the lock, and the former ones are kept beside them. They are
    read again for that: where the patch has become another one since it was shown, that one is
    shown, nothing is written, and the host fails. What Compose resolves is compared before and
    after; where it differs, the former content is put back.

    **Example:**

    .. code:: python

        compose_file.declare_networks(name="Declare the networks", stack=stack)
    """

    host, wanted = (
        this_host(),
        Wanted(tuple(attached), None if validated is None else (*validated,), tuple(shared)),
    )
    found = _left(host, stack, wanted)
    if any(remedies(found)):
        yield from locked(stack, found)
        if host.state.is_executing:
            run_of(host).of(stack).declaration = None
            found = _left(host, stack, wanted)
            yield from _shown_otherwise(host, stack, wanted, found)
    for finding in found:
        if isinstance(finding.resolution, Remedy):
            yield from _written(stack, finding)
    if any(remedies(found)) and host.state.is_executing:
        found = _left(host, stack, wanted)
        again = [f"{f.subject} {f.problem}, even after it was written" for f in found if f.drift]
        yield from refused(stack, [(said,) for said in again], found)
    left = refusals(found)
    yield from refused(stack, [(why(finding),) for finding in left], left)
    if not found:
        host.noop("nothing is left to declare")


def _left(host: Host, stack: Stack, wanted: Wanted) -> list[Finding[Declaration]]:
    """What is left to declare, with what counts for this run."""
    look = look_at(host, stack)
    if isinstance(look, Unknown):
        return findings(look, stack)
    policy = in_force(policy_of(host, stack), look, stack)
    return [policy.judge(f) for f in findings(declaration(host, stack, look, wanted), stack)]


def _shown_otherwise(
    host: Host, stack: Stack, wanted: Wanted, found: Sequence[Finding[Declaration]]
) -> Commands:
    """Refuses to write what is not what was shown, and shows it."""
    for remedy in remedies(found):
        if not is_shown(host, stack, wanted, remedy.action):
            show(host, stack, wanted, remedy.action)
            yield from refused(stack, [(_ANOTHER,)], found, again=True)


def _written(stack: Stack, finding: Finding[Declaration]) -> Commands:
    assert isinstance(finding.resolution, Remedy)  # noqa: S101 - the caller asked
    trial, patches = finding.resolution.action.trial, finding.resolution.action.patches
    if trial:
        script = shell.write(stack, last_found(this_host(), stack), trial, patches)
        yield from changed(stack, Change(script, [finding], shell.written(trial, patches)))


def findings(found: Declaration | Unknown, stack: Stack) -> list[Finding[Declaration]]:
    """What is left to declare, if anything, and how it is written."""
    if isinstance(found, Unknown):
        answer = Refusal(
            found.reason,
            f"correct that in {stack.compose.directory}: docker compose config; run this again",
        )
        return [UNDECLARED.found(stack.compose.directory, "nothing can be declared", _SEEN, answer)]
    if not found.patches:
        return []
    named = ", ".join(patch.path for patch in found.patches)
    says = "; ".join(found.proposal.does)
    does = Remedy(f"write {named}: {shorten(says, _LONGEST)}", Disruption.NONE, found)
    return [UNDECLARED.found(named, _leaves(found), _SEEN, does)]


def _leaves(found: Declaration) -> str:
    if found.proposal.waits:
        return "leaves networks to Compose, or starts clients before their server serves them"
    return "leaves networks to Compose"
