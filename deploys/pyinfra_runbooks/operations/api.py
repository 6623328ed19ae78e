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
    + proof_follows: whether `verification.proof` comes later in this run, and says what is refused
      here: then that holds up nothing else; default: ``False``

    What the API needs is what its environment, its command or Compose's ``depends_on`` names, and
    what that needs. A job starts only what the inventory names.

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
        "all that the API needs runs",
        proof_follows,
    )


@operation()
def service(stack: Stack, proof_follows: bool = False) -> Commands:
    """
    The API runs with its mounts and secrets, and is well.

    + stack: the stack
    + proof_follows: whether `verification.proof` comes later in this run, and says what is refused
      here: then that holds up nothing else; default: ``False``

    An API that is merely unwell gets `Timeouts.recover` seconds to recover by itself, and is
    restarted only if Redis answers to the API's own credentials, and all other services that it
    needs run. What did not help is not done again until something has changed. It is recreated,
    from the image that was running, if it lacks a mount, and has no files in the container itself.

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
        "the API is well",
        proof_follows,
    )


def _let_recover(host: Host, stack: Stack) -> None:
    """Clients reconnect by themselves once Redis is there again; most do so at once."""
    look = look_at(host, stack)
    if not isinstance(look, Unknown) and rules.may_recover(look, stack):
        await_health(host, stack, stack.timeouts.recover, rules.own_checks(look, stack))
        forget(host)
