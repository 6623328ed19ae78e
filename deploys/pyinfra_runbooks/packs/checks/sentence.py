"""What was asked of a stack, and of whom, with the values that came: what "healthy" means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...core.unknown import Unknown
from ...engine.look import Look, Server
from ...engine.own_checks import State
from ...engine.rules import places
from ...engine.rules.checks import failure
from ...engine.rules.connected import connected
from ...engine.rules.own_checks import served, states
from ...settings import Check, CommandCheck, ContainerCheck, HttpCheck, Redis, Stack
from .probe import PORTS

_SHOWN = 8


def answered(look: Look, stack: Stack) -> list[str]:
    """Each thing that was asked, and what it came to; empty: nothing was asked."""
    return [
        *_servers(look, stack),
        *_clients(look, stack),
        *_checks(look, stack),
        *_ports(look, stack),
        *_containers(look, stack),
    ]


def asked(look: Look, stack: Stack) -> str:
    """
    What was asked, of whom, and what came, in one sentence without its end.

    Such as: 3 services run, cache answers PING as clerk (Redis 8.0.2, 6379), web (8000) accepts
    connections
    """
    running = {c.service for c in places.managed_containers(look, stack) if c.running}
    runs = "1 service runs" if len(running) == 1 else f"{len(running)} services run"
    rest = [] if stack.health else ["nothing else was asked"]
    return ", ".join((runs, *answered(look, stack), *rest))


def _servers(look: Look, stack: Stack) -> Iterator[str]:
    for redis in stack.servers:
        server = look.server(redis.service)
        if isinstance(server, Unknown):
            continue
        if server.others:
            yield f"{redis.service} was not asked, as another server may be in its place"
            continue
        if not served(server):
            yield f"{redis.service} asks for a login, and no login that it accepts is known"
            continue
        about = _as(server), _which(look, stack, redis, server), _for(stack, redis)
        yield f"{redis.service} answers PING{''.join(about)}"


def _clients(look: Look, stack: Stack) -> Iterator[str]:
    """Who is connected to which Redis, and who waits on a queue there."""
    for redis in stack.servers:
        now = connected(look, redis)
        if isinstance(now, Unknown):
            continue
        waiting = {service: one for service, one in sorted(now.items()) if one.taking}
        for service, one in waiting.items():
            many = f"{one.taking} of {one.count} connections" if one.count > 1 else "1 connection"
            yield f"{service} waits on a queue of {redis.service} ({many})"
        others = sorted({*now} - {*waiting} - {redis.service})
        if others:
            are = "is" if len(others) == 1 else "are"
            yield f"{_listed(others)} {are} connected to {redis.service}"


def _as(server: Server) -> str:
    """Who logged in, or by which login of its own container."""
    users = _listed(user for user, got_in in server.logins.items() if got_in)
    if users:
        return f" as {users}"
    return f" with the login that {server.login.by} names" if server.login.user else ""


def _which(look: Look, stack: Stack, redis: Redis, server: Server) -> str:
    """Which server and version it is, as far as it says, and where it listens."""
    known = [server.name] if "redis_version" in server.info else []
    known += map(str, _open(look, stack).get(redis.service, ()))
    return f" ({', '.join(known)})" if known else ""


def _for(stack: Stack, redis: Redis) -> str:
    """What it is for: as it is declared, or a guess, where it was found, and said as such."""
    guessed = " by what it shows" if redis.service in stack.found else ""
    return f", a {redis.data}{guessed}" if redis.data else ""


def _open(look: Look, stack: Stack) -> dict[str, tuple[int, ...]]:
    """Of each service the ports that accept connections."""
    seen = look.of(PORTS)
    return {
        service: tuple(sorted(port for port, accepts in ports.items() if accepts))
        for service, ports in ({} if isinstance(seen, Unknown) else seen).items()
        if service in places.managed_services(look, stack) and any(ports.values())
    }


def _checks(look: Look, stack: Stack) -> Iterator[str]:
    for number, check in enumerate(stack.health):
        answer = look.answers.get(number)
        if answer and not isinstance(check, ContainerCheck) and not failure(check, answer):
            yield f"{check.name} {_came(check, answer.status)}"


def _came(check: Check, status: int) -> str:
    match check:
        case HttpCheck():
            return f"answered {status}{_as_expected(check)}"
        case CommandCheck():
            printed = f" and printed {check.contains}" if check.contains is not None else ""
            return f"ended with 0{printed}"
    return "accepts connections"


def _as_expected(check: HttpCheck) -> str:
    if check.non_empty is not None:
        return f" with {check.non_empty}"
    text = check.expect if isinstance(check.expect, str) else check.contains
    return f" {text}" if text is not None else "" if check.by_status else " as expected"


def _ports(look: Look, stack: Stack) -> Iterator[str]:
    """Those of services that were asked nothing else."""
    said = {redis.service for redis in stack.servers} | {c.host for c in stack.health}
    others = [
        f"{service} ({', '.join(map(str, ports))})"
        for service, ports in _open(look, stack).items()
        if service not in said
    ]
    if others:
        yield f"{_listed(others)} accept{'s' if len(others) == 1 else ''} connections"


def _containers(look: Look, stack: Stack) -> Iterator[str]:
    """What Docker says of the containers' own checks."""
    found = list(states(look, stack))
    passing = sorted({c.service for c, state in found if state is State.PASSES})
    waiting = sorted({c.service for c, state in found if state is State.AWAITED})
    if passing:
        yield _pass(passing, "passes", "pass")
    if waiting:
        yield _pass(waiting, "has not answered yet", "have not answered yet")


def _pass(services: Sequence[str], one: str, many: str) -> str:
    several = len(services) > 1
    checks = "checks" if several else "check"
    return f"the container {checks} of {_listed(services)} {many if several else one}"


def _listed(names: Iterable[str]) -> str:
    """As it is said: ``a, b and c``; of many only some."""
    shown = list(names)
    if len(shown) > _SHOWN:
        shown = [*shown[: _SHOWN - 1], f"{len(shown) - _SHOWN + 1} more"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
