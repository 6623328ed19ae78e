"""The health checks as a host is asked them, in a look and alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ...engine.asked import Asking
from ...engine.look import Answer, parse_answers
from ...engine.probe import Probe, Question
from ...engine.projects import address
from ...engine.shell import words
from ...settings import Check, CommandCheck, ContainerCheck, HttpCheck, Stack, TcpCheck

_Asked = Probe[Asking, dict[int, Answer]]
_NAME = "check"

PROBES: Mapping[type, _Asked] = {
    HttpCheck: Probe(_NAME, "ask_check.sh", parse_answers),
    TcpCheck: Probe(_NAME, "ask_tcp.sh", parse_answers),
    CommandCheck: Probe(_NAME, "ask_command.sh", parse_answers),
    ContainerCheck: Probe(_NAME, "ask_own_check.sh", parse_answers),
}
"""One health check, by its kind; its number is what it is about."""


def checks(asking: Asking, at_most: int | None = None) -> list[Question]:
    """
    All of a stack's health checks.

    + at_most: how many milliseconds each gets at most; default: as many as it may take
    """
    return [
        Question(
            PROBES[type(check)],
            str(number),
            {"number": number, **_about(check, asking, at_most)},
        )
        for number, check in enumerate(asking.stack.health)
    ]


def of_services(stack: Stack) -> bool:
    """Whether a check is asked where a service's container is."""
    return any(_service(check, stack) for check in stack.health)


def _service(check: Check, stack: Stack) -> str:
    """The service that it asks itself; empty: it asks none."""
    if isinstance(check, HttpCheck) and check.resolve:
        return ""
    of_it = isinstance(check, CommandCheck | ContainerCheck) or stack.is_service(check.host)
    return check.host if of_it else ""


def _about(check: Check, asking: Asking, at_most: int | None) -> dict[str, object]:
    """The values of its script."""
    limit = round(1000 * check.timeout)
    limit = limit if at_most is None else min(limit, at_most)
    match check:
        case HttpCheck():
            return _http(check, asking, limit)
        case TcpCheck():
            return _tcp(check, asking, limit)
        case CommandCheck():
            return _command(check, asking, round(1000 * check.timeout), at_most)
        case ContainerCheck():
            containers = tuple(c.id for c in asking.project.of(check.service))
            return {"service": check.service, "ids": containers}


def _http(check: HttpCheck, asking: Asking, limit: int) -> dict[str, object]:
    """A service's name stands for its first container's address."""
    stack = asking.stack
    service = _service(check, stack)
    at, process = _located(asking, service)
    return {
        "url": check.url,
        "limit": limit,
        "shown": tuple(sorted(_keys(check.expect))),
        "text": check.expect if isinstance(check.expect, str) else "",
        "part": check.contains,
        "unread": "yes" if check.by_status else "",
        "name": f"{check.host}:{check.port}",
        "address": check.resolve or at,
        "service": service,
        "process": process or "",
        "insecure": "yes" if check.insecure else "",
        "ca": stack.compose.path(check.ca) if check.ca and not check.insecure else "",
    }


def _tcp(check: TcpCheck, asking: Asking, limit: int) -> dict[str, object]:
    """A container on the host's network is asked at the host."""
    service = _service(check, asking.stack)
    at, process = _located(asking, service)
    if any(c.network_mode == "host" and c.running for c in asking.project.of(service)):
        at, process = "127.0.0.1", 0
    return {
        "host": check.host,
        "port": check.port,
        "limit": limit,
        "address": at,
        "service": service,
        "process": process or "",
    }


def _command(
    check: CommandCheck, asking: Asking, limit: int, at_most: int | None
) -> dict[str, object]:
    """Its program has to be started by the engine first: it gets a second at least."""
    runs = next((c.id for c in asking.project.of(check.service) if c.running), "")
    return {
        "service": check.service,
        "id": runs,
        "command": words(*check.command),
        "part": check.contains,
        "limit": limit if at_most is None else min(limit, max(at_most, 1000)),
    }


def _located(asking: Asking, service: str) -> tuple[str, int]:
    """Where a service can be reached, and its main process; empty and 0: nowhere."""
    by_id = {container.id: container for container in asking.found.containers}
    located = [(at, c.pid) for c in asking.project.of(service) if (at := address(c, by_id))]
    return next(iter(located), ("", 0))


def _keys(value: object) -> set[str]:
    """The keys of a JSON value, at every depth."""
    if isinstance(value, dict):
        return set(value).union(*(_keys(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(v) for v in value))
    return set()
