"""Who uses whom, by the names in environments. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum

from ...settings import Stack
from ..docker import Container
from ..look import Look
from .seen import Link, Seen


class Certainty(StrEnum):
    """How much the names in an environment prove."""

    CERTAIN = "certain"
    LIKELY = "likely"


_SERVERS = re.compile(
    r"(^|[/_.-])(postgres\w*|postgis|pgvector|timescaledb\w*|mysql|mariadb|percona\w*|mongo\w*"
    r"|elasticsearch|opensearch|minio|clickhouse\w*|rabbitmq|memcached|kafka|zookeeper|qdrant"
    r"|meilisearch|weaviate|etcd|nats|nginx|traefik|caddy|haproxy|infinity|cassandra|influxdb"
    r"|redis\w*|valkey|keydb|dragonfly)([_.:@-]|$)"
)


def uses(look: Look, stack: Stack) -> dict[str, dict[str, Certainty]]:
    """
    The clients of each Redis that its project has: of a service the Redis' services that it uses.
    What the inventory says, by `Api`, is not in it.

    + look: a look at the host
    + stack: the stack, with what was found besides

    A variable that a database has as well, or the Redis itself, comes from a file that several
    services share: it proves of nobody that it is a client.
    """
    servers = {r.service for r in look.whole(stack).servers}
    links = [
        (c.service, link, server)
        for c in look.members()
        if (seen := look.found.seen.get(c.id))
        for link in seen.links
        for server in _linked(look, c, link, servers)
    ]
    shared = {link for service, link, _ in links if service in servers or _serves(look, service)}
    for service in servers:
        for c in look.members(service):
            shared.update((look.found.seen.get(c.id) or Seen("")).links)
    found: dict[str, dict[str, Certainty]] = defaultdict(dict)
    for service, link, server in links:
        if service == server:
            continue
        sure = link not in shared and not _ended(look, service)
        before = found[service].get(server)
        found[service][server] = Certainty.CERTAIN if sure else before or Certainty.LIKELY
    for service, server, certainty in (*_declared(look, servers), *_by_socket(look, servers)):
        found[service].setdefault(server, certainty)
    return {service: of for service, of in found.items() if of}


def names_of(look: Look, service: str) -> frozenset[str]:
    """All names that a service's containers have, or should have, for other containers."""
    declared = look.declared.services.get(service)
    made = look.declared.container_name(service)
    names = {service, made, f"{look.declared.name}_{service}_1"}
    for container in look.members(service):
        names |= {container.name}.union(*(e.names for e in container.networks.values()))
    if declared:
        names = names.union(*(attachment.aliases for attachment in declared.networks.values()))
    return frozenset(names)


def _linked(look: Look, client: Container, link: Link, servers: Iterable[str]) -> Iterator[str]:
    """The Redis that a link names."""
    if link.scheme == "unix":
        yield from (s for s in servers if _has_socket(look, client, link.host, s))
    elif link.host in _OWN:
        yield from (s for s in servers if _is_local(look, client, link.port, s))
    else:
        yield from (s for s in servers if link.host in names_of(look, s) or _by_host(look, link, s))


_OWN = ("localhost", "127.0.0.1")
_HOST = "host.docker.internal"
"""What Docker calls the host in a container that is given that name."""


def _is_local(look: Look, client: Container, port: int | None, server: str) -> bool:
    """Whether its own address is that of a Redis, whose network it shares."""
    return any(
        client.network_mode == f"container:{container.id}"
        or (client.network_mode == "host" and _passed_on(look, container, port or 6379))
        for container in look.members(server)
    )


def _by_host(look: Look, link: Link, server: str) -> bool:
    """Whether it names the host, which passes that port on to a Redis, or has it itself. Who is on
    a network of its own does not reach what is published on the host's loopback."""
    gateways = {g for c in look.containers for e in c.networks.values() for g in e.gateways}
    if link.host != _HOST and link.host not in gateways:
        return False
    return any(
        _passed_on(look, container, link.port or 6379, outside=True)
        for container in look.members(server)
    )


def _passed_on(look: Look, container: Container, port: int, outside: bool = False) -> bool:
    """
    Whether it is reached at a port of the host.

    + outside: whether by others than those that are on the host's own network
    """
    seen = look.found.seen.get(container.id)
    if seen is None:
        return False
    if container.network_mode == "host":
        words = [word for each in seen.arguments for word in each.split("=")]
        return port in {6379, *(int(word) for word in words if word.isdecimal())}
    return any(
        p.host_port == port and p.protocol == "tcp" and not (outside and _is_loopback(p.address))
        for p in seen.published
    )


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"


def _has_socket(look: Look, client: Container, path: str, server: str) -> bool:
    """Whether a path in a container is in a directory that a Redis has as well."""
    theirs = {(m.kind, m.name or m.source) for c in look.members(server) for m in c.mounts}
    return any(
        path.startswith(f"{m.target}/") and (m.kind, m.name or m.source) in theirs
        for m in client.mounts
    )


def _declared(look: Look, servers: Iterable[str]) -> Iterator[tuple[str, str, Certainty]]:
    """What Compose resolves, of containers that are not there or were made with another one of its
    names: by which variable is not known."""
    for server in servers:
        clients = {s.name for s in look.declared.services.values() if server in s.uses}
        shared = server in clients or any(_serves(look, service) for service in clients)
        for service in sorted(clients - {server}):
            sure = not shared and not _ended(look, service)
            yield service, server, Certainty.CERTAIN if sure else Certainty.LIKELY


def _by_socket(look: Look, servers: Iterable[str]) -> Iterator[tuple[str, str, Certainty]]:
    """Who shares the volume in which a Redis has its unix socket."""
    for server in servers:
        for container in look.members(server):
            seen = look.found.seen.get(container.id)
            paths = [w for w in seen.arguments if re.fullmatch(r"/.*[.]sock", w)] if seen else []
            shared = {
                (m.kind, m.name or m.source)
                for m in container.mounts
                if any(path.startswith(f"{m.target}/") for path in paths)
            }
            for other in look.members():
                if other.service != server and shared & {
                    (m.kind, m.name or m.source) for m in other.mounts
                }:
                    yield other.service, server, Certainty.LIKELY


def _serves(look: Look, service: str) -> bool:
    """Whether it is a database or the like, which is nobody's client."""
    declared = look.declared.services.get(service)
    images = [c.image_name for c in look.members(service)]
    return any(map(_SERVERS.search, images or [declared.image if declared else ""]))


def _ended(look: Look, service: str) -> bool:
    """Whether all of it has ended, as a job does."""
    containers = look.members(service)
    return bool(containers) and all(c.status == "exited" and c.exit_code == 0 for c in containers)
