"""A pause: nothing is changed on a host while a person works there."""

from __future__ import annotations

from pyinfra.api import operation

from ..core.restraint import Pause
from ..engine.shell import pause as scripts
from ..facts.asking import ask
from ..facts.looks import this_host
from ..facts.pauses import HostPause
from ..facts.runs import who
from ..settings import Stack
from .change import Change, Commands, changed


@operation()
def pause(stack: Stack, until: int = 0, reason: str = "", present: bool = True) -> Commands:
    """
    Runs and jobs leave the host as it is until then. They still look, and show the pause.

    + stack: a stack on the host
    + until: when the pause ends by itself, in seconds since 1970; needed for a pause
    + reason: why; every run shows it
    + present: whether there is to be a pause; ``False`` ends it; default: ``True``

    It takes no lock: a pause has to come about while a run is at work, and a lock is not given
    while there is one. Its line of the audit has the reason.

    **Example:**

    .. code:: python

        pause.pause(name="Nothing is changed", stack=stack, until=1893456000, reason="migration")
    """
    host = this_host()
    wanted = Pause(until, who(), reason) if present else None
    if ask(host, HostPause) == wanted:
        host.noop(wanted.words() if wanted else "nothing is paused")
        return
    script, said = scripts.pause(stack, present), scripts.said(wanted)
    yield from changed(stack, Change(script, stdin=said, notes_itself=True))
