"""pyinfra's command line on a controller that is killed in the middle: `dying.py N WHEN ...`.

It kills itself (SIGKILL, as the kernel would when memory runs out) at its Nth command for a host:
just after the command was sent (WHEN is ``sent``), or once it has returned (``done``). Or it goes
on, and takes that command for one that failed (``failed``). A run that has fewer commands ends by
itself, with an exit code that says so.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

import pyinfra_cli.main  # type: ignore[import-untyped]
from pyinfra.connectors.ssh import SSHConnector

NEVER = 100  # it had fewer commands
_UNDER_WAY = 0.15  # seconds, in which a command that was sent has begun

number, when = int(sys.argv[1]), sys.argv[2]
sys.argv = ["pyinfra", *sys.argv[3:]]
run_shell_command = SSHConnector.run_shell_command
count = 0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def counted(self: SSHConnector, *arguments: Any, **named: Any) -> Any:
    global count
    count += 1
    here = count == number
    if here and when == "sent":
        threading.Timer(_UNDER_WAY, die).start()
    result = run_shell_command(self, *arguments, **named)
    if here and when == "done":
        die()
    return (False, result[1]) if here and when == "failed" else result


SSHConnector.run_shell_command = counted  # type: ignore[method-assign]
try:
    pyinfra_cli.main.main()
finally:
    if count < number:
        sys.stdout.flush()
        os._exit(NEVER)
