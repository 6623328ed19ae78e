"""What keeps a client from its server, by what its own network namespace made of the server's name.

Tried only where all else shows no cause (`packs/network/asking.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from ...core.unknown import Unknown
from ..docker import Container
from ..look import Look
from ..reach import Answer, Reach, Way
from .namespaces import host_of, lives_elsewhere


class Barrier(Enum):
    """What it is.

    + NO_DNS: names lead nowhere there, whichever they are
    + NOBODY: nobody has the name
    + ELSEWHERE: the name leads to others, alone or besides the server
    + STALE: the container's own file gives the name an address that the server does not have
    + DROPPED: packets are lost, or rejected, on the way
    + REFUSED: nobody listens there
    + STUCK: new connections open, and those that it has are dead
    """

    NO_DNS = auto()
    NOBODY = auto()
    ELSEWHERE = auto()
    STALE = auto()
    DROPPED = auto()
    REFUSED = auto()
    STUCK = auto()


class Kept(NamedTuple):
    """
    A client that is kept from its server.

    + client: its container
    + server: the server's service; of another project's, its container's name
    + others: who answers in the server's place; None: an address that no container has
    """

    client: Container
    server: str
    barrier: Barrier
    reach: Reach
    others: tuple[Container | None, ...] = ()


def kept(look: Look) -> Iterator[Kept]:
    """The clients that are kept from their servers, as far as that was tried."""
    by_name = {container.name: container for container in look.containers}
    for (name, server), reach in sorted(look.reaches.items()):
        client = by_name.get(name)
        if client is not None and not isinstance(reach, Unknown):
            others = tuple(_others(look, client, server, reach))
            if barrier := _barrier(look, server, reach, others):
                yield Kept(client, server, barrier, reach, others)


def kept_from(look: Look, client: str, server: str) -> str | None:
    """Why no connection of a client's service to a server opens; None: it does, or may.

    A restart of the client does not help then.
    """
    for one in kept(look):
        helps = one.barrier in (Barrier.STUCK, Barrier.STALE, Barrier.NO_DNS)
        if one.client.service == client and one.server == server and not helps:
            return f"{one.client.name} does not get through to {server}"
    return None


def homes(look: Look, server: str) -> list[Container]:
    """In whose network namespaces the containers of a server are, by its service or its name."""
    members = look.members(server) or [c for c in look.containers if c.name == server]
    found = (host_of(look, c) if lives_elsewhere(c) else c for c in members)
    return [c for c in found if c is not None]


def owners(look: Look, client: Container, address: str) -> Iterator[Container]:
    """Who has an address on a network of a client's."""
    home = host_of(look, client) if lives_elsewhere(client) else client
    here = home.networks if home else {}
    for container in look.containers:
        for network, endpoint in container.networks.items():
            if network in here and address in (endpoint.address, endpoint.address6):
                yield container


def _others(look: Look, client: Container, server: str, reach: Reach) -> Iterator[Container | None]:
    """Who is reached by the name, and is neither the server nor given that name by Compose."""
    ours = homes(look, server)
    alike = {(c.project, c.service) for c in ours if c.project}
    for address in reach.addresses:
        found = list(owners(look, client, address))
        if not found and not _all_here(look, client, ours):
            continue
        if not any(
            c in ours or (c.project, c.service) in alike or _meant(look, c, reach.name)
            for c in found
        ):
            yield next(iter(found), None)


def _all_here(look: Look, client: Container, server: list[Container]) -> bool:
    """Whether all addresses there are of this host's containers: not on Swarm's networks, where
    services have addresses of their own, nor on any other that reaches beyond the host."""
    home = host_of(look, client) if lives_elsewhere(client) else client
    there = [look.networks.get(name) for name in home.networks] if home else []
    local = all(network is not None and network.driver == "bridge" for network in there)
    return local and not any(container.swarm for container in server)


def _meant(look: Look, container: Container, name: str) -> bool:
    """Whether Compose gives that name to another service of the stack on purpose."""
    service = look.declared.services.get(container.service)
    if service is None or container not in look.members():
        return False
    return name == service.name or any(name in a.aliases for a in service.networks.values())


def _barrier(
    look: Look, server: str, reach: Reach, others: tuple[Container | None, ...]
) -> Barrier | None:
    if reach.said is Answer.DEAD:
        return Barrier.NO_DNS
    if not reach.addresses:
        return Barrier.NOBODY
    ways = set(reach.ways.values())
    if others and reach.said is Answer.FILE:  # As it may be meant: extra_hosts.
        return None if ways <= {Way.OPENS} else Barrier.STALE
    if others:
        return Barrier.ELSEWHERE
    if ways & {Way.DROPPED, Way.BARRED} or (Way.REFUSED in ways and _listens(reach)):
        return Barrier.DROPPED
    if Way.REFUSED in ways:
        return Barrier.REFUSED
    stuck = any(one.stuck for one in reach.has.values())
    return Barrier.STUCK if stuck and Way.OPENS in ways else None


def _listens(reach: Reach) -> bool:
    """Whether the server listens there all the same: then it is not the server that refuses."""
    there = {*reach.addresses, "*"}
    return any(a in there and port == reach.port for a, port in reach.listens or ())
