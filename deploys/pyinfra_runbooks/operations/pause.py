"""A pause: nothing is changed on a host while a person works there."""

from __future__ import annotations

from pyinfra.api import StringCommand, operation

from .. import audit
from ..facts.asking import ask
from ..facts.looks import Hidden, this_host
from ..facts.pauses import HostPause
from ..facts.runs import our_version, owner, who
from ..restraint import Pause
from ..settings import Stack
from ..shell import pause as scripts
from .repair import Commands


@operation()
def pause(stack: Stack, until: int = 0, reason: str = "", present: bool = True) -> Commands:
    """
    Runs and jobs leave the host as it is until then. They still look, and show the pause.

    + stack: a stack on the host
    + until: when the pause ends by itself, in seconds since 1970; needed for a pause
    + reason: why; every run shows it
    + present: whether there is to be a pause; ``False`` ends it; default: ``True``

    **Example:**

    .. code:: python

        pause.pause(name="Nothing is changed", stack=stack, until=1893456000, reason="migration")
    """
    host = this_host()
    wanted = Pause(until, who(), reason) if present else None
    if ask(host, HostPause) == wanted:
        host.noop(wanted.words() if wanted else "nothing is paused")
        return
    owned = owner(host)
    entry = audit.members(
        stack=stack.compose.directory,
        run=owned.run,
        who=owned.who,
        runbook=owned.runbook,
        version=our_version(),
        remedy="",
    )
    said = Hidden([entry, *scripts.said(wanted)])
    yield StringCommand(scripts.pause(stack, present), _stdin=said)
