"""Whether a network that is there is the one that Compose declares."""

from __future__ import annotations

import shlex
from ipaddress import ip_address, ip_network

from ...core.resolution import Refusal
from ..compose import DeclaredNetwork
from ..docker import Container, Network
from ..look import Look


def differences(declared: DeclaredNetwork, there: Network) -> tuple[str, ...]:
    """What Compose declares of a network of its own and it has not; of an external one nothing is.

    What was not looked at differs in nothing.
    """
    if declared.external:
        return ()
    return (*_settings(declared, there), *(f"it lacks {named}" for named in there.lacks))


def matters(declared: DeclaredNetwork, there: Network) -> bool:
    """Whether what differs matters to more than a person who reads labels."""
    return bool(_settings(declared, there))


def _settings(declared: DeclaredNetwork, there: Network) -> tuple[str, ...]:
    found = []
    if there.key is not None and there.key != declared.key:
        made = f"created it as {there.key}" if there.key else "did not create it"
        found.append(f"Compose {made}, and refuses to use it as {declared.key}")
    if declared.driver and declared.driver != there.driver:
        found.append(f"its driver is {there.driver}, not {declared.driver}")
    if there.internal is not None and there.internal != declared.internal:
        found.append("it is internal" if there.internal else "it is not internal")
    if None not in (declared.ipv6, there.ipv6) and declared.ipv6 != there.ipv6:
        found.append(f"it has {'' if there.ipv6 else 'no '}IPv6")
    if there.subnets is not None and (lacking := declared.subnets - there.subnets):
        found.append(f"its subnet is {_listed(there.subnets)}, not {_listed(lacking)}")
    return tuple(found)


def on_it(look: Look, network: str) -> tuple[Container, ...]:
    """The containers that keep a network from being removed: those that run, and all of others.

    One of the stack that is stopped can be attached to the next network of that name.
    """
    members = {c.id for c in look.members()}
    stopped = ("created", "exited", "dead")
    return tuple(
        c
        for c in look.containers
        if network in c.networks and not (c.id in members and c.status in stopped)
    )


def in_the_way(look: Look, service: str) -> Refusal | None:
    """Why Compose can't, or must not, recreate a service's container.

    For a network that differs from its declaration it stops what is on that network and takes it
    off, before it knows whether the network can be removed (Compose 2.31 and later).
    """
    for name in look.declared.services[service].networks:
        declared, there = look.declared.networks.get(name), look.networks.get(name)
        if declared and declared.external and not there:
            return Refusal(
                f"network {name} does not exist, and the compose file declares it external",
                f"docker network create {shlex.quote(name)}",
            )
        if declared and there and (unlike := differences(declared, there)) and on_it(look, name):
            return Refusal(
                f"network {name} is not as Compose declares it ({'; '.join(unlike)}), and Compose"
                " would disconnect its containers",
                "repair the network first: runbooks/network.py; how it is now:"
                f" docker network inspect {shlex.quote(name)}",
            )
    return None


def not_there(look: Look, container: Container) -> frozenset[str]:
    """
    The networks without which the engine does not start a container: those that it has to be on,
    and that do not exist, or are others than it was on.

    What Compose makes it makes all at once, so one that is missing stands for all that are.
    """
    declared = look.declared.services.get(container.service)
    known = {n: e.network_id for n, e in container.networks.items()}
    wanted = {*known, *(declared.networks if declared and container in look.members() else ())}
    missing = wanted - {*look.networks}
    if missing:
        missing |= {n for s in look.declared.services.values() for n in s.networks}
        missing -= {*look.networks}
    there = {n: look.networks[n].id for n in known if n in look.networks}
    return frozenset(missing | {n for n, id_ in there.items() if known[n] not in ("", id_)})


def outside(there: Network | None, *addresses: str | None) -> str | None:
    """An address that a network can't give, since none of its subnets has it."""
    if there is None or there.subnets is None:
        return None
    given = filter(None, addresses)
    return next((a for a in given if not any(_within(a, s) for s in there.subnets)), None)


def _within(address: str, subnet: str) -> bool:
    try:
        return ip_address(address) in ip_network(subnet)
    except ValueError:
        return False


def _listed(subnets: frozenset[str]) -> str:
    return ", ".join(sorted(subnets)) or "none"
