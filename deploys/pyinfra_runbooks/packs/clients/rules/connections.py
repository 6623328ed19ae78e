"""Whether who uses a Redis is connected to it, is let in, and takes from its queue."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Refusal, Remedy, Symptom
from ....core.unknown import Unknown
from ....engine.discovery.uses import Certainty, uses
from ....engine.look import NOT_ASKED, Connections, Look, Server
from ....engine.parts import Part
from ....engine.rules.attachments import lacking
from ....engine.rules.connected import blind, connected, cut_off, memory_of, runs, services_at
from ....engine.rules.namespaces import held_up
from ....settings import Redis, Stack
from .api import findings as findings_of
from .by_host import of_client, on_host
from .case import Case, cases
from .lost import SETTLED, keeps_restarting, loops, not_connected, takes_nothing
from .wording import ago, times

LATELY = 120
"""Seconds within which a refusal is one of now."""

CLIENT_REFUSED = kind(
    "client-refused",
    title="Redis refuses a client's login",
    part=Part.API,
    means="That client does without Redis, or fails.",
    known="`ACL LOG` has a refusal from the client's address since the client was started; or the"
    " client is connected without a login, though Redis takes none without one; or its own log says"
    " so (WRONGPASS, NOAUTH), if it does not come up or fails its own health check."
    " `INFO errorstats` counts the refusals.",
    repair="Nothing: a person compares the password that it was started with, and recreates it.",
    clears_itself=True,
    explains=("api-restart-loop", "api-unhealthy", "own-check-fails", "restarting", "unhealthy"),
)
CLIENTS_UNSEEN = kind(
    "clients-unseen",
    title="It can't be seen whether clients are connected to a Redis",
    part=Part.API,
    means="A client that has lost its connection, or takes nothing, would not be found.",
    known="`CLIENT LIST` is refused to the user that asks; or its addresses don't show which client"
    " it is: on the host's network, in Redis' own network, on a unix socket. For clients on the"
    " host's network it gives the number of connections from the host, others' included; if that"
    " is none, no client is connected.",
    repair="Nothing has to be done.",
    breaks_health=False,
)
CLIENT_RECORD_IGNORED = kind(
    "client-record-ignored",
    title="What earlier looks left on the host can't be used",
    part=Part.API,
    means="Which service used which Redis while the stack was healthy is not known.",
    known="The record of clients is damaged, too large, or another user's.",
    repair="Nothing has to be done: the next healthy look writes a new one.",
    breaks_health=False,
)

ClientFinding = Finding[Any]


def findings(look: Look, stack: Stack) -> Iterator[ClientFinding]:
    """What keeps who uses a Redis from using it, as far as both run and are on their networks."""
    yield from _ignored(look, stack)
    cut_off = {lack.container.service for lack in lacking(look, stack)}
    for redis in stack.servers:
        server, now = look.server(redis.service), connected(look, redis)
        if isinstance(server, Unknown):
            continue
        yield from _unseen(look, stack, redis, server, now)
        if isinstance(now, Unknown):
            continue
        if redis.service in cut_off or not _serves(look, redis, server):
            continue
        for there in loops(look, stack, redis) if look.before else ():
            if there[0].service not in cut_off:
                yield keeps_restarting(look, stack, redis, there)
        for case in cases(look, stack, redis, server, now):
            if case.service not in cut_off:
                yield from _judged(case)


def shows(look: Look, redis: Redis) -> bool:
    """Whether a look shows who is connected to a Redis: not while that reads its data."""
    server = look.server(redis.service)
    if isinstance(server, Unknown) or server.loading:
        return False
    return not isinstance(connected(look, redis), Unknown)


def _ignored(look: Look, stack: Stack) -> Iterator[ClientFinding]:
    remembered = look.found.remembered
    if isinstance(remembered, Unknown):
        reasons: tuple[str, ...] = (remembered.reason,)
    else:
        reasons = remembered.ignored if memory_of(look, stack) is None else ()
    if reasons and stack.servers:
        yield CLIENT_RECORD_IGNORED.found(
            look.declared.name, "has no usable record of its clients", "; ".join(reasons)
        )


def _unseen(
    look: Look,
    stack: Stack,
    redis: Redis,
    server: Server,
    now: Mapping[str, Connections] | Unknown,
) -> Iterator[ClientFinding]:
    """Whose connections can't be told from others, as far as anything says that there are any."""
    if not server.authenticated or server.connected == NOT_ASKED or cut_off(look, redis):
        return
    told = isinstance(now, Unknown)
    reasons = [now.reason] if isinstance(now, Unknown) else []
    for service, sure in sorted(_clients(look, stack, redis).items()):
        for container in runs(look, service):
            why = "" if told else blind(look, container, redis)
            here = any(on_host(look, c) for c in (container, *look.members(redis.service)))
            seen = of_client(look, redis, container) if here and (why or told) else ""
            if why or seen:
                likely = "" if sure is Certainty.CERTAIN else " (a likely client)"
                said = "; ".join(filter(None, (why, seen)))
                reasons.append(f"{container.name}{likely}: {said}")
    if reasons:
        yield CLIENTS_UNSEEN.found(
            redis.service, "has clients that are not judged", "; ".join(reasons)
        )


