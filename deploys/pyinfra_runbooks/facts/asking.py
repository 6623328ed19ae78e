"""Asking a host, which may vanish meanwhile: that is one sentence, and other hosts go on."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

from paramiko import SSHException
from pyinfra import logger
from pyinfra.api import FactBase, Host
from pyinfra.api.exceptions import ConnectError, PyinfraError

from . import journal
from .saying import say

T = TypeVar("T")

VANISHED = (EOFError, OSError, SSHException, ConnectError)
"""What is raised where a connection ends; pyinfra knows them but for the first and the last."""

ALIVE = 10
"""Seconds between two signs of life, which a host has to acknowledge: one may vanish in silence."""
UNHEARD = 60
"""Seconds after which a host that acknowledges nothing is gone."""

_gone: WeakSet[Host] = WeakSet()
_kept: WeakSet[Any] = WeakSet()


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
    """Whether the connection to a host ended in this run, without our wish."""
    return host in _gone


def lost(host: Host, error: Exception | None = None) -> None:
    """Says that a host is gone, once. The caller fails it."""
    if host in _gone:
        return
    _gone.add(host)
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
    if transport is None or transport in _kept:
        return
    _kept.add(transport)
    transport.set_keepalive(ALIVE)
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
    if option is not None and hasattr(transport.sock, "setsockopt"):
        with suppress(OSError):  # A socket that is none of TCP's
            transport.sock.setsockopt(socket.IPPROTO_TCP, option, 1000 * UNHEARD)
