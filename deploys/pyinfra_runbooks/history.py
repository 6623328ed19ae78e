"""What was changed and refused on a host, from its audit log."""

from __future__ import annotations

import shutil

from .core import audit
from .core.showing import IN_A_LOG
from .facts import journal
from .facts.asking import ask
from .facts.audit import AuditLog
from .facts.looks import this_host
from .facts.saying import say


def show(lines: int = 20) -> None:
    """
    Shows what runs have changed and refused on the host, the oldest first, in columns; with -v
    with all that is known: who, from where, by which run, and how it ended.

    + lines: how many of the last lines of the audit log; default: 20

    **Example:**

    .. code:: python

        from pyinfra_runbooks import history

        history.show(lines=50)
    """
    host = this_host()
    entries = ask(host, AuditLog, lines=lines)
    journal.note("history", host, entries=entries)
    width = shutil.get_terminal_size((IN_A_LOG, 24)).columns - len(f"    [{host.name}] ")
    whole = host.state.print_noop_info  # -v
    for line in map(audit.shown, entries) if whole else audit.table(entries, width):
        say(host, line)
    if not entries:
        say(host, "nothing was changed or refused here, or this user may not read the audit log")
