"""A Redis that was made without an override of the compose file, and refuses clients that were made
with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Refusal
from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....engine.rules.connected import running_for, services_at
from ....engine.rules.refused import refused_by
from ....engine.rules.whole import made_from
from ....settings import Redis, Stack

LATELY = 120
"""Seconds within which a refusal is one of now."""

REDIS_OF_OTHER_FILES = kind(
    "redis-of-other-files",
    title="A Redis was made from other files than the clients that it refuses",
    part=Part.REDIS,
    means="It runs without what their override gives it, such as its ACL, its password or a secret;"
    " who logs in as that says is refused.",
    known="The labels by which Compose finds its files again, of both; and `ACL LOG`, or the"
    " client's own log. That they differ is no finding while it refuses nobody.",
    repair="Nothing: which of the files count is not known. It is made again with those of its"
    " clients, and after it what lives in its network.",
    explains=("client-refused", *UNSERVED),
)


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """Where the inventory does not say which files count."""
    for redis in () if stack.compose.files else stack.servers:
        containers = [c for c in look.members(redis.service) if c.running and c.made_by_compose]
        if len(containers) != 1:
            continue
        own, others = made_from(containers[0]), dict[tuple[str, ...], list[Container]]()
        for client in look.members():
            theirs = made_from(client)
            if client.made_by_compose and {*own} & {*theirs} and {*theirs} - {*own}:
                others.setdefault(theirs, []).append(client)
        refused = {
            theirs: [c for c in clients if _refuses(look, stack, redis, c)]
            for theirs, clients in others.items()
        }
        ours = [theirs for theirs, clients in refused.items() if clients]
        if len(ours) == 1:
            yield _finding(redis, own, ours[0], refused[ours[0]])


def _refuses(look: Look, stack: Stack, redis: Redis, client: Container) -> bool:
    """Whether it refuses a client now, as it says itself, or the client does."""
    if redis.service in refused_by(look, stack, client):
        return True
    server = look.server(redis.service)
    told = None if isinstance(server, Unknown) else server.turned_away
    age = running_for(look, (client,))
    return any(
        one.reason == "auth"
        and one.ago <= min(LATELY, age)
        and client.service in services_at(look, one.address)
        for one in (() if told is None or isinstance(told, Unknown) else told)
    )


def _finding(
    redis: Redis, own: tuple[str, ...], theirs: tuple[str, ...], clients: list[Container]
) -> Finding[None]:
    names = ", ".join(sorted({c.service for c in clients}))
    lacks = ", ".join(file for file in theirs if file not in own)
    words = [word for file in theirs for word in ("-f", file)]
    up = shlex.join(("docker", "compose", *words, "up", "--detach", redis.service))
    return REDIS_OF_OTHER_FILES.found(
        redis.service,
        f"was made without {lacks}, from which {names} {'is' if ',' not in names else 'are'}, and"
        f" refuses {'it' if ',' not in names else 'them'}",
        f"{redis.service}: from {', '.join(own)}; {names}: from {', '.join(theirs)}; it refuses the"
        f" login of {names}",
        Refusal(
            "which of these files count is not known",
            f"if those of {names} do: {up}; and after it what lives in its network",
        ),
    )
