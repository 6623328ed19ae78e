"""Whether the ports that are to be published are free, and the host has their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from ...engine.compose import DeclaredPort
from ..obstacles import Checked, Obstacle, Weight, listed
from ..seen import Asked, Found, Published, Socket

ANY = ("", "0.0.0.0", "::")  # noqa: S104 - every address; every IPv4 one; every IPv6 one


def contested(found: Found) -> list[Socket]:
    """The sockets of others, no container's, where a port is to be published."""
    return [
        socket
        for _, port in _declared(found)
        for socket in found.sockets.listening
        if socket.protocol == port.protocol
        and port.first <= socket.port <= port.last
        and overlaps(socket.address, port.address)
        and not _of_a_container(found, socket)
    ]


def judge(found: Found, asked: Asked) -> Checked:
    """Each port against what containers and processes of the host have."""
    obstacles: list[Obstacle] = [*_twice(found)]
    unseen: list[str] = []
    free: list[str] = []
    own: list[str] = []
    for service, port in _declared(found):
        if port.protocol not in found.sockets.protocols:
            unseen.append(
                f"whether {port.shown} is free for {service}: /proc/net has no such table"
            )
            continue
        if missing := _address_missing(found, service, port):
            obstacles.append(missing)
            continue
        # Of a range the engine takes one that is free.
        taken = [_taken(found, asked, service, port, n) for n in range(port.first, port.last + 1)]
        holders = [holder for holder in taken if holder]
        if len(holders) == len(taken):
            obstacles.append(holders[0])
        elif _is_own(found, service, port):
            own.append(port.shown)
        else:
            free.append(port.shown)
    fine = [f"free ports: {_in_order(free)}"] if free else []
    fine += [f"ports that the stack itself has: {_in_order(own)}"] if own else []
    if not (free or own or obstacles or unseen):
        fine = ["no port is published on the host"]
    return Checked(
        tuple(obstacles), tuple(unseen), tuple(_in_the_hosts_network(found)), tuple(fine)
    )


def overlaps(one: str, other: str) -> bool:
    """Whether two sockets of one port can't be on both addresses."""
    if one == other or "" in (one, other):
        return True
    for wide, narrow in ((one, other), (other, one)):
        if wide in ANY and ip_address(wide).version == ip_address(narrow).version:
            return True
    return False


def _declared(found: Found) -> Iterator[tuple[str, DeclaredPort]]:
    for name, service in sorted(found.declared.services.items()):
        if service.network_mode != "host":
            for port in service.ports:
                yield name, port


def _of_a_container(found: Found, socket: Socket) -> bool:
    """The engine itself listens for a container whose port it publishes."""
    return any(
        p.port == socket.port
        and p.protocol == socket.protocol
        and (p.address == socket.address or {p.address, socket.address} <= set(ANY))
        for p in found.published
    )


def _taken(
    found: Found, asked: Asked, service: str, port: DeclaredPort, number: int
) -> Obstacle | None:
    for published in found.published:
        if _meets(published, port, number) and not _belongs(found, published.container, service):
            return _by_a_container(found, service, port, published)
    for socket in contested(found):
        if socket.port == number and _meets(socket, port, number):
            return _by_a_process(asked, service, port, socket)
    return None


def _meets(there: Published | Socket, port: DeclaredPort, number: int) -> bool:
    return (
        there.port == number
        and there.protocol == port.protocol
        and overlaps(there.address, port.address)
    )


def _belongs(found: Found, container: str, service: str) -> bool:
    """The service's own container, which `up` leaves or replaces; or one of the stack that has
    been given other ports since, and lets this one go."""
    for member in found.look.members():
        if member.id == container:
            if member.service == service:
                return True
            declared = found.declared.services.get(member.service)
            return declared is not None and not declared.ports
    return False


def _is_own(found: Found, service: str, port: DeclaredPort) -> bool:
    members = {c.id for c in found.look.members(service)}
    numbers = range(port.first, port.last + 1)
    return any(p.container in members and p.port in numbers for p in found.published)


def _by_a_container(
    found: Found, service: str, port: DeclaredPort, published: Published
) -> Obstacle:
    container = next((c for c in found.look.containers if c.id == published.container), None)
    name = container.name if container else published.container[:12]
    of = f" of project {container.project}" if container and container.project else ""
    where = f"{published.address or '*'}:{published.port}"
    return Obstacle(
        Weight.STOPS,
        "port-taken",
        service,
        f"can't have port {port.shown}: a container has it",
        f"{name}{of} publishes {where}/{published.protocol}",
        f"docker stop {name}, if it need not run; or publish another port",
    )


def _by_a_process(asked: Asked, service: str, port: DeclaredPort, socket: Socket) -> Obstacle:
    who = asked.holders.get(socket.inode) or f"a process of user {socket.uid}"
    where = f"{socket.address or '*'}:{socket.port}"
    kind = "t" if socket.protocol == "tcp" else "u"
    return Obstacle(
        Weight.STOPS,
        "port-taken",
        service,
        f"can't have port {port.shown}: a process of the host has it",
        f"{who} listens on {where}/{socket.protocol}",
        f"sudo ss -ln{kind}p 'sport = :{socket.port}' names it: stop it, or publish another port",
    )


def _twice(found: Found) -> Iterator[Obstacle]:
    seen: list[tuple[str, DeclaredPort]] = []
    for service, port in _declared(found):
        for other, earlier in seen:
            single = port.first == port.last == earlier.first == earlier.last
            same = single and port.protocol == earlier.protocol
            if same and overlaps(port.address, earlier.address):
                yield Obstacle(
                    Weight.STOPS,
                    "port-twice",
                    service,
                    f"can't have port {port.shown}: Compose gives it to {other} as well",
                    f"docker compose config: {other} publishes {earlier.shown}",
                    "publish another port for one of them",
                )
        seen.append((service, port))


def _address_missing(found: Found, service: str, port: DeclaredPort) -> Obstacle | None:
    here = found.sockets.addresses
    if port.address in ANY or not here:
        return None
    try:
        address = ip_address(port.address)
    except ValueError:
        return None
    if address.is_loopback or str(address) in here:
        return None
    has = listed(a for a in here if ip_address(a).version == address.version)
    return Obstacle(
        Weight.STOPS,
        "address-missing",
        service,
        f"can't have {port.shown}: this host has no such address",
        f"it has {has or 'none of that version'}",
        "correct the address in the compose file, or give it to the host",
    )


def _in_the_hosts_network(found: Found) -> Iterator[str]:
    there = [n for n, s in found.declared.services.items() if s.network_mode == "host"]
    if there:
        yield (
            f"{listed(there)}: in the host's own network: Compose does not say which ports that"
            " takes, and they were not looked at"
        )


def _in_order(ports: list[str]) -> str:
    return ", ".join(dict.fromkeys(ports))
