"""The scripts that write and read the audit on a host.

What the controller knows of the audit's line is the first line that a script reads: it comes over
stdin, since everybody on a host can read the arguments of its processes.
"""

from __future__ import annotations

from ..settings import Stack
from . import LOG, function, text, values, words
from .look import target


def audited(stack: Stack, run: str, script: str) -> str:
    """A script that changes something, which notes what came of it.

    Its first line says whose it is: that is how the lock's holder knows that it is at work.
    """
    return "".join(
        (
            f"{words(f'run={run}')}\n",
            noting(stack),
            values(unattended="yes" if stack.unattended else ""),
            function("work", f"(\n{script}\n)"),
            text("audited.sh"),
        )
    )


def refused(stack: Stack) -> str:
    """Notes a refusal; why comes over stdin, too, in one line."""
    return f'{noting(stack)}IFS= read -r because\nnote refused "$because" 0 2>&1 || :\n'


def last(lines: int) -> str:
    """Prints the last lines of the audit; nothing where there is none, or not for this user."""
    return f"{words('tail', '-n', lines, LOG)} 2>/dev/null || :\n"


def noting(stack: Stack) -> str:
    """What a script needs to ``note`` a line in the audit."""
    return "".join(
        (
            text("entry.sh"),
            target(stack),
            values(
                audit_log=LOG,
                redis_service=stack.redis.service,
                put_sh=text("put.sh") + text("append.sh"),
            ),
            text("privileged.sh"),
            text("session.sh"),
            text("audit.sh"),
        )
    )
