"""A recovery: a host's whole plan is executed, and its health proved, in one operation."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from typing import Any, NamedTuple

from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand

from ..core.finding import Finding
from ..core.plan import Key, Plan, Scope, Step
from ..core.task import Stage
from ..core.unknown import Unknown
from ..engine.look import Look
from ..engine.run import run_of
from ..facts.health import await_clients, await_health
from ..facts.looks import forget, look_at, this_host
from ..facts.plans import planned, policy_of
from ..facts.saying import say
from ..packs.clients.rules.api import own_checks
from ..settings import Stack
from .change import Commands, changed, locked, refused
from .executing import change_of
from .patches import propose
from .proving import proved, why
from .showing import show


@operation()
def recover(
    stack: Stack, parts: Collection[str] = (), prove: bool = False, first: bool = True
) -> Commands:
    """
    Executes the plan for a stack, in order, and nothing else.

    + stack: the stack
    + parts: the parts of the incident that it is about; default: all
    + prove: whether to prove health afterwards, and then do what waits for that proof; default:
      ``False``: then the host fails only for refusals in these parts
    + first: whether to do what does not wait for a proof; default: ``True``

    Only what was shown is done: if the plan has changed since, the new one is shown, nothing is
    done, and the host fails. A host that needs no repair is not locked.

    **Example:**

    .. code:: python

        recovery.recover(name="Recover the stack", stack=stack, prove=True)
    """
    host, scope = this_host(), scope_of(parts, first, prove or not first)
    plan = yield from _approved(stack, scope)
    if plan is None:
        return
    before = yield from _executed(stack, scope, plan, Stage.AFTER_CLIENTS)
    if before is None:
        return
    if prove:
        yield from proved(stack)
        before = yield from _executed(stack, scope, plan, Stage.AFTER_PROOF)
    elif not first:
        before = yield from _executed(stack, scope, plan, Stage.AFTER_PROOF)
    if host.state.is_executing and host.state.print_input:  # -vv
        say(host, *run_of(host).lines())
    if before is not None:
        left = [finding for finding in before.refusals if scope.holds(finding)]
        yield from refused(stack, [(why(finding),) for finding in left], left)
        if not prove and not plan.steps and not left:
            host.noop("nothing has to be repaired")


def scope_of(parts: Collection[str] = (), first: bool = True, last: bool = False) -> Scope:
    """
    What a recovery is about.

    + parts: the parts of the incident; default: all
    + first: whether it includes what does not wait for a proof of health
    + last: whether it includes what does
    """
    return Scope(
        frozenset(parts) or None,
        Stage.NETWORKS if first else Stage.AFTER_PROOF,
        Stage.AFTER_PROOF if last else Stage.AFTER_CLIENTS,
    )


class _Seen(NamedTuple):
    look: Look
    plan: Plan


def _see(stack: Stack, scope: Scope) -> _Seen | Unknown:
    host = this_host()
    look = look_at(host, stack)
    return look if isinstance(look, Unknown) else _Seen(look, planned(host, stack, look, scope))


def _approved(stack: Stack, scope: Scope) -> Generator[PyinfraCommand, None, Plan | None]:
    """The plan that was shown, under the lock if it has steps; None: nothing may be done."""
    host, known = this_host(), run_of(this_host()).of(stack)
    seen = _see(stack, scope)
    if isinstance(seen, _Seen) and not host.state.is_executing:
        show(host, stack, seen.look, seen.plan, scope)
        propose(host, stack, seen.look, filter(scope.holds, seen.plan.findings))
        for step in seen.plan.steps:
            yield from changed(stack, change_of(step, seen.look, stack, policy_of(host, stack)))
        return None
    if isinstance(seen, _Seen) and seen.plan.steps:
        yield from locked(stack, _repaired(seen.plan))
        seen = _see(stack, scope)  # by the same look, unless something happened since it was taken
    if isinstance(seen, Unknown):
        said = f"the host could not be checked: {seen.reason}"
        yield from refused(stack, [(said,)], unknown=True)
        return None
    # Who is asked has seen nothing where nothing could be shown.
    unseen = Plan() if host.state.check_for_changes else seen.plan
    shown = known.shown.get(scope, unseen)
    if not all(shown.shows(step) for step in seen.plan.steps):
        show(host, stack, seen.look, seen.plan, scope)
        yield from refused(stack, [(_ANOTHER,)], _repaired(seen.plan), again=True)
        return None
    return shown


_ANOTHER = (
    "the plan has changed since it was shown, so nothing was done. Run it again to see the new one"
)
_MORE = "more has to be done than was shown, and was not done. Run it again"


def _repaired(plan: Plan) -> list[Finding[Any]]:
    return [finding for step in plan.steps for finding in step.findings]


def _executed(
    stack: Stack, scope: Scope, shown: Plan, until: Stage
) -> Generator[PyinfraCommand, None, Plan | None]:
    """
    Does the steps that were shown, and later ones that were announced.

    + shown: what was shown
    + until: the last stage that is done now

    Returns the plan that is left; None: it could not be seen.
    """
    host = this_host()
    done: list[Step] = []
    waited: set[Key] = set()
    while True:
        seen = _see(stack, scope)
        if isinstance(seen, Unknown):
            said = f"it can't be proved that the repair helped: {seen.reason}"
            yield from refused(stack, [(said,)], _repaired(shown), unknown=True)
            return None
        ahead = [step for step in seen.plan.steps if step.task.stage <= until]
        yield from refused(stack, *_in_vain(ahead, done, shown))
        steps = _next([step for step in ahead if shown.allows(step)])
        if not steps:
            break
        if (patience := steps[0].patience) and steps[0].key not in waited:
            # They all have that time at once, and who gets more of it the rest after that.
            stage = steps[0].task.stage
            waited |= {s.key for s in ahead if s.task.stage is stage and s.patience <= patience}
            await_health(host, stack, patience, own_checks(seen.look, stack, steps[0].thing))
            await_clients(host, stack, patience)
            forget(host)
            continue
        # Taken once, and again after a long time: then the host may be another than was seen.
        yield from locked(stack, _repaired(seen.plan))
        if run_of(host).of(stack).seen is None:
            continue
        for step in steps:
            done.append(step)
            yield from _done(stack, step, seen.look)
    if ahead:
        show(host, stack, seen.look, seen.plan, scope)
        yield from refused(stack, [(_MORE,)], _repaired(seen.plan), again=True)
    return seen.plan


def _next(steps: Sequence[Step]) -> Sequence[Step]:
    """What is done after one look: the first step, or all of its stage if they are independent."""
    if not steps or not (stage := steps[0].task.stage).side_by_side:
        return steps[:1]
    return [step for step in steps if step.task.stage is stage]


def _done(stack: Stack, step: Step, look: Look) -> Commands:
    """Does a step; a client has its time to serve before it is looked at again."""
    host = this_host()
    yield from changed(stack, change_of(step, look, stack, policy_of(host, stack)))
    if step.task.stage is Stage.CLIENTS:
        await_health(host, stack, stack.timeouts.healthy, own_checks(look, stack, step.thing))
        await_clients(host, stack, stack.timeouts.healthy, [step.thing])


def _in_vain(
    ahead: Sequence[Step], done: Sequence[Step], shown: Plan
) -> tuple[list[tuple[str, ...]], list[Finding[Any]]]:
    """What a step has not repaired: no step is done twice, nor another one in its place."""
    keys = {step.key for step in done}
    pending = {step.key for step in shown.steps} - keys
    repaired = {finding.identity for step in done for finding in step.findings}
    steps = [
        step
        for step in ahead
        if step.key in keys
        or (step.key not in pending and {f.identity for f in step.findings} & repaired)
    ]
    left = [finding for step in steps for finding in step.findings]
    return [(_still(finding),) for finding in left], left


def _still(finding: Finding[Any]) -> str:
    return f"{finding.subject} {finding.problem}, even after the repair: {finding.evidence}"
