"""Who is connected to which Redis, and what earlier looks have left of that. Pure.

A connection's address tells whose it is, as long as that is an address on a bridge network. A
container on the host's network, one in Redis' own namespace and one that comes over a unix socket
can't be told from others: of these nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from ipaddress import ip_address

from ...core.unknown import Unknown
from ...settings import Redis, Stack
from ..docker import Container
from ..look import OTHER, SOCKET, Before, Connections, Look, both
from ..remembered import Memory
from .namespaces import host_of


def connected(
    look: Look, redis: Redis, lost: bool = False, sure: bool = False
) -> Mapping[str, Connections] | Unknown:
    """
    The services of the stack that are connected to a Redis, each with all its connections;
    `Unknown` where that can't be known.

    + lost: whether connections to an address that the server no longer has count, too: they are
      gone, though it does not know yet
    + sure: whether one that is older than what has its address now does not count: Redis may have
      missed the end of another one's, that had the address before
    """
    return _of(look, redis, lost, sure, _service)


def connected_containers(
    look: Look, redis: Redis, lost: bool = False, sure: bool = False
) -> Mapping[str, Connections] | Unknown:
    """The same of their containers, by the names of these."""
    return _of(look, redis, lost, sure, lambda container: container.name)


def _of(
    look: Look, redis: Redis, lost: bool, sure: bool, name_of: Callable[[Container], str]
) -> Mapping[str, Connections] | Unknown:
    server = look.server(redis.service)
    if isinstance(server, Unknown):
        return server
    if isinstance(server.connected, Unknown):
        return server.connected
    if server.info.get("tcp_port") == "0":
        return Unknown(f"{redis.service} listens on a unix socket: who is connected can't be told")
    if not (lost and cut_off(look, redis)) and (reason := _not_told(look, redis)):
        return Unknown(reason)
    if {one.local for one in server.connected} - {SOCKET} == {OTHER}:  # Before Redis 6.2.
        return Unknown(f"{redis.service} does not say to which of its addresses a client goes")
    residents = _residents(look)
    own = {a for c in look.members(redis.service) for a in addresses(look, c)}
    found: dict[str, Connections] = {}
    for one in server.connected:
        if not lost and plain(one.local) not in own:
            continue
        theirs: dict[str, Connections] = {}
        for container in residents.get(plain(one.address), ()):
            if mine := _its_own(look, container, one) if sure else one:
                theirs[name_of(container)] = mine
        for name, mine in theirs.items():
            found[name] = both(found[name], mine) if name in found else mine
    return found


_LATER = 30
"""Seconds by which a connection may look older than it is, as it is asked for last in a look."""


def _its_own(look: Look, container: Container, one: Connections) -> Connections | None:
    """What of these connections surely is a container's. Where some are older than it, it is not
    known which of them wait."""
    age = running_for(look, (container,))
    if age < 0 or one.oldest <= age + _LATER:  # Below zero the clock was set.
        return one
    return None if one.newest > age + _LATER else replace(one, taking=0, blocked=0)


def before(look: Look, stack: Stack) -> Before:
    """Who is connected, to compare with once a run has broken connections."""

    def known(
        connected: Callable[[Look, Redis, bool, bool], Mapping[str, Connections] | Unknown],
    ) -> dict[str, Mapping[str, Connections]]:
        servers = look.whole(stack).servers
        now = {redis.service: connected(look, redis, True, True) for redis in servers}
        return {redis: one for redis, one in now.items() if not isinstance(one, Unknown)}

    return Before(look.at, known(connected), known(connected_containers))


def services_at(look: Look, address: str) -> frozenset[str]:
    """The services of the stack that have an address: all that live in one namespace."""
    return frozenset(c.service for c in _residents(look).get(plain(address), ()))


def memory_of(look: Look, stack: Stack) -> Memory | None:
    """What earlier looks have left of a stack; None: nothing, or it can't be read."""
    remembered = look.found.remembered
    if isinstance(remembered, Unknown):
        return None
    return remembered.of(stack.compose.directory, look.declared.name)


def blind(look: Look, container: Container, redis: Redis) -> str:
    """Why a container's connections can't be told from others; empty: they can."""
    if (host := host_of(look, container)) and host.service == redis.service:
        return f"it lives in the network of {redis.service} itself"
    if _outer(look, container).network_mode == "host":
        return "it is on the host's network"
    if not addresses(look, container):
        return "it has no address"
    return ""


def runs(look: Look, service: str) -> tuple[Container, ...]:
    """All containers of a service, if all of them run; else nothing."""
    containers = look.members(service)
    return containers if all(c.running for c in containers) else ()


def running_for(look: Look, containers: Iterable[Container]) -> float:
    """Seconds since the last of some containers was started."""
    return min((look.at - c.started.timestamp() for c in containers), default=0)


def addresses(look: Look, container: Container) -> frozenset[str]:
    """The addresses of a container, or of the one in whose network it lives."""
    ends = _outer(look, container).networks.values()
    return frozenset(plain(a) for end in ends for a in (end.address, end.address6) if a)


def cut_off(look: Look, redis: Redis) -> bool:
    """Whether a Redis has lost its networks: then nobody can be connected."""
    return any(
        not addresses(look, container) and _outer(look, container).network_mode not in _WITHOUT
        for container in look.members(redis.service)
    )


_WITHOUT = ("host", "none")
"""Networks in which a container has no address of its own."""


def _not_told(look: Look, redis: Redis) -> str:
    """Why the addresses that a Redis sees tell nothing."""
    for container in look.members(redis.service):
        if _outer(look, container).network_mode == "host":
            return f"{redis.service} is on the host's network: who is connected can't be told"
        if not addresses(look, container):
            return f"{redis.service} has no address of its own: who is connected can't be told"
    return ""


def _service(container: Container) -> str:
    return container.service


def _residents(look: Look) -> Mapping[str, tuple[Container, ...]]:
    """Which containers of the stack have which address."""
    found: dict[str, tuple[Container, ...]] = {}
    for container in look.members():
        if container.running:
            for address in addresses(look, container):
                found[address] = (*found.get(address, ()), container)
    return found


def _outer(look: Look, container: Container) -> Container:
    return host_of(look, container) or container


def plain(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        return address
