"""In which circumstances something was tried: what has to change before it is tried again."""

from __future__ import annotations

import hashlib
import json
import re

from ...core.unknown import Unknown
from ...settings import Stack
from ..docker import Container
from ..look import Look
from . import places


def circumstances(look: Look, stack: Stack, *about: str) -> str:
    """
    A digest of all that may decide whether a repair helps; it holds no value of the stack's.

    + about: what is to be done, and what is seen to be wrong: of that, numbers don't count

    Containers that were made or started since, other files, another compose file, another login at
    Redis, or another answer make it another one; what is merely later does not.
    """
    seen = [
        [re.sub(r"\d+(\.\d+)?", "#", text) for text in about],
        sorted(_state(container) for container in places.managed_containers(look, stack)),
        sorted((name, service.config_hash) for name, service in look.declared.services.items()),
        sorted((f.path, f.inode, f.uid, f.gid, f.mode, f.size) for f in look.files.values()),
        [
            login
            for server in look.servers.values()
            if not isinstance(server, Unknown)
            for login in sorted(server.logins.items())
        ],
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


def _state(container: Container) -> tuple[str, ...]:
    """One that Docker starts again and again is the same at each of its starts."""
    if container.restarts or container.status == "restarting":
        return (container.id,)
    return container.id, container.status, container.started.isoformat()
