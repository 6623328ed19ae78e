"""Asks a host. If it vanishes meanwhile, that is one line of output, and other hosts go on."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any, TypeVar

from paramiko import SSHException
from pyinfra import logger
from pyinfra.api import FactBase, Host
from pyinfra.api.exceptions import ConnectError, PyinfraError

from ..engine.run import run_of
from . import journal
from .saying import say

T = TypeVar("T")

VANISHED = (EOFError, OSError, SSHException, ConnectError)
"""What is raised when a connection ends; pyinfra handles all but the first and the last."""

ALIVE = 10
"""Seconds between two keep-alives, which a host has to acknowledge: one may vanish silently."""
UNHEARD = 60
"""Seconds after which a host that acknowledges nothing is gone."""


class Hidden(list[str]):
    """Lines that go to a command's stdin and are never shown, though pyinfra logs arguments."""

    def __repr__(self) -> str:
        return "(hidden)"


def ask(host: Host, fact: type[FactBase[T]], **arguments: Any) -> T:
    """
    What a fact says of a host; its default where the host is gone.

    + host: the host
    + fact: what to ask
    + arguments: the fact's own, and pyinfra's
    """
    if gone(host):
        return fact().default()
    _keep_alive(host)
    try:
        answer: T = host.get_fact(fact, **arguments)
    except VANISHED as error:
        lost(host, error)
        if host in host.state.active_hosts:
            host.state.fail_hosts({host})  # type: ignore[no-untyped-call]
        return fact().default()
    except PyinfraError:  # It was the last host.
        if not connected(host):
            lost(host)
        raise
    if not connected(host):
        lost(host)
    return answer


def gone(host: Host) -> bool:
    """Whether the connection to a host ended unexpectedly in this run."""
    return run_of(host).lost


def lost(host: Host, error: Exception | None = None) -> None:
    """Says that a host is gone, once. The caller fails it."""
    if gone(host):
        return
    run_of(host).lost = True
    why = f": {error}" if error and str(error) else ""
    said = (
        f"lost the connection to the host{why}. A change that had begun there runs to its end;"
        " run this again once the host is back"
    )
    say(host, said, level=logger.error, fg="red")
    journal.note("refusal", host, reasons=[said], unknown=True)


def connected(host: Host) -> bool:
    """Whether there is a connection, where that is by SSH."""
    transport = _transport(host)
    return transport is None or bool(transport.is_active())


def _transport(host: Host) -> Any:
    client: Any = getattr(getattr(host, "connector", None), "client", None)
    return client.get_transport() if hasattr(client, "get_transport") else None


def _keep_alive(host: Host) -> None:
    transport = _transport(host)
    if transport is None or transport is run_of(host).kept_alive:
        return
    run_of(host).kept_alive = transport
    transport.set_keepalive(ALIVE)
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
    if option is not None and hasattr(transport.sock, "setsockopt"):
        with suppress(OSError):  # A socket that is none of TCP's
            transport.sock.setsockopt(socket.IPPROTO_TCP, option, 1000 * UNHEARD)
