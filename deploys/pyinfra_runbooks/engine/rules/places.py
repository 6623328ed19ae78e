"""Which containers are managed, and on which networks they have to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...core.resolution import Refusal
from ...settings import Redis, Stack
from ..compose import Attachment
from ..docker import Container
from ..look import Look
from . import jobs


def wanted(look: Look, stack: Stack, container: Container) -> dict[str, Attachment]:
    """The networks that a container has to be on, with all its names there.

    Compose gives each service its container's name, its own name, and what the file declares.
    """
    service = look.declared.services.get(container.service)
    if service is None:
        return {}
    declared = dict(service.networks)
    own_namespace = not re.match(r"(host|none|container:.*)$", container.network_mode)
    if stack.network and stack.network not in declared and own_namespace:
        everywhere = frozenset[str]().union(*(a.aliases for a in declared.values()))
        declared[stack.network] = Attachment(aliases=everywhere)
    own = {container.name, service.name}
    return {name: replace(a, aliases=a.aliases | own) for name, a in declared.items()}


def managed_services(look: Look, stack: Stack) -> list[str]:
    """The services that the inventory names, or all that Compose declares."""
    named = [service.name for service in stack.services]
    return [s for s in named or look.declared.services if s in look.declared.services]


def with_containers(look: Look, stack: Stack) -> list[str]:
    """Those of them that have a container: no other needs a network.

    Compose makes networks only for a service whose containers it would make as well. Whether one
    of Redis may be made is not for its network to say.
    """
    return [s for s in managed_services(look, stack) if look.members(s)]


def is_scaled(look: Look, redis: Redis) -> bool:
    """
    Whether the containers of a Redis are replicas of it. Where clients have a login that the
    inventory declares, the compose file has to ask for so many: any of them may be sent it.
    """
    members = look.members(redis.service)
    return are_replicas(members) and (_are_declared(look, members) or not redis.users)


def _are_declared(look: Look, members: Sequence[Container]) -> bool:
    """Whether the compose file asks for so many containers of a service."""
    service = look.declared.services.get(members[0].service)
    return service is not None and service.replicas >= len(members)


def more_than_declared(look: Look, container: Container) -> Refusal | None:
    """
    Why no replica of a service is started, or attached: there are more than the compose file asks
    for, and who took one away may have meant to. Clients would meet one with old data, or none,
    every other time.

    + container: one of a Redis
    """
    members = look.members(container.service)
    if len(members) < 2 or _are_declared(look, members):
        return None
    service = look.declared.services.get(container.service)
    number = service.replicas if service else 0
    return Refusal(
        f"the compose file declares {number} of {container.service}, and there are {len(members)}:"
        f" {container.name} may have been stopped, or taken off its network, on purpose",
        "see which of them has the data that counts, and docker rm what is not needed; or, if all"
        f" are meant to serve, declare them in the compose file (scale: {len(members)})",
    )


def are_replicas(members: Sequence[Container]) -> bool:
    """Whether several containers are replicas of a service: Compose made them, of one
    configuration, and under the names that it gives them."""
    numbered = all(re.fullmatch(rf".*{re.escape(c.service)}[-_]\d+", c.name) for c in members)
    made = len({c.config_hash for c in members}) == 1 and all(c.made_by_compose for c in members)
    return len(members) > 1 and numbered and made and not any(c.replaces for c in members)


def managed_containers(look: Look, stack: Stack) -> list[Container]:
    """The containers of those services, but for jobs that have ended.

    A container that merely carries the labels is none of them; and of several that may be Redis,
    none is: who was put on the stack's network by mistake would be reached by its clients.
    """
    several = {
        r.service
        for r in stack.servers
        if len(look.members(r.service)) > 1 and not is_scaled(look, r)
    }
    services = [s for s in managed_services(look, stack) if s not in several]
    return [
        c
        for c in look.members()
        if c.service in services and c.made_by_compose and not jobs.ended(look, stack, c)
    ]
