"""Hashes, categories and answers that the tests of ACLs speak of."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

HASH = sha256(b"first").hexdigest()
OTHER = sha256(b"second").hexdigest()
CATEGORIES = {
    "read": {"get", "keys", "config|get"},
    "write": {"set", "del", "flushall"},
    "dangerous": {"keys", "flushall", "config|get", "config|set"},
    "slow": {"config", "keys", "config|get", "config|set"},
    "connection": {"select", "ping"},
}


def reply(**changes: Any) -> dict[str, Any]:
    """What Redis answers to ``ACL GETUSER`` for a user that may nothing, with changes."""
    nothing = {"commands": "-@all", "keys": "", "channels": ""}
    return {"flags": ["on"], "passwords": [], **nothing, "selectors": [], **changes}
