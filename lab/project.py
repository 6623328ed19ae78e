"""The stack's project directory on a host: its files, its secrets, and Compose."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from . import engine
from .hosts import DIRECTORY, Host
from .paths import SOURCE

FILES = SOURCE / "stack"
SETTLE = "settle.sh"
INCOMING = "/var/lib/lab"  # on the host: files land here, and are copied in place


def deliver(host: Host) -> None:
    """Bring the project directory to what the host's stack says, writing only what differs.

    Files are overwritten in place, not replaced: a container that mounts a single file holds
    its inode, and would go on seeing the old one.
    """
    files = _files(host)
    _send(host, files)
    script = ["set -e"]
    for name in sorted(files.keys() - {SETTLE}):
        source, target = f"{INCOMING}/{name}", f"{DIRECTORY}/{name}"
        script += [
            f"mkdir -p {Path(target).parent}",
            f"[ ! -d {target} ] || rmdir {target}",  # Docker's answer to a missing file
            f"cmp -s {source} {target} || cat {source} >{target}",
        ]
    host.run("\n".join([*script, f"cd {DIRECTORY}", f"sh {INCOMING}/{SETTLE}"]))


def compose(host: Host, command: str) -> str:
    """Run a docker compose command in the project directory, and return what it printed."""
    return host.run(f"cd {DIRECTORY} && docker compose {command}")


def _files(host: Host) -> dict[str, bytes]:
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for folder in host.stack.folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return found | {".env": f"REDIS_IMAGE={host.redis.name}\n".encode()}


def _send(host: Host, files: dict[str, bytes]) -> None:
    """Put the files below INCOMING, unless the very same ones are there already."""
    digest = hashlib.sha256(repr(files).encode()).hexdigest()
    if host.run(f"cat {INCOMING}/.digest 2>/dev/null", check=False) == digest:
        return
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in (files | {".digest": digest.encode()}).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    host.run(f"rm -rf {INCOMING} && mkdir -p {INCOMING}")
    engine.client().api.put_archive(host.container, INCOMING, archive.getvalue())
