"""Connections that come by the host: of who is on its network, or uses a port that it passes on.
Pure.

A Redis on a bridge network sees these from the host's own address there, or from another address
that no container has; whose they are can't be told from other programs of the host. That there are
none is certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from ipaddress import ip_address

from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import OTHER, SOCKET, Connections, Look, both
from ....engine.rules.connected import addresses, plain
from ....engine.rules.namespaces import host_of
from ....settings import Redis


def on_host(look: Look, container: Container) -> bool:
    """Whether its network is the host's."""
    return (host_of(look, container) or container).network_mode == "host"


def of_client(look: Look, redis: Redis, container: Container) -> str:
    """What is seen of the connections of a client to a Redis, where one of the two is on the host's
    network; empty: nothing."""
    server = look.server(redis.service)
    if isinstance(server, Unknown) or isinstance(server.connected, Unknown):
        return ""
    told = [one for one in server.connected if one.address not in (SOCKET, OTHER)]
    if not on_host(look, container):
        own = addresses(look, container)
        return _seen([one for one in told if plain(one.address) in own], "its address", "")
    if server.info.get("tcp_port") == "0" or len(told) < len(server.connected):
        return ""  # Some may come otherwise.
    servers = look.members(redis.service)
    local = any(on_host(look, c) for c in servers)
    taken = {a for c in look.containers if c.running for a in addresses(look, c)}
    from_host = [
        one
        for one in map(_without_own, told)
        if one.count and (local if _is_loopback(one) else plain(one.address) not in taken)
    ]
    return _seen(from_host, "the host", ", likely its own")


def _seen(ones: Iterable[Connections], place: str, whose: str) -> str:
    ones = list(ones)
    if not ones:
        return f"none comes from {place}: it is not connected"
    all_ = reduce(both, ones)
    many = f"{all_.count} connection{'s' if all_.count > 1 else ''}"
    waits = f", {all_.taking} on a queue" if all_.taking else ""
    return f"{many} from {place}{waits}{whose}"


def _without_own(one: Connections) -> Connections:
    """Without the look's own, which asks for this list."""
    asks = one.commands & {"client", "client|list"}
    return Connections(one.address, one.local, one.count - 1) if asks else one


def _is_loopback(one: Connections) -> bool:
    try:
        return ip_address(one.address).is_loopback
    except ValueError:
        return False
