"""In which circumstances something was tried: what has to change before it is tried again."""

from __future__ import annotations

import hashlib
import json
import re

from ..engine import Container
from ..findings import Unknown
from ..look import Look
from ..settings import Stack
from . import network


def circumstances(look: Look, stack: Stack, *about: str) -> str:
    """
    A digest of all that may decide whether a repair helps; it holds no value of the stack's.

    + about: what is to be done, and what is seen to be wrong: of that, numbers don't count

    Containers that were made or started since, other files, another compose file, another login at
    Redis, or another answer make it another one; what is merely later does not.
    """
    seen = [
        [re.sub(r"\d+(\.\d+)?", "#", text) for text in about],
        sorted(_state(container) for container in network.judged(look, stack)),
        sorted((name, service.config_hash) for name, service in look.declared.services.items()),
        sorted((f.path, f.inode, f.uid, f.gid, f.mode, f.size) for f in look.files.values()),
        [] if isinstance(look.redis, Unknown) else sorted(look.redis.logins.items()),
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


def _state(container: Container) -> tuple[str, ...]:
    """One that Docker starts again and again is the same at each of its starts."""
    if container.restarts or container.status == "restarting":
        return (container.id,)
    return container.id, container.status, container.started.isoformat()