def _clients(look: Look, stack: Stack, redis: Redis) -> dict[str, Certainty]:
    """
    The services that use a Redis. What merely names it may be none: an `env_file` is often shared
    with services that don't. Who was connected at the last healthy looks, or is declared, is one.
    """
    name = redis.service
    found = {client: of[name] for client, of in uses(look, stack).items() if name in of}
    memory = memory_of(look, stack)
    used = memory.used(name).items() if memory else ()
    sure = {client for client, one in used if one.always}
    sure |= {client.service for client in stack.clients if redis in stack.used_by(client)}
    return found | dict.fromkeys(sure - {name}, Certainty.CERTAIN)


def _serves(look: Look, redis: Redis, server: Server) -> bool:
    """Whether nothing is wrong with a Redis itself: that has findings of its own."""
    containers = runs(look, redis.service)
    return (
        bool(containers)
        and not any(held_up(look, c) for c in containers)
        and not server.loading
        and not server.refuses_writes
    )


def _judged(case: Case) -> Iterator[ClientFinding]:
    """The first of these that is so: who is refused takes nothing, and has no connection."""
    for judge in (_refused, _nameless, takes_nothing, not_connected):
        if finding := judge(case):
            yield finding
            return


def _refused(case: Case) -> ClientFinding | None:
    """It was refused since it was started, and not long ago, or for good."""
    entries = [
        one
        for one in ([] if isinstance(case.server.turned_away, Unknown) else case.server.turned_away)
        if one.reason == "auth"
        and one.ago <= case.age
        and case.service in services_at(case.look, one.address)
    ]
    if not entries or (min(e.ago for e in entries) > LATELY and case.now):
        return None
    if _let_in(case.now) and case.reports_healthy:
        return None
    name, redis = case.service, case.redis.service
    seen = (
        f"ACL LOG of {redis}: {times(entries)} from the address of {case.names}, at last"
        f" {ago(min(e.ago for e in entries))} ago; it has run for {ago(case.age)}{_counted(case)}"
    )
    if _let_in(case.now):
        return CLIENT_REFUSED.found(
            name, f"is refused by {redis}, and has another connection that works", seen
        )
    return CLIENT_REFUSED.found(name, f"is refused by {redis}: wrong password", seen, _login(case))


def _nameless(case: Case) -> ClientFinding | None:
    """It is connected without a login, where nobody is let in without one."""
    now = case.now
    if now is None or now.default < now.count or now.oldest < SETTLED:
        return None
    if not case.server.only_by_login or not case.server.errors("NOAUTH"):
        return None
    redis = case.redis.service
    return CLIENT_REFUSED.found(
        case.service,
        f"is connected to {redis} without a login, and gets no answer",
        f"CLIENT LIST: all {now.count} connections of {case.names} have not logged in, and the"
        f" default user is off{_counted(case)}",
        _login(case),
    )


def _let_in(now: Connections | None) -> bool:
    """Whether one of its connections has logged in, or has read or written."""
    return now is not None and (now.default < now.count or not now.keeps_alive)


def _login(case: Case) -> Refusal | Symptom:
    """
    Whose fault it is: that of Redis, if it refuses those that are declared as well. A declared
    client that has findings of its own may be repaired by these: it reads a file once more.
    """
    if False in case.server.logins.values() or case.fails or _is_repaired(case):
        return Symptom(f"docker logs --tail 20 {case.containers[0].name}")
    by_hand = shlex.join(("docker", "compose", "up", "--detach", "--no-deps", case.service))
    return Refusal(
        f"whose password is right, that of {case.service} or {case.redis.service}, is not known",
        f"compare what both were started with; a container keeps what it was made with: {by_hand}",
    )


def _is_repaired(case: Case) -> bool:
    """Whether something else is wrong with it that is repaired, such as an older file inside."""
    client = case.stack.client(case.service)
    found = findings_of(case.look, case.stack, client) if client else []
    return any(isinstance(f.resolution, Remedy) and not f.kind.clears_itself for f in found)


def _counted(case: Case) -> str:
    counts = ((code, case.server.errors(code)) for code in ("WRONGPASS", "NOAUTH"))
    said = ", ".join(f"{code} {count} times" for code, count in counts if count)
    return f"; in all it has answered {said}" if said else ""
