"""Why a Redis does not serve a client: then no restart of the client helps."""

from __future__ import annotations

from ....core.unknown import Unknown
from ....engine.look import Look
from ....engine.rules.attachments import lacking
from ....engine.rules.namespaces import held_up
from ....engine.rules.passwords import password_hash
from ....engine.rules.reaches import kept_from
from ....engine.rules.sharing import kept_apart
from ....settings import Api, Redis, Stack


def refuses(look: Look, stack: Stack, client: Api, redis: Redis) -> str | None:
    """Why a Redis does not serve a client's own credentials; None where it does.

    A restart of the client helps only once it does.
    """
    server, name = look.server(redis.service), redis.service
    if isinstance(server, Unknown):
        return server.reason
    if server.unaskable:
        return server.unaskable
    if not server.login_sent:
        return f"no login was sent to {name}"
    user = redis.user(client.redis_user) or redis.user(None)
    login = user.name if user else "default" if redis.logins else None
    if login and not server.logins.get(login):
        return f"Redis refuses the login of {login} ({server.says or 'wrong password'})"
    if login is None and not server.authenticated:
        return f"{name} wants a login, and none is declared: whom it serves is not known"
    if not any(c.running for c in look.members(name)):
        return f"{name} does not run"
    if server.loading:
        return f"{name} is still loading its data: {server.loading}"
    if server.refuses_writes:
        return f"{name} refuses writes: {server.refuses_writes}"
    if any(held_up(look, c) for c in look.members(name)):
        return f"{name} has no network"
    for lack in lacking(look, stack):
        if lack.container.service in (client.service, name):
            return f"{lack.container.service} {lack.problem}"
    if kept_apart(look, stack, client.service, name):
        return f"{client.service} and {name} have no network in common"
    if kept := kept_from(look, client.service, name):
        return kept
    digest = password_hash(look, stack, user.password) if user else None
    return digest.reason if isinstance(digest, Unknown) else None


def unserved(look: Look, stack: Stack, client: Api) -> str | None:
    """Why one of the Redis that a client uses does not serve it; None: they all do."""
    used = stack.used_by(client)
    return next(filter(None, (refuses(look, stack, client, r) for r in used)), None)
