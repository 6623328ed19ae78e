"""What a health check's answer proves, and which checks can't work at all: those are mistakes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from ...core.resolution import Refusal
from ...settings import Check, CommandCheck, ContainerCheck, HttpCheck, Stack, TcpCheck
from ..docker import Container
from ..look import Answer, Look
from ..own_checks import State, state


def failed_checks(
    answers: Mapping[int, Answer], stack: Stack, checks: Iterable[Check] | None = None
) -> list[str]:
    """What the checks that failed say: what was expected, and what came."""
    wanted = list(stack.health if checks is None else checks)
    return [
        problem
        for number, check in enumerate(stack.health)
        if check in wanted and (problem := failure(check, answers.get(number)))
    ]


def failure(check: Check, answer: Answer | None) -> str | None:
    """Why an answer does not prove health; None where it does."""
    if answer is None:
        return f"{check.name} was not tried"
    if answer.status == 0:
        return f"{check.name} does not answer: {answer.body or 'nothing'}"
    match check:
        case HttpCheck():
            return _unexpected(check, answer)
        case CommandCheck():
            return _failed(check, answer)
        case ContainerCheck():
            return None if answer.body == "healthy" else f"{check.name} says {answer.body}"
    return None


def _unexpected(check: HttpCheck, answer: Answer) -> str | None:
    said = f"{check.name} answered {answer.body or 'nothing'}, expected"
    if answer.status != check.status:
        and_ = f" {answer.body}" if answer.body else ""
        return f"{check.name} answered {answer.status}{and_}, expected {check.status}"
    if check.by_status:
        return None
    if isinstance(check.expect, str) or check.contains is not None:
        wanted = check.expect or check.contains
        return None if answer.body == wanted else f"{said} {wanted}"
    body = _json(answer)
    if body is _NONE:
        return f"{said} JSON"
    if check.expect is not None and body != check.expect:
        return f"{said} {json.dumps(check.expect)}"
    if check.non_empty is not None and not _non_empty(body, check.non_empty):
        return f"{check.name} answered no {check.non_empty}, expected a non-empty one"
    return None


def _failed(check: CommandCheck, answer: Answer) -> str | None:
    if answer.code:
        return f"{check.name} ended with {answer.code}"
    if check.contains is not None and answer.body != "holds":
        return f"{check.name} did not print {check.contains}"
    return None


def cut_short(
    answers: Mapping[int, Answer], stack: Stack, checks: Iterable[Check] | None = None
) -> bool:
    """
    Whether a check got less time than it may take, and had no answer by then.

    + checks: which of the stack's checks; default: all
    """
    wanted = list(stack.health if checks is None else checks)
    return any(
        number in answers and answers[number].gave_up_before(check.timeout)
        for number, check in enumerate(stack.health)
        if check in wanted
    )


def speaks_of_redis(check: Check, answer: Answer | None) -> bool:
    """Whether a failure may come from Redis: no answer, an error, or another value than expected.

    An answer that merely has more or fewer fields is another version of the API, and no restart
    would change it; neither does one mend a certificate.
    """
    if answer is not None and answer.status == 0 and _curl(answer) in _CERTIFICATES:
        return False
    if answer is None or answer.status == 0 or answer.status >= 500:
        return True
    if not isinstance(check, HttpCheck) or not isinstance(check.expect, dict):
        return True
    body = _json(answer)
    if body is _NONE:
        return True
    shared = set(check.expect) & set(body) if isinstance(body, dict) else set()
    return any(body[key] != check.expect[key] for key in shared)


_CERTIFICATES = (51, 58, 60, 83, 90, 91)
"""curl's codes for certificates that prove nothing."""


# Checks that can't work


def sound(look: Look, stack: Stack) -> tuple[Check, ...]:
    """The checks that can work, as far as a look can tell."""
    return tuple(c for n, c in enumerate(stack.health) if not mistake(look, stack, n))


def api_healthy(look: Look, stack: Stack) -> bool | None:
    """Whether the checks that can work succeed; None: none is declared."""
    return not check_failures(look, stack) if stack.health else None


def check_failures(look: Look, stack: Stack) -> list[str]:
    """What the failed checks say that can work, and had the time to."""
    return failed_checks(look.answers, stack, in_time(look, stack, sound(look, stack)))


