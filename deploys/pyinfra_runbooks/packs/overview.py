"""What a stack is, for a person who has yet to declare it: its services, each Redis, who uses it.
Pure, and without any secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..core.unknown import Unknown
from ..engine.discovery.uses import Certainty, uses
from ..engine.look import Look
from ..engine.rules.places import managed_containers
from ..settings import Redis, Stack
from .checks.sentence import answered
from .redis.server import Server


def overview(look: Look, stack: Stack) -> dict[str, Any]:
    """What `runbooks init` says of a stack, and declares."""
    whole = look.whole(stack)
    using = uses(look, stack)
    running = {c.service for c in managed_containers(look, stack) if c.running}
    return {
        "name": look.declared.name,
        "path": stack.compose.directory,
        "services": [name for name in look.declared.services if name in running],
        "redis": [_redis(look, redis) for redis in whole.servers],
        "clients": {
            client: all(sure is Certainty.CERTAIN for sure in servers.values())
            for client, servers in sorted(using.items())
        },
        "asked": answered(look, whole),
    }


def _redis(look: Look, redis: Redis) -> dict[str, Any]:
    server = look.server(redis.service)
    image = next((c.image_name for c in look.members(redis.service)), "")
    known = not isinstance(server, Unknown) and "redis_version" in server.info
    return {
        "service": redis.service,
        "is": server.name if known and isinstance(server, Server) else image,
        "reached": reached(server.reach) if isinstance(server, Server) else "",
        "guarded": guarded(server),
        "data": redis.data or "",
    }


def reached(words: Sequence[str]) -> str:
    """
    How a Redis is reached, of the words by which redis-cli reaches it.

    >>> reached(("-p", "6380", "--tls")), reached(("-s", "/run/redis.sock")), reached(())
    ('port 6380, TLS', 'socket /run/redis.sock', 'port 6379')
    """
    given = dict(pairwise((*words, "")))
    if "-s" in given:
        return f"socket {given['-s']}"
    host = given.get("-h", "")
    at = f" at {host}" if host not in ("", "127.0.0.1", "localhost") else ""
    return f"port {given.get('-p', '6379')}{at}{', TLS' if '--tls' in given else ''}"


def guarded(server: Server | Unknown) -> str:
    """What keeps strangers out of a Redis."""
    if isinstance(server, Unknown):
        return f"could not be asked: {server.reason}"
    if server.unaskable:
        return f"could not be asked: {server.unaskable}"
    if server.admits_unauthenticated:
        return "no password: it serves every client that reaches it"
    file = (server.config or {}).get("aclfile", "")
    by = f", ACL file {file}" if file else ""
    if server.login.user:
        user = "" if server.login.user == "default" else f" of user {server.login.user}"
        return f"password{user}, from {server.login.by}{by}"
    return f"a login that is not known here: declare it{by}"
