"""What systemd expects of a service that it watches: sd_notify(3)."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

EVERY = 5.0
"""Seconds after which the same status is sent again; systemd may wait for two minutes."""


class Systemd:
    """
    Tells the systemd that started us that we are ready, alive, and in which state.

    >>> Systemd().alive("healthy")  # without systemd: nothing
    """

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = f"\0{self._address[1:]}"
        self._status, self._at = "", 0.0

    def alive(self, status: str) -> None:
        """Sends a status that is new, and the same one every few seconds."""
        now = time.monotonic()
        if not self._address or (status == self._status and now - self._at < EVERY):
            return
        self._status, self._at = status, now
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            # A systemd that does not read must not stop us: the status is sent again soon.
            with suppress(OSError):
                channel.sendto(f"READY=1\nWATCHDOG=1\nSTATUS={status}".encode(), self._address)