def in_time(look: Look, stack: Stack, checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those of the checks that are not awaited."""
    return tuple(
        check
        for check in checks
        if not awaited(look, check, look.answers.get(stack.health.index(check)))
    )


def awaited(look: Look, check: Check, answer: Answer | None) -> bool:
    """Whether Docker has yet to ask a container, whose own check it is: that is waited for, and
    no finding."""
    if not isinstance(check, ContainerCheck) or answer is None or not failure(check, answer):
        return False
    seen = {state_of(look, container) for container in look.members(check.service)}
    passing = {"healthy", "starting", "unhealthy"}
    return State.AWAITED in seen and State.FAILS not in seen and passing >= {*answer.body.split()}


def state_of(look: Look, container: Container) -> State:
    """What a container's own health check has come to."""
    return state(container, look.found.own_checks.get(container.id), look.at)


def mistake(look: Look, stack: Stack, number: int) -> Refusal | None:
    """
    Why a check can't work, and how to mend it; None where it can, or may.

    + number: the check's place in `Stack.health`

    Whatever it asks may be healthy, so that nothing is repaired for it.
    """
    check, answer = stack.health[number], look.answers.get(number)
    if answer is None or not failure(check, answer):
        return None
    if absent := _no_such_service(look, stack, check):
        return absent
    match check:
        case HttpCheck():
            if answer.status == 0:
                return _nowhere(look, stack, check, answer)
            return _misread(look, stack, check, answer)
        case TcpCheck():
            return _nowhere(look, stack, check, answer)
        case CommandCheck():
            return _no_command(check, answer)
        case ContainerCheck():
            return _no_own_check(look, check, answer)


def _misread(look: Look, stack: Stack, check: HttpCheck, answer: Answer) -> Refusal | None:
    """There is an answer, of another kind than is expected."""
    if _in_its_place(look, stack, check):
        return None
    if answer.status != check.status:
        because = _MEANT_OTHERWISE.get(answer.status)
        if because is None:
            return None
        return Refusal(f"{answer.status} {HTTPStatus(answer.status).phrase} {because}", _MEND)
    of_text = isinstance(check.expect, str) or check.contains is not None
    if not of_text and _json(answer) is _NONE:
        return Refusal(
            "it answers with text, and JSON is expected",
            f'say which text proves health: HttpCheck({check.name!r}, expect="OK")',
        )
    return None


def _in_its_place(look: Look, stack: Stack, check: HttpCheck) -> bool:
    """Whether a proxy may answer because the API can't: it has a route to what is healthy alone."""
    itself = stack.client(check.host) is not None and not check.resolve
    return not itself and not all(
        any(c.running and not c.unhealthy for c in look.members(client.service))
        for client in stack.clients
    )


_MEND = "correct the check's URL in the inventory"
_MEND_CHECK = "correct the check in the inventory"
_MEANT_OTHERWISE = {
    301: "is a permanent redirect: the check has to name the place that it leads to",
    308: "is a permanent redirect: the check has to name the place that it leads to",
    400: "means that the request is wrong: an unknown host name, or HTTP where TLS is expected",
    404: "means that there is nothing at this path, or that a proxy has no route for it",
    405: "means that this path can't be read with GET",
    410: "means that there is nothing at this path any more",
    421: "means that the server does not answer for this host name",
    426: "means that the server wants another protocol",
}
_OTHER_PROTOCOL = (
    "wrong version number|packet length too long|record layer failure|unknown protocol"
    "|unexpected TLS packet|http request"
)


def _no_such_service(look: Look, stack: Stack, check: Check) -> Refusal | None:
    """It asks a service that the stack does not have."""
    if not asks(check, stack) or check.host in look.declared.services or look.members(check.host):
        return None
    return Refusal(f"the stack has no service {check.host}", _nearest(look, check))


def asks(check: Check, stack: Stack) -> bool:
    """Whether it asks a service of the stack itself, or what it takes for one."""
    if isinstance(check, CommandCheck | ContainerCheck):
        return True
    return stack.is_service(check.host) and not (isinstance(check, HttpCheck) and check.resolve)


def _no_command(check: CommandCheck, answer: Answer) -> Refusal | None:
    """What a shell and Docker end with where there is no such program, or it is none."""
    if answer.code not in (126, 127):
        return None
    program = check.command[0]
    what = "can't be run" if answer.code == 126 else "is not there, or what it calls is not"
    return Refusal(
        f"{program} {what}, in the image of {check.service} (exit code {answer.code})",
        "correct the command in the inventory; what there is:"
        f" docker compose exec {check.service} sh -c 'ls /bin /usr/bin /usr/local/bin'",
    )


def _no_own_check(look: Look, check: ContainerCheck, answer: Answer) -> Refusal | None:
    seen = {state_of(look, container) for container in look.members(check.service)}
    if State.MISTAKEN in seen and State.FAILS not in seen:
        return Refusal(
            f"its program is not in the image of {check.service} (exit code 126 or 127)",
            "correct healthcheck in the compose file",
        )
    if "none" not in answer.body.split():
        return None
    return Refusal(
        f"{check.service} has no health check of its own",
        f"give it one in the compose file, or check it otherwise: TcpCheck({check.service!r}, …)",
    )


def _nowhere(
    look: Look, stack: Stack, check: HttpCheck | TcpCheck, answer: Answer
) -> Refusal | None:
    """There was no answer: because nothing listens, or could, where it asks?"""
    on_host = any(c.running and c.network_mode == "host" for c in look.members(check.host))
    if on_host and isinstance(check, HttpCheck) and asks(check, stack):
        return Refusal(
            f"{check.host} runs on the host's network, and has no address in the stack's",
            f"check the host's address instead: http://127.0.0.1:{check.port}/…",
        )
    match _curl(answer):
        case 1:
            return Refusal(f"what listens on port {check.port} does not speak HTTP", _MEND)
        case 6:
            # A public name may be right, and the host's DNS out of order: no restart mends that.
            dns = f"{_mend(check)}, or the host's DNS: getent hosts {check.host}"
            near = dns if "." in check.host else _nearest(look, check)
            return Refusal(f"{check.host} does not resolve on the host", near)
        case 7 if answer.listens and not _meant(look, stack, check):
            ports = ", ".join(map(str, answer.listens))
            return Refusal(
                f"nothing listens on port {check.port} in {check.host}, which listens on {ports}",
                f"{_mend(check)}; if it is right: docker compose logs --tail 20 {check.host}",
            )
        case 35 if re.search(_OTHER_PROTOCOL, answer.body):
            return Refusal(
                f"port {check.port} of {check.host} does not speak TLS", f"{_MEND}: http"
            )
        case 77:
            return Refusal(
                "the file that ca= names can't be read on the host",
                "correct its path, or make it readable: HttpCheck(ca=...)",
            )
    if answer.body.startswith(_CANT_ASK):
        return Refusal(
            answer.body, "install curl on the host, or check a URL with a shorter answer"
        )
    return None


_CANT_ASK = ("there is no curl", "its answer is longer")


def _meant(look: Look, stack: Stack, check: HttpCheck | TcpCheck) -> bool:
    """The image or the inventory says that it listens there: then what did has stopped."""
    exposed = {port for container in look.members(check.host) for port in container.ports}
    return check.port in exposed or check.port == stack.port_of(check.host)


def _mend(check: Check) -> str:
    return _MEND if isinstance(check, HttpCheck) else _MEND_CHECK


def _nearest(look: Look, check: Check) -> str:
    """The service that may have been meant, by its own name or by another one that it has."""
    services = look.declared.services
    known = {name: name for name in services}
    for container in look.members():
        for name in {container.name, *(n for e in container.networks.values() for n in e.names)}:
            known.setdefault(name, container.service)
    found = get_close_matches(check.host, known, n=1)
    if not found:
        return f"{_mend(check)}: its services are {', '.join(sorted(services))}"
    return f"{_mend(check)}: did you mean {known[found[0]]}?"


def _curl(answer: Answer) -> int:
    """The code that curl ended with, by its own words."""
    found = re.search(r"curl: \((\d{1,3})\)|^\((\d{1,3})\)", answer.body)
    return int(found[1] or found[2]) if found else 0


_NONE = object()


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return _NONE


def _non_empty(body: Any, dotted: str) -> bool:
    for key in dotted.split("."):
        body = body.get(key) if isinstance(body, dict) else None
    return isinstance(body, str) and body != ""
