"""The key of a host: a person has to know it before anything is asked there."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from paramiko import HostKeys, PKey, SSHConfig, SSHException, Transport
from paramiko.hostkeys import HostKeyEntry

from ..destination import Destination

FILES = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
PATIENCE = 10.0
"""Seconds in which a host has to show its key."""


@dataclass(frozen=True, slots=True)
class UnknownHostKey:
    """
    A host whose key is in no file of known hosts.

    + name: as such a file has it
    + key: the key that it shows
    """

    name: str
    key: PKey

    @property
    def fingerprint(self) -> str:
        """As ssh shows it."""
        digest = base64.b64encode(hashlib.sha256(self.key.asbytes()).digest()).decode()
        kind = self.key.get_name().removeprefix("ssh-")
        return f"SHA256:{digest.rstrip('=')} ({kind})"

    def keep(self) -> None:
        """Adds it to the person's own file."""
        file = Path(FILES[0]).expanduser()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        line = HostKeyEntry([self.name], self.key).to_line()
        if line is None:
            raise SSHException(f"{self.name}: its key can't be kept")
        with os.fdopen(
            os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8"
        ) as opened:
            text = opened.read()
            opened.write(f"{'' if not text or text.endswith(chr(10)) else chr(10)}{line}")


def unknown_key(destination: Destination) -> UnknownHostKey | None:
    """
    The host's key, where it has to be shown to a person; None: one is known, or the host is behind
    another one, and ssh itself has to be asked.

    Raises OSError or `SSHException` where the host does not answer.
    """
    config = _config().lookup(destination.host)
    if "proxyjump" in config or "proxycommand" in config:
        return None
    address = config.get("hostname", destination.host)
    port = destination.port or int(config.get("port", 22))
    name = address if port == 22 else f"[{address}]:{port}"
    if _is_known(name, config.get("userknownhostsfile", "").split()):
        return None
    with socket.create_connection((address, port), timeout=PATIENCE) as connection:
        transport = Transport(connection)
        try:
            transport.start_client(timeout=PATIENCE)
            return UnknownHostKey(name, transport.get_remote_server_key())
        finally:
            transport.close()


def _config() -> SSHConfig:
    file = Path("~/.ssh/config").expanduser()
    return SSHConfig.from_path(str(file)) if file.is_file() else SSHConfig()


def _is_known(name: str, more: list[str]) -> bool:
    """Whether a file has any key for it: then what the host shows is compared with that."""
    keys = HostKeys()
    for file in (*FILES, *more):
        if (path := Path(file).expanduser()).is_file():
            keys.load(str(path))
    return keys.lookup(name) is not None
