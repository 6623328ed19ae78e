"""The health checks as a host is asked them, in a look and alone. Pure."""

from __future__ import annotations

from ...engine.asked import Asking
from ...engine.look import Answer, parse_answers
from ...engine.probe import Probe, Question
from ...engine.projects import address
from ...settings import HttpCheck, Stack

CHECK: Probe[Asking, dict[int, Answer]] = Probe("check", "ask_check.sh", parse_answers)
"""One health check; its number is what it is about."""


def checks(asking: Asking, at_most: int | None = None) -> list[Question]:
    """
    All of a stack's health checks.

    + at_most: how many milliseconds each gets at most; default: as many as it may take
    """
    return [
        Question(CHECK, str(number), {"number": number, **_about(check, asking, at_most)})
        for number, check in enumerate(asking.stack.health)
    ]


def of_services(stack: Stack) -> bool:
    """Whether a check is asked where a service's container is."""
    return any(_service(check, stack) for check in stack.health)


def _service(check: HttpCheck, stack: Stack) -> str:
    return check.host if not check.resolve and stack.is_service(check.host) else ""


def _about(check: HttpCheck, asking: Asking, at_most: int | None) -> dict[str, object]:
    """The values of `ask_check.sh`: a service's name stands for its first container's address."""
    stack, limit = asking.stack, round(1000 * check.timeout)
    service = _service(check, stack)
    by_id = {container.id: container for container in asking.found.containers}
    located = [(at, c.pid) for c in asking.project.of(service) if (at := address(c, by_id))]
    at, process = next(iter(located), ("", 0))
    return {
        "url": check.url,
        "limit": limit if at_most is None else min(limit, at_most),
        "shown": tuple(sorted(_keys(check.expect))),
        "text": check.expect if isinstance(check.expect, str) else "",
        "name": f"{check.host}:{check.port}",
        "address": check.resolve or at,
        "service": service,
        "process": process or "",
        "insecure": "yes" if check.insecure else "",
        "ca": stack.compose.path(check.ca) if check.ca and not check.insecure else "",
    }


def _keys(value: object) -> set[str]:
    """The keys of a JSON value, at every depth."""
    if isinstance(value, dict):
        return set(value).union(*(_keys(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(v) for v in value))
    return set()
