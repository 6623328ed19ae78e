"""The API, as a client of Redis."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api import Host, operation

from ..facts.health import await_health
from ..facts.looks import forget, look_at, this_host
from ..findings import Remedy, Unknown
from ..look import Look
from ..rules import api as rules
from ..rules import needed
from ..rules.api import Step
from ..rules.needed import Start
from ..settings import Stack
from ..shell import service as shell
from .repair import Change, Changes, Commands, repaired


@operation()
def needs(stack: Stack, proof_follows: bool = False) -> Commands:
    """
    The servers that the API needs run: one that was stopped or paused is started as it is.

    + stack: the stack
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    What the API needs are the services that its environment, its command or ``depends_on`` names,
    and what those need. A job starts only services that the inventory names.

    **Example:**

    .. code:: python

        api.needs(name="Start what the API needs", stack=stack)
    """

    def changes(look: Look, remedies: Sequence[Remedy[Start]]) -> Changes:
        for remedy in remedies:
            yield Change(shell.start(stack, remedy.action), [remedy])

    yield from repaired(
        stack,
        lambda look: list(needed.findings(look, stack)),
        changes,
        "everything that the API needs runs",
        proof_follows,
    )


@operation()
def service(stack: Stack, proof_follows: bool = False) -> Commands:
    """
    The API runs with its mounts and secrets, and its checks succeed.

    + stack: the stack
    + proof_follows: whether `verification.proof` comes later in this run and reports what is
      refused here, so that a refusal does not keep what follows from being done; default:
      ``False``, and a refusal fails the host here

    An API that runs and fails its checks gets `Timeouts.recover` seconds to recover by itself. It
    is restarted only if Redis accepts the API's own credentials and all other services that it
    needs run. A restart that did not help is not repeated until something has changed. An API that
    lacks a mount is recreated, from the image that was running, unless it has files of its own.

    **Example:**

    .. code:: python

        api.service(name="Have the API use Redis again", stack=stack)
    """
    host = this_host()
    if host.state.is_executing:
        _let_recover(host, stack)

    def changes(look: Look, remedies: Sequence[Remedy[Step]]) -> Changes:
        step = max(remedy.action for remedy in remedies)
        image = look.declared.services[stack.api.service].image
        yield Change(shell.repair(stack, step, image), remedies)
        await_health(host, stack, stack.timeouts.healthy, rules.own_checks(look, stack))

    yield from repaired(
        stack,
        lambda look: rules.findings(look, stack),
        changes,
        "the API is healthy",
        proof_follows,
    )


def _let_recover(host: Host, stack: Stack) -> None:
    """Clients reconnect by themselves once Redis is there again; most do so at once."""
    look = look_at(host, stack)
    if not isinstance(look, Unknown) and rules.may_recover(look, stack):
        await_health(host, stack, stack.timeouts.recover, rules.own_checks(look, stack))
        forget(host)
