"""Which containers are managed, and on which networks they have to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

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
    inventory declares, the compose file has to ask for so many: whoever answers gets that login.
    """
    members, service = look.members(redis.service), look.declared.services.get(redis.service)
    declared = service is not None and service.replicas >= len(members)
    return are_replicas(members) and (declared or not redis.users)


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
