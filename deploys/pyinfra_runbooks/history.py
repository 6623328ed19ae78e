"""What was changed and refused on a host, from its audit log."""

from __future__ import annotations

from .core import audit
from .facts.asking import ask
from .facts.audit import AuditLog
from .facts.looks import this_host
from .facts.saying import say


def show(lines: int = 20) -> None:
    """
    Shows what runs have changed and refused on the host, the oldest first.

    + lines: how many of the last lines of the audit log; default: 20

    **Example:**

    .. code:: python

        from pyinfra_runbooks import history

        history.show(lines=50)
    """
    host = this_host()
    entries = ask(host, AuditLog, lines=lines)
    for entry in entries:
        say(host, audit.shown(entry))
    if not entries:
        say(host, "nothing was changed or refused here, or this user may not read the audit log")
