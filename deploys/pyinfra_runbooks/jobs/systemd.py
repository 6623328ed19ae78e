"""What systemd wants to hear of a service that it watches: sd_notify(3)."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """
    Tells systemd, where it started us: ``READY=1``, ``WATCHDOG=1``, ``STATUS=...``.

    >>> notify("READY=1")  # without systemd: nothing
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(address)
        channel.sendall(state.encode())
