"""SSH keys of the lab: one to log in with, and one for each host.

They are made once and kept over `down` and `up`, so that known_hosts stays right.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .hosts import ALL
from .paths import KNOWN_HOSTS, SSH_KEY, private_directory


def ensure() -> None:
    """Make the keys that are missing, hand them to the hosts, and write known_hosts."""
    private_directory(SSH_KEY.parent)
    login = _key(SSH_KEY)
    known = []
    for host in ALL:
        private_directory(host.directory.parent)  # may be in /tmp, where others could make it
        shared = private_directory(host.directory)
        (shared / "authorized_keys").write_text(f"{login} lab\n")
        known.append(f"[127.0.0.1]:{host.port} {_key(shared / 'ssh_host_ed25519_key')}\n")
    KNOWN_HOSTS.write_text("".join(known))


def _key(path: Path) -> str:
    """The public half, in OpenSSH's form, of the key at `path`; the key is made if missing."""
    public = path.with_name(f"{path.name}.pub")
    if not path.exists() or not public.exists():
        key = Ed25519PrivateKey.generate()
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            )
        )
        public.write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
            )
        )
    return public.read_text().strip()
