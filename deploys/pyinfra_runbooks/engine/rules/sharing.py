"""Services of which one uses the other, though the compose file gives them no network in common.

A name alone is no proof: what several services share (`env_file`) names servers that some of them
never call. What is certain, and what is merely likely, is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...settings import Stack
from ..compose import COMPLETED, DeclaredService
from ..docker import Container
from ..look import Look
from . import jobs
from .checks import check_failures

_WEB = ("http", "https", "ws", "wss")


@dataclass(frozen=True, slots=True)
class Apart:
    """
    A client and its server.

    + known: how it is known that one uses the other
    + name: what the client calls it
    + works: whether their containers meet all the same, on a network that nobody declared
    + joins: which of the two best joins a network of the other's; empty: no network is fit for it
    + network: that network
    """

    client: str
    server: str
    known: str
    name: str
    works: bool
    joins: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class _Naming:
    """
    That a service names another one.

    + vague: whether that alone says little: a web address may be for browsers, a bare name for show
    + waits: whether it merely waits for it
    """

    name: str
    known: str
    vague: bool = False
    waits: bool = False


def networks_of(look: Look, name: str) -> frozenset[str] | None:
    """
    The networks that Compose puts a service on; those of another one, in whose network it is.

    None: what it reaches is not for Compose's networks to say.
    """
    seen = set[str]()
    while name not in seen and (service := look.declared.services.get(name)):
        seen.add(name)
        if not service.network_mode:
            return frozenset(service.networks)
        mode, _, name = service.network_mode.partition(":")
        if mode != "service":
            return None
    return None


def apart(look: Look, stack: Stack) -> Iterator[Apart]:
    """Who uses whom, and shares no declared network with it."""
    for client in look.declared.services.values():
        if _over(look, stack, client):
            continue
        for server in look.declared.services.values():
            if server is client or not _strangers(look, stack, client.name, server.name):
                continue
            naming = _naming(look, client, server)
            if naming and _certain(look, stack, client, server, naming):
                joins, network = _fit(look, client.name, server.name)
                works = _meet(look, client.name, server.name)
                known = naming.known
                yield Apart(client.name, server.name, known, naming.name, works, joins, network)


def kept_apart(look: Look, stack: Stack, client: str, server: str) -> bool:
    """Whether a client and its server have no network in common, declared or not."""
    return any((a.client, a.server, a.works) == (client, server, False) for a in apart(look, stack))


def _over(look: Look, stack: Stack, service: DeclaredService) -> bool:
    """Whether it is a job, or may be one that has ended."""
    waited = any(
        s.waits_for.get(service.name) == COMPLETED for s in look.declared.services.values()
    )
    ended = [c for c in look.members(service.name) if jobs.ended(look, stack, c)]
    return service.job or waited or bool(ended)


def _strangers(look: Look, stack: Stack, one: str, other: str) -> bool:
    first, second = networks_of(look, one), networks_of(look, other)
    if first is None or second is None or first & second:
        return False
    managed = {service.name for service in stack.services} or {one, other}
    return not (stack.network and {one, other} <= managed)


def _naming(look: Look, client: DeclaredService, server: DeclaredService) -> _Naming | None:
    """How a service names another one, the surest first."""
    names = _names(look, server)
    if names & client.own_hosts:
        return None
    for container in look.members(client.name):
        seen = look.found.seen.get(container.id)
        for link in seen.links if seen else ():
            if link.host in names and not _elsewhere(look, client.name, server.name, link.host):
                known = f"{link.variable} names {link.host}"
                vague = link.scheme in _WEB or not (link.scheme or link.port)
                return _Naming(link.host, known, vague)
    if server.name in client.uses and not _elsewhere(look, client.name, server.name, server.name):
        known = f"its environment or command names {server.name}"
        return _Naming(server.name, known, vague=server.name not in client.waits_for)
    if server.name in client.waits_for:
        known = f"it waits for {server.name} (depends_on)"
        return _Naming(server.name, known, waits=True)
    return None


def _names(look: Look, server: DeclaredService) -> frozenset[str]:
    """All that a service is called on networks that it may be on."""
    aliases = frozenset[str]().union(*(a.aliases for a in server.networks.values()))
    members = {container.name for container in look.members(server.name)}
    own = {server.name, server.container_name or server.name}
    return frozenset({*own, *aliases, *members})


def _elsewhere(look: Look, client: str, server: str, name: str) -> bool:
    """Whether another container on the client's networks has the name, and may be meant."""
    near = networks_of(look, client) or frozenset()
    for other in look.declared.services.values():
        there = near & (networks_of(look, other.name) or frozenset())
        if other.name not in (client, server) and there and name in _names(look, other):
            return True
    return any(
        name == container.name or name in endpoint.names
        for container in look.containers
        if container not in look.members(server)
        for network, endpoint in container.networks.items()
        if network in near
    )


def _certain(
    look: Look, stack: Stack, client: DeclaredService, server: DeclaredService, naming: _Naming
) -> bool:
    """Whether one uses the other; where that is only likely, whether the client is unwell."""
    component = server.name in stack.declared_services
    if naming.waits:
        return component and _unwell(look, client.name)
    meant = server.name in client.waits_for or not any(
        other.name != client.name
        and not _strangers(look, stack, other.name, server.name)
        and _naming_at_all(look, other, server)
        for other in look.declared.services.values()
    )
    if meant and (component or not naming.vague):
        return True
    failing = bool(check_failures(look, stack)) and stack.client(client.name) is not None
    return failing or _unwell(look, client.name)


def _naming_at_all(look: Look, client: DeclaredService, server: DeclaredService) -> bool:
    """Whether it names the other one in its environment: then a file of both may be why."""
    names = _names(look, server)
    seen = (look.found.seen.get(container.id) for container in look.members(client.name))
    linked = any(link.host in names for s in seen if s for link in s.links)
    return linked or server.name in client.uses


def _unwell(look: Look, service: str) -> bool:
    return any(_is_unwell(container) for container in look.members(service))


def _is_unwell(container: Container) -> bool:
    by_itself = container.exit_code != 0 and not container.stopped_from_outside
    failed = container.status == "exited" and by_itself
    return container.health == "unhealthy" or container.status == "restarting" or failed


def _meet(look: Look, client: str, server: str) -> bool:
    """Whether containers of both are on one network."""

    def on(service: str) -> set[str]:
        return {network for c in look.members(service) for network in c.networks}

    return bool(on(client) & on(server))


def _fit(look: Look, client: str, server: str) -> tuple[str, str]:
    """
    Who joins whose network. Where others reach the server, the client joins theirs; else the server
    joins the client's. An external network is others', too: nobody is put on it.
    """
    declared = look.declared.networks
    own = {n for n in declared if not declared[n].external}
    near, there = networks_of(look, client) or frozenset(), networks_of(look, server) or frozenset()
    used = sorted(
        n
        for n in there & own
        if any(
            n in s.networks and (server in s.uses or server in s.waits_for)
            for s in look.declared.services.values()
        )
    )
    for joins, networks in (
        (client, used),
        (server, sorted(near & own)),
        (client, sorted(there & own)),
    ):
        service = look.declared.services[joins]
        if networks and not service.network_mode:
            return joins, networks[0]
    return "", ""
