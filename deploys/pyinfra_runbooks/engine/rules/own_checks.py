"""What the containers' own health checks have come to, and whether health rests on them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.unknown import Unknown
from ...settings import ContainerCheck, Stack
from ..docker import Container
from ..look import Look, Server
from ..own_checks import OwnCheck, State, seconds
from . import places
from .checks import asks, state_of


def states(look: Look, stack: Stack) -> Iterator[tuple[Container, State]]:
    """The containers of the stack that run, and have a health check of their own."""
    for container in places.managed_containers(look, stack):
        of_it = state_of(look, container)
        if of_it is not State.NONE:
            yield container, of_it


def served(server: Server | Unknown) -> bool:
    """Whether a Redis answered PING: to a login, or to anybody. NOAUTH is no such answer."""
    if isinstance(server, Unknown):
        return False
    return server.open or server.authenticated or any(server.logins.values())


def asked_otherwise(look: Look, stack: Stack, service: str) -> bool:
    """Whether a service was asked itself, so that its health does not rest on its own check: by a
    declared check, or as a Redis that answered."""
    return served(look.server(service)) or any(
        asks(check, stack) and check.host == service and not isinstance(check, ContainerCheck)
        for check in stack.health
    )


def pending(look: Look, stack: Stack, *of_these: State) -> dict[str, float]:
    """
    The services on whose own check health rests, and that have not passed it yet; and for how many
    seconds at most Docker may go on without an answer.

    + of_these: the states of those that are meant
    """
    found: dict[str, float] = {}
    for container, is_ in states(look, stack):
        if is_ in of_these and rests_on(look, stack, container.service):
            own = look.found.own_checks.get(container.id, OwnCheck())
            passed = max(0.0, look.at - seconds(container.started)) if look.at else 0.0
            left = max(own.patience - passed, own.interval + own.timeout)
            found[container.service] = max(left, found.get(container.service, 0.0))
    return found


def named(stack: Stack, service: str) -> bool:
    """Whether a service's own check is a declared one, and is judged as such."""
    return any(isinstance(c, ContainerCheck) and c.service == service for c in stack.health)


def rests_on(look: Look, stack: Stack, service: str) -> bool:
    """Whether the health of the stack rests on a service's own check: it is declared that it does,
    or nothing is, and nothing else asks the service."""
    return named(stack, service) or (not stack.health and not asked_otherwise(look, stack, service))
