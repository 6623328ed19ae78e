"""What systemd wants to hear of a service that it watches: sd_notify(3)."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

EVERY = 5.0
"""Seconds after which systemd is told the same again, who may wait for two minutes."""


class Systemd:
    """
    Tells systemd, where it started us, that we are ready, alive, and how we are.

    >>> Systemd().alive("well")  # without systemd: nothing
    """

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = f"\0{self._address[1:]}"
        self._told, self._at = "", 0.0

    def alive(self, status: str) -> None:
        """Says so now and then, and when the status is another one."""
        now = time.monotonic()
        if not self._address or (status == self._told and now - self._at < EVERY):
            return
        self._told, self._at = status, now
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            # Who does not read must not stop us; it is told again.
            with suppress(OSError):
                channel.sendto(f"READY=1\nWATCHDOG=1\nSTATUS={status}".encode(), self._address)
