"""Which names are tried from which client's network, where nothing else shows a cause. Pure.

A third command asks that (`REACH`); a healthy look never does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...core.unknown import Unknown
from ...engine.docker import Container
from ...engine.look import Look
from ...engine.probe import Answers, Probe, Question
from ...engine.reach import Reach, Target, parse
from ...engine.rules import jobs
from ...engine.rules.namespaces import host_of, lives_elsewhere
from ...settings import Redis, Stack

MOST = 16
"""How many clients are tried at most: a look is no search."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_USUAL = {
    **dict.fromkeys(("redis", "rediss", "valkey", "valkeys"), 6379),
    **dict.fromkeys(("postgres", "postgresql"), 5432),
    **dict.fromkeys(("mysql", "mariadb"), 3306),
    "amqp": 5672,
    "mongodb": 27017,
    "nats": 4222,
    "http": 80,
    "https": 443,
}
"""The ports of schemes, where a URL names none."""


class Pair(NamedTuple):
    """
    A server as a client calls it.

    + home: in whose network the client is: itself, most often
    + server: a container of the server
    + called: the server's service; of another project's, its container's name
    """

    client: Container
    home: Container
    server: Container
    called: str
    name: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A client, and all that it is asked about."""

    client: Container
    pairs: tuple[Pair, ...]


def pairs(look: Look, stack: Stack, first: Collection[str] = ()) -> list[Pair]:
    """
    The clients and servers that run and share a network, by the names that the clients have.

    + first: the services that are known to be unwell: if there are too many, these are asked
    """
    found: dict[tuple[str, str], Pair] = {}
    for client in sorted(look.members(), key=lambda c: (c.service not in first, c.name)):
        for pair in _of_client(look, stack, client) if _asks(look, stack, client) else ():
            known = found.get((client.name, pair.called))
            if known is None or (known.port is None and pair.port is not None):
                found[client.name, pair.called] = pair
    clients = [*dict.fromkeys(pair.client.name for pair in found.values())][:MOST]
    return [pair for pair in found.values() if pair.client.name in clients]


def _asks(look: Look, stack: Stack, client: Container) -> bool:
    return client.running and not jobs.ended(look, stack, client)


def _of_client(look: Look, stack: Stack, client: Container) -> Iterator[Pair]:
    home = host_of(look, client) if lives_elsewhere(client) else client
    if home is None or not home.running or not home.pid or home.network_mode in ("host", "none"):
        return
    for name, port in _named(look, stack, client):
        for server in _answering(look, home, client, name)[:1]:
            ours = server in look.members()
            called = server.service if ours else server.name
            yield Pair(client, home, server, called, name, port or _port(look, stack, called))


def _named(look: Look, stack: Stack, client: Container) -> Iterator[Target]:
    """What it calls its servers, what is certain first."""
    api = stack.client(client.service)
    for redis in stack.used_by(api) if api else ():
        yield redis.service, None
    seen = look.found.seen.get(client.id)
    for link in seen.links if seen else ():
        if _NAME.fullmatch(link.host):
            yield link.host, link.port or _USUAL.get(link.scheme.lower())
    service = look.declared.services.get(client.service)
    for other in sorted(service.uses) if service else ():
        yield other, None


def _answering(look: Look, home: Container, client: Container, name: str) -> list[Container]:
    """Who has that name on the client's networks, the stack's own first; or should have it."""
    here = {n: e for n, e in home.networks.items() if n != "bridge"}
    others = [
        c
        for c in look.containers
        if c.running and c not in (home, client) and host_of(look, c) is not home
    ]
    near = [c for c in others if {*c.networks} & {*here}]
    known = [
        c
        for c in near
        if c.name == name
        or c in look.members(name)
        or any(n in here and name in e.names for n, e in c.networks.items())
    ]
    return sorted(known, key=lambda c: (c not in look.members(), c.service != name, c.name))


def _port(look: Look, stack: Stack, service: str) -> int | None:
    """The server's own, as far as it is known. What an image exposes says nothing of it."""
    if port := stack.port_of(service):
        return port
    for component in stack.components:
        if component.service == service:
            known: int | None = getattr(component, "port", None)
            return known or (_found(look, service) if isinstance(component, Redis) else None)
    return None


def _found(look: Look, service: str) -> int | None:
    """Where a Redis was found to listen; None: nobody knows, and its usual one proves nothing."""
    server = look.server(service)
    return None if isinstance(server, Unknown) else server.port


def _values(asked: Asked) -> Mapping[str, object]:
    home = asked.pairs[0].home
    on = (e.address for e in home.networks.values() if "." in e.address)
    return {
        "id": home.id,
        "pid": home.pid,
        "address": next(iter(sorted(on)), ""),
        "own": home.name,
        "images": (home.image,),
        "targets": tuple(
            dict.fromkeys(
                f"{p.name}\t{p.port or ''}\t{p.server.id}\t{p.server.pid}\t{p.server.image}"
                for p in asked.pairs
            )
        ),
    }


REACH: Probe[Asked, dict[Target, Reach | Unknown]] = Probe("reach", "ask_reach.sh", parse, _values)
"""What names lead to from a client's network, and whether connections open."""


def questions(tried: Iterable[Pair]) -> list[Question]:
    """One for each client."""
    by_client: dict[str, list[Pair]] = {}
    for pair in tried:
        by_client.setdefault(pair.client.name, []).append(pair)
    asked = (Asked(of[0].client, tuple(of)) for of in by_client.values())
    return [Question(REACH, one.client.name, _values(one)) for one in asked]


def unasked(tried: Iterable[Pair]) -> dict[tuple[str, str], Reach | Unknown]:
    """What is known of them where the host does not answer."""
    return reaches(tried, Unknown("the host did not answer"))


def reaches(
    tried: Iterable[Pair], reply: Answers | Unknown
) -> dict[tuple[str, str], Reach | Unknown]:
    """What came of them, as `Look.reaches` has it."""
    found: dict[tuple[str, str], Reach | Unknown] = {}
    for pair in tried:
        key = pair.client.name, pair.called
        if isinstance(reply, Unknown):
            found[key] = reply
            continue
        said = reply.to(REACH, pair.client.name)
        nothing = Unknown("there was no answer to that")
        both = pair.name, pair.port
        found[key] = said if isinstance(said, Unknown) else said.get(both, nothing)
    return found
