"""Ports for servers that run at the same time."""

from __future__ import annotations

import random
import socket

# Below those that the kernel gives to connections: one that looks for a server which is away could
# be given that server's own port, and would find itself.
_OURS = range(15_000, 32_000)


def free_port() -> int:
    """A port that nobody listens on."""
    choose = random.SystemRandom()
    while True:
        port = choose.choice(_OURS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
