"""Whether the networks, volumes and container names that Compose needs are there, and free."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from ipaddress import ip_network

from ...engine.rules.network_settings import differences, matters
from ..obstacles import Checked, Obstacle, Weight, counted, listed
from ..seen import Found


def judge(found: Found) -> Checked:
    """What has to be there before the stack comes up, and what must not be."""
    obstacles = (*_external(found), *_networks(found), *_subnets(found), *_containers(found))
    notes = tuple(_unset(found))
    named = {m.source for s in found.declared.services.values() for m in s.mounts}
    volumes = {name for name in named if name in found.volumes}
    fine = [f"{counted(len(volumes), 'volume')} there"] if volumes else []
    externals = [n.name for n in found.declared.networks.values() if n.external]
    if externals and not obstacles:
        fine.append(f"external networks are there: {listed(externals)}")
    return Checked(obstacles, (), notes, tuple(fine))


def _external(found: Found) -> Iterator[Obstacle]:
    for network in found.declared.networks.values():
        if network.external and network.name not in found.look.networks:
            users = [s.name for s in found.declared.services.values() if network.name in s.networks]
            yield Obstacle(
                Weight.STOPS,
                "network-missing",
                network.name,
                f"is an external network of {listed(users) or 'the project'}, and does not exist",
                "docker network ls does not list it",
                f"docker network create {shlex.quote(network.name)},"
                " or bring up the project that makes it",
            )
    for name in sorted(found.declared.external_volumes - found.volumes):
        yield Obstacle(
            Weight.STOPS,
            "volume-missing",
            name,
            "is an external volume, and does not exist",
            "docker volume ls does not list it",
            f"bring its data back; or, to begin without: docker volume create {shlex.quote(name)}",
        )


def _networks(found: Found) -> Iterator[Obstacle]:
    for name, declared in sorted(found.declared.networks.items()):
        there = found.look.networks.get(name)
        if there and matters(declared, there):
            yield Obstacle(
                Weight.STOPS,
                "network-differs",
                name,
                "is not the network that Compose declares",
                "; ".join(differences(declared, there)),
                f"docker network inspect {shlex.quote(name)};"
                f" if nothing is on it: docker network rm {shlex.quote(name)}",
            )


def _subnets(found: Found) -> Iterator[Obstacle]:
    for name, declared in sorted(found.declared.networks.items()):
        if declared.external or name in found.look.networks:
            continue
        for subnet in sorted(declared.subnets):
            for other, theirs in sorted(found.subnets.items()):
                if any(_overlap(subnet, their) for their in theirs):
                    yield Obstacle(
                        Weight.STOPS,
                        "subnet-taken",
                        name,
                        f"can't have the subnet {subnet}: another network has a part of it",
                        f"{other} has {listed(theirs)}",
                        "declare another subnet; or, if nothing uses it: docker network rm"
                        f" {shlex.quote(other)}",
                    )


def _overlap(one: str, other: str) -> bool:
    try:
        first, second = ip_network(one), ip_network(other)
    except ValueError:
        return False
    return first.version == second.version and first.overlaps(second)


def _containers(found: Found) -> Iterator[Obstacle]:
    for name, service in sorted(found.declared.services.items()):
        wanted = found.declared.container_name(name)
        members = {c.id for c in found.look.members(name)}
        if members and not service.container_name:
            continue  # Compose numbers several containers.
        for other in found.look.containers:
            if other.name == wanted and other.id not in members:
                of = f" of project {other.project}" if other.project else ", not made by Compose"
                yield Obstacle(
                    Weight.STOPS,
                    "name-taken",
                    name,
                    f"can't have the name {wanted}: another container has it",
                    f"{other.id[:12]}{of}, image {other.image_name}, {other.status}",
                    f"find out what it holds; then: docker rename {shlex.quote(wanted)} ANOTHER",
                )


def _unset(found: Found) -> Iterator[str]:
    named = [name for name in found.declared.unset if name != "?"]
    if named:
        yield f"variables that are not set, so empty: {listed(named)}"
    if "?" in found.declared.unset:
        yield "a $ in a value is taken for a variable, which is empty: perhaps $$ is meant"
