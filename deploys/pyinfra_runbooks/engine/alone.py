"""A project of which only the engine tells, as Compose can't resolve it on its host. Pure.

Its files are on another machine, in another tool, or are wrong. What its containers were made with
stands in for what Compose would declare: then nothing is a difference but what the engine itself
shows, such as a container that has stopped, or is off the network that its own settings name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..core.unknown import Unknown
from ..settings import FoundStack
from .compose import Attachment, Declared, DeclaredMount, DeclaredNetwork, DeclaredService
from .docker import Container, Network
from .projects import Project, container_of

_NO_NETWORK = ("", "default", "bridge", "host", "none")


def in_place_of(
    declared: Declared | Unknown,
    stack: FoundStack,
    project: Project,
    networks: Mapping[str, Network],
) -> Declared:
    """
    What Compose declares; where it can't resolve the project, what the engine shows.

    + declared: what Compose declares, or why it does not
    + stack: the stack
    + project: the same on its host
    + networks: those of the host
    """
    if not stack.placed:
        return as_it_runs(project, networks, "its containers do not say in which directory it is")
    if isinstance(declared, Unknown):
        return as_it_runs(project, networks, declared.reason)
    return _with_profiles(declared, project, networks)


def _with_profiles(
    declared: Declared, project: Project, networks: Mapping[str, Network]
) -> Declared:
    """No label says which profiles it was brought up with: a service that is at work and that
    Compose does not resolve without them is known by what the engine shows."""
    others = [
        c
        for c in project.members
        if c.service not in declared.services and c.status in ("running", "restarting", "paused")
    ]
    if not others:
        return declared
    more = as_it_runs(replace(project, members=tuple(others)), networks, "")
    return replace(
        declared,
        services={**declared.services, **more.services},
        networks={**more.networks, **declared.networks},
    )


def as_it_runs(project: Project, networks: Mapping[str, Network], why: str) -> Declared:
    """
    What the engine shows of a project, in the place of what Compose declares.

    + project: the project
    + networks: those of its host
    + why: why Compose can't resolve it
    """
    names = dict.fromkeys(c.service for c in project.members)
    services = {name: _service(name, project.of(name), networks) for name in names}
    used = {network for service in services.values() for network in service.networks}
    return Declared(
        name=project.name,
        services=services,
        networks={name: DeclaredNetwork(name, name, external=True) for name in sorted(used)},
        unresolved=why,
    )


def _service(
    name: str, containers: tuple[Container, ...], networks: Mapping[str, Network]
) -> DeclaredService:
    one = container_of(containers)
    assert one is not None  # noqa: S101 - a service is known by its containers
    return DeclaredService(
        name=name,
        image=one.image_name,
        container_name=None,
        networks={network: Attachment() for network in _networks(one, networks)},
        mounts=tuple(
            DeclaredMount(m.kind, m.name or m.source, m.target, writable=m.writable)
            for m in one.mounts
        ),
        restart="" if one.restart_policy == "no" else one.restart_policy,
        serves=bool(one.health),
        network_mode=one.network_mode if one.network_mode in ("host", "none") else "",
    )


def _networks(container: Container, networks: Mapping[str, Network]) -> list[str]:
    """Where it is, and where it was made to be; on the engine's own network no name is known."""
    by_id = {network.id: name for name, network in networks.items()}
    mode = by_id.get(container.network_mode, container.network_mode)
    made = {mode} if mode not in _NO_NETWORK and mode in networks else set()
    return sorted(made | {name for name in container.networks if name not in _NO_NETWORK})
