"""A `runbooks watch` that is at work, and what it says."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import wait_until
from .hosts import HOSTS, Host
from .paths import SOURCE

AUDIT = "/var/log/pyinfra-runbooks/audit.log"


@dataclass
class Watcher:
    """The process, as systemd would know it.

    + process: of `runbooks watch`
    + output: what it prints
    + channel: where it tells systemd how it is
    + status: what it sent last
    """

    process: subprocess.Popen[bytes]
    output: Path
    channel: socket.socket
    status: bytes = b""

    def listening(self) -> int:
        """To how many hosts it listens, by what it last sent to systemd."""
        while True:
            try:
                self.status = self.channel.recv(4096)
            except BlockingIOError:
                break
        found = re.search(rb"READY=1\nWATCHDOG=1\nSTATUS=listening to (\d+) of", self.status)
        return int(found[1]) if found else -1

    def listens(self, hosts: int = len(HOSTS), seconds: float = 60) -> None:
        """Waits until it listens to so many hosts."""
        wait_until(lambda: self.listening() == hosts, f"{hosts} hosts to be listened to", seconds)

    def said(self) -> str:
        """All that it printed so far."""
        return self.output.read_text()

    def end(self) -> int:
        """Ends it as systemd would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


@contextmanager
def listening(place: Path, *options: str) -> Iterator[Watcher]:
    """
    `runbooks watch` on the lab, once it listens to all of it.

    + place: a directory for what it prints
    + options: its options
    """
    address = place / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(address))
        channel.setblocking(False)
        output = place / "said"
        with (
            output.open("wb") as said,
            subprocess.Popen(
                [sys.executable, "-m", "pyinfra_runbooks", "watch", "inventories/lab.py", *options],
                cwd=SOURCE.parent,
                env={**os.environ, "NOTIFY_SOCKET": str(address)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            watcher = Watcher(process, output, channel)
            try:
                watcher.listens()
                yield watcher
            finally:
                process.terminate()
                process.wait(timeout=60)


def audit(host: Host) -> list[dict[str, Any]]:
    """The lines of a host's audit."""
    return [json.loads(line) for line in host.run(f"cat {AUDIT} 2>/dev/null || :").splitlines()]


def corrections(host: Host) -> list[dict[str, Any]]:
    """Those that tell what came of a change."""
    made = ("ok", "failed")
    return [line for line in audit(host) if line.get("remedy") and line["result"] in made]
