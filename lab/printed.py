"""What containers print, where a host's engine hands it on: to a journal, or to a central log.

Docker's own log of a container goes with the container. A log driver keeps what it was handed,
and the helpers of a run, which live for half a second, are handed on like everything else.
"""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from .aside import ENGINE
from .console import wait_until
from .healing import heal
from .hosts import Host
from .undoing import restart_engine

_SOCKET = "log.sock"  # in the directory that a host shares with this machine
_LONGEST = 1 << 16


@dataclass
class Printed:
    """
    + place: where the engine sends it
    """

    place: Path
    _lines: list[bytes] = field(default_factory=list)

    def text(self) -> str:
        """All of it, up to now: what is sent after it comes last."""
        mark = uuid.uuid4().bytes
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
            ours.sendto(mark, str(self.place))
        wait_until(lambda: mark in self._lines, "what containers printed", timeout=10)
        return b"\n".join(self._lines).decode(errors="replace")

    def forget(self) -> None:
        """What comes from now on is all that there is."""
        self._lines.clear()

    def receive(self, channel: socket.socket) -> None:
        """Takes what comes, until nothing more does: an empty message."""
        while line := channel.recv(_LONGEST):
            self._lines.append(line)


@contextmanager
def printed(host: Host) -> Iterator[Printed]:
    """While every new container of the host prints to us; the host is healed after it."""
    place = host.directory / _SOCKET
    place.unlink(missing_ok=True)
    found = Printed(place)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(place))
        receiver = threading.Thread(target=found.receive, args=(channel,))
        receiver.start()
        try:
            _hand_on(host)
            yield found
        finally:
            heal(host)
            channel.shutdown(socket.SHUT_RD)
            receiver.join()
    place.unlink()


def _hand_on(host: Host) -> None:
    options = {"syslog-address": f"unixgram:///run/lab/{_SOCKET}"}
    config = json.loads(host.run(f"cat {ENGINE}"))
    config |= {"log-driver": "syslog", "log-opts": options}
    host.run(f"cp {ENGINE} {ENGINE}.right && printf %s {quote(json.dumps(config))} >{ENGINE}")
    restart_engine(host)
    wait_until(host.is_healthy, f"the stack of {host.name} to come back by itself", timeout=60)
