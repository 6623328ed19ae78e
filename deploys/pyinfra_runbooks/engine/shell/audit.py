"""The scripts that write and read the audit on a host.

What the controller knows of the audit's line is the first line that a script reads: it comes over
stdin, since everybody on a host can read the arguments of its processes.
"""

from __future__ import annotations

from ...settings import Stack
from ..found import Found
from ..projects import project
from . import LOG, script, values, words
from .stack import of


def audited(run: str, does: str, unattended: bool = False) -> str:
    """A script that changes something, and notes the result.

    + does: the script; its last line is ``audited COMMAND``, see `audited.sh`

    Its first line says whose it is: that is how the lock's holder knows that it is at work.
    """
    if not does.rstrip("\n").rpartition("\n")[2].startswith("audited "):
        raise ValueError("this script would note nothing: its last line is no `audited COMMAND`")
    noted = values(audit_log=LOG, unattended="yes" if unattended else "")
    return f"{words(f'run={run}')}\n{noted}{does}"


def refused(stack: Stack | None, found: Found) -> str:
    """
    Notes a refusal; why comes over stdin, too, in one line.

    + found: what the host ran when it was looked at
    """
    about = of(stack, project(found, stack.compose)) if stack else {}
    return script("refusal.sh", **about, audit_log=LOG)


def last(lines: int) -> str:
    """Prints the last lines of the audit; nothing where there is none, or not for this user."""
    return f"{words('tail', '-n', lines, LOG)} 2>/dev/null || :\n"
