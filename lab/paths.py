"""Where the lab keeps what it makes: `.lab/` beside the code, and nothing elsewhere."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import LabError, say

SOURCE = Path(__file__).resolve().parent
STATE = (SOURCE.parent / ".lab").resolve()  # a link, where worktrees share one lab

SSH_KEY = STATE / "ssh" / "id_ed25519"
KNOWN_HOSTS = STATE / "ssh" / "known_hosts"
COMPOSE = STATE / "docker-compose"

# sun_path holds 108 bytes, the terminating zero among them.
_LONGEST_SOCKET = 107


def private_directory(path: Path) -> Path:
    """Make `path` a directory that only its owner can enter: sockets and keys live there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != os.geteuid():
        raise LabError(f"{path} belongs to someone else, so no key can be kept there")
    path.chmod(0o700)
    return path


def host_directory(name: str) -> Path:
    """The directory that a host shares with this machine (its keys and its Docker socket).

    In a checkout with a long path the socket's own path would not fit into an address, so it
    moves to the temporary directory there, under a name that belongs to this checkout.
    """
    usual = STATE / "hosts" / name
    if len(os.fsencode(usual / "docker.sock")) <= _LONGEST_SOCKET:
        return usual
    checkout = hashlib.sha256(os.fsencode(STATE)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"pyinfra-runbooks-lab-{checkout}" / name


@contextmanager
def alone() -> Iterator[None]:
    """Wait for any other `up` or `down` of this checkout to end, and keep the next one out."""
    private_directory(STATE)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  ..  another `up` or `down` is at work; wait for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
