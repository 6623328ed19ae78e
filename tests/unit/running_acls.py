"""Another ACL than declared, in the file or in the running server."""

from __future__ import annotations

from typing import Any

from looks import CLERK_HASH, identity, inside, with_file, with_redis
from mounts import ACL, ACL_INSIDE

from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.redis.rules.acl import acl_plan
from pyinfra_runbooks.settings import Stack

CLERK = f"user clerk on sanitize-payload #{CLERK_HASH} ~* &* +@all"
DEFAULT_OFF = "user default off sanitize-payload resetchannels -@all"
STRANGER = f"user guest on sanitize-payload #{CLERK_HASH} ~* &* +@all"


def acl_file(look: Look, *lines: str) -> Look:
    """The ACL file on the host has these lines; the container sees the same file."""
    content = identity("\n".join(lines))
    look = with_file(look, ACL, acl=lines, sha256=content)
    return inside(look, ACL_INSIDE, acl=lines, sha256=content)


def on_nothing(look: Look) -> Look:
    return with_redis(look, config={"aclfile": ""}, open=True)


def with_run_time(look: Look, *names: str) -> Look:
    """Users that were made with ACL SETUSER."""
    return with_redis(look, users=frozenset({"default", "clerk", *(names or ("guest",))}))


def plan_of(look: Look, declared: Stack) -> Any:
    return acl_plan(look, declared, declared.servers[0], look.declared.services["cache"])
