"""Who runs what, for the lock and the audit on the hosts."""

from __future__ import annotations

import getpass
import os
import socket
import sys
import uuid
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pyinfra.api import Host

from ..core.shipped import SHARE
from ..engine.run import run_of
from ..engine.shell.lock import Owner

RUN = uuid.uuid4().hex[:12]
"""This run's id."""


def note_runbook(host: Host) -> None:
    """Notes the file that pyinfra is reading as the runbook of this host."""
    if name := host.state.current_exec_filename:
        file = Path(name).resolve()
        # In a checkout, what comes along is a link to what is here.
        places = (place for place in (Path.cwd(), SHARE) if file.is_relative_to(place))
        run_of(host).runbook = next((str(file.relative_to(place)) for place in places), name)


def owner(host: Host) -> Owner:
    """Who wants to change something on a host."""
    return Owner(RUN, who(), run_of(host).runbook)


@cache
def inventory() -> str:
    """The inventory that this run was given, for commands that a person is advised; empty: this
    process is no run of pyinfra's command line."""
    if Path(sys.argv[0]).name not in ("pyinfra", "child.py"):
        return ""
    from pyinfra_cli.cli import cli  # It sets pyinfra up, which a library has to leave alone.

    given = cli.make_context("pyinfra", sys.argv[1:], resilient_parsing=True).params
    return str(given.get("inventory") or "")


@cache
def who() -> str:
    """The person, and the machine that this is run on."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # A container may run as a user that has no name.
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


@cache
def our_version() -> str:
    """The version of this package."""
    return version("pyinfra-runbooks")
