"""What a look leaves behind for those to come: who used which Redis while all was well. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.unknown import Unknown
from ...engine.look import NOT_ASKED, Connections, Look
from ...engine.remembered import LOOKS, MOST, Memory, Used, dumped, file_name, is_path
from ...engine.rules.connected import blind, connected, memory_of, runs
from ...engine.rules.own_checks import served
from ...settings import Redis, Stack

OLD = 3600
"""Seconds after which a memory is written again, though it says the same: when that was counts."""
APART = 60
"""Seconds between two looks that count as two."""
LASTS = 60
"""Seconds after which a connection is one that lasts."""
QUICK = 5
"""Seconds within which a client that is never silent has said something."""


def to_remember(look: Look, stack: Stack) -> tuple[str, str] | None:
    """
    A file's name and its line, which this look leaves on its host; None: there is nothing to leave,
    or what is there says it already.

    The caller has found the stack healthy by this look.
    """
    former, now = memory_of(look, stack), memory(look, stack)
    if now is None or (former and not _worth(former, now)):
        return None
    line = dumped(now)
    return (file_name(now), line) if len(line) < MOST else None


def memory(look: Look, stack: Stack) -> Memory | None:
    """What is to be remembered after a look; None: nothing, and nothing was."""
    former = memory_of(look, stack)
    known = former.clients if former else {}
    clients = {
        redis.service: _users(look, redis, known.get(redis.service, {}))
        for redis in stack.servers
        if redis.service in known or _answered(look, redis)
    }
    if not clients and former is None:
        return None
    there = {redis: path for redis in clients if (path := _directory(look, redis, former))}
    return Memory(stack.compose.directory, look.declared.name, look.at, clients, there)


def _directory(look: Look, redis: str, former: Memory | None) -> str:
    """Where it has its data; where that can't be asked now, where it had it."""
    server = look.server(redis)
    config = None if isinstance(server, Unknown) else server.config
    said = (config or {}).get("dir", "")
    return said if is_path(said) else former.directories.get(redis, "") if former else ""


def _answered(look: Look, redis: Redis) -> bool:
    """Whether it was asked who is connected, and answers to a login or to anybody."""
    server = look.server(redis.service)
    return served(server) and not isinstance(server, Unknown) and server.connected != NOT_ASKED


def _users(look: Look, redis: Redis, former: Mapping[str, Used]) -> Mapping[str, Used]:
    """Where nothing can be told of a Redis or a service now, what was known of it stays."""
    now = connected(look, redis, sure=True)
    if isinstance(now, Unknown):
        return former
    found: dict[str, Used] = {}
    for name in sorted({*now, *former} & set(look.declared.services) - {redis.service}):
        containers = runs(look, name)
        if not containers or any(blind(look, c, redis) for c in containers):
            found |= {name: former[name]} if name in former else {}
        elif used := _used(former.get(name), now.get(name)):
            found[name] = used
    return found


def _used(former: Used | None, now: Connections | None) -> Used | None:
    """With this look; None: it was not connected for as long as anything is remembered."""
    did = "-" if now is None else "t" if now.taking else "c"
    history = ((former.history if former else "") + did)[-LOOKS:]
    if not history.strip("-"):
        return None
    lasting = bool(now and now.oldest >= LASTS) or bool(former and former.lasting)
    quick = bool(now and now.silent <= QUICK)
    return Used(history, lasting, quick and (former is None or former.lively))


def _worth(former: Memory, now: Memory) -> bool:
    """Whether it is worth a command: what follows from it is another thing, or it is old."""
    passed = now.at - former.at
    return passed < 0 or passed >= OLD or (passed >= APART and _means(former) != _means(now))


def _means(memory: Memory) -> Mapping[tuple[str, str], tuple[object, ...]]:
    """What follows from a memory: as long as it is the same, nobody has to write it again."""
    return {(redis, ""): (memory.directories.get(redis),) for redis in memory.clients} | {
        (redis, service): (u.always, u.surely, u.takes, u.lasting, u.lively, len(u.history))
        for redis, users in memory.clients.items()
        for service, u in users.items()
    }
