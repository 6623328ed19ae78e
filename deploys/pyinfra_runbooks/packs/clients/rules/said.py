"""Whom a Redis refuses, by the client's own log, where Redis does not tell: `ACL LOG` takes a
right, and a container that restarts has no address by which it could be found there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from ....core.finding import Finding
from ....core.resolution import Refusal, Symptom
from ....core.unknown import Unknown
from ....engine.discovery.uses import Certainty
from ....engine.docker import Container
from ....engine.look import Look, Server
from ....engine.rules import jobs
from ....engine.rules.attachments import lacking
from ....engine.rules.connected import runs
from ....engine.rules.last_words import logs
from ....engine.rules.namespaces import held_up
from ....engine.rules.refused import refused_by
from ....settings import Redis, Stack
from .connections import CLIENT_REFUSED
from .connections import findings as told_by_redis


def findings(look: Look, stack: Stack) -> Iterator[Finding[Any]]:
    """Of each client once, and not where Redis itself told it."""
    known = {f.subject for f in told_by_redis(look, stack) if f.kind is CLIENT_REFUSED}
    known |= {lack.container.service for lack in lacking(look, stack)}
    for redis in stack.servers:
        if not _serves(look, redis):
            continue
        for container in look.members():
            sure = refused_by(look, stack, container).get(redis.service)
            service = container.service
            if sure is None or service in known or jobs.validates(look, container):
                continue
            if service in look.declared.services and service != redis.service:
                known.add(service)
                yield _refused(look, stack, redis, container, sure)


def _serves(look: Look, redis: Redis) -> bool:
    """Whether it runs and is reached; whether it could be asked does not matter."""
    server = look.server(redis.service)
    busy = not isinstance(server, Unknown) and (server.loading or server.refuses_writes)
    containers = runs(look, redis.service)
    return bool(containers) and not busy and not any(held_up(look, c) for c in containers)


def _refused(
    look: Look, stack: Stack, redis: Redis, container: Container, sure: Certainty
) -> Finding[Any]:
    likely = "" if sure is Certainty.CERTAIN else ", most likely"
    state = "fails its health check" if container.running else container.status
    return CLIENT_REFUSED.found(
        container.service,
        f"is refused by {redis.service}{likely}: its login is wrong, or it has none",
        f"{container.name} ({state}) said last that its login was refused (WRONGPASS, NOAUTH or the"
        f" like){_counted(look.server(redis.service))}",
        _answer(look, stack, redis, container),
    )


def _answer(look: Look, stack: Stack, redis: Redis, container: Container) -> Refusal | Symptom:
    """Whose fault it is: that of Redis, if it refuses what its own container or the inventory names
    as well; a client that the inventory names has findings of its own."""
    server, service = look.server(redis.service), container.service
    refuses = not isinstance(server, Unknown) and (
        bool(server.login.refused) or False in server.logins.values()
    )
    if refuses or stack.client(service):
        return Symptom(logs(container))
    by_hand = shlex.join(("docker", "compose", "up", "--detach", "--no-deps", service))
    return Refusal(
        f"whose password is right, that of {service} or {redis.service}, is not known",
        f"compare what both were started with; a container keeps what it was made with: {by_hand}",
    )


def _counted(server: Server | Unknown) -> str:
    if isinstance(server, Unknown):
        return ""
    counts = ((code, server.errors(code)) for code in ("WRONGPASS", "NOAUTH"))
    said = ", ".join(f"{code} {count} times" for code, count in counts if count)
    return f"; in all Redis has answered {said}" if said else ""
