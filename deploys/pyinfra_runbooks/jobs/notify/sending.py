"""The process that knows the URLs: ``python -m pyinfra_runbooks.jobs.notify.sending``.

It reads a `Request` from stdin, and writes an `Outcome` to stdout. As a process of its own it can
be ended if a service hangs, and its output is dropped: Apprise logs URLs with passwords.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import requests
from apprise import Apprise, AppriseAsset, AppriseConfig, LogCapture, NotifyBase

from .alertmanager import alerts
from .alerts import Severity
from .change import Change, change
from .notifying import OUTCOME, REQUEST, Outcome, Request, unusable
from .plugin import Alertmanager
from .text import Message, message

_UNREACHED = "it could not be reached"
_TYPES = {"page": "failure", "warning": "warning", "info": "info"}


class Refused(Exception):  # noqa: N818 - a refusal, not an error
    """Why nothing is sent, in words that hold no URL."""


@dataclass(frozen=True, slots=True)
class Service:
    """
    + name: what may be shown of it: its number in the file, and its scheme
    + to: the plugin that sends to it
    + wanted: the severities that it gets
    """

    name: str
    to: NotifyBase
    wanted: frozenset[Severity]


def main() -> None:
    """Carries out one request."""
    output = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    request = REQUEST.validate_json(sys.stdin.buffer.read())
    try:
        outcome = _outcome(request)
    except Exception as error:  # noqa: BLE001 - its text may hold a URL
        outcome = unusable(request.known, _reason(error))
    output.write(OUTCOME.dump_json(outcome))
    output.flush()
    os._exit(0)  # A service that hangs is not waited for.


def _outcome(request: Request) -> Outcome:
    with LogCapture(level=logging.WARNING) as warnings:  # type: ignore[no-untyped-call]
        services = _services(request.config)
    if request.reads_only:
        return Outcome(request.known)
    problems = [*_idle(services)]
    if warnings.getvalue():
        problems.append("something in it is not understood, and not used")
    known, failed = {}, 0
    pool = ThreadPoolExecutor(len(services))
    changes = {
        id_: change(request.news, request.known.get(id_, ()), service.wanted)
        for id_, service in services.items()
    }
    sent = {id_: pool.submit(_sent, services[id_].to, changes[id_], request) for id_ in services}
    wait(sent.values(), request.deadline)
    for id_, future in sent.items():
        late = f"it was not done within {request.deadline:g} s"
        why = future.result() if future.done() else late
        known[id_] = changes[id_].unsent if why else changes[id_].sent
        if why:
            failed += 1
            problems.append(f"{services[id_].name}: {why}")
    return Outcome({id_: a for id_, a in known.items() if a}, failed, tuple(problems))


def _services(config: str) -> dict[str, Service]:
    """The services of a configuration, by an id that stays the same from run to run."""
    read = AppriseConfig(asset=_asset())
    read.add_config(_read(config))
    found: dict[str, Service] = {}
    for number, to in enumerate(read.services(), 1):
        # The URL can't be recovered from the id.
        url = str(to.url(privacy=False))  # type: ignore[no-untyped-call]
        id_ = hashlib.sha256(url.encode()).hexdigest()[:20]
        name, wanted = f"service {number} ({to.schema})", _wanted(to)
        if before := found.get(id_):
            name, wanted = before.name, before.wanted | wanted
        found[id_] = Service(name, to, wanted)
    if not found:
        raise Refused("it names no service")
    return found


def _wanted(to: NotifyBase) -> frozenset[Severity]:
    """A service without tags, or with Apprise's own for this, gets everything."""
    tags = set(map(str, to.tags))
    everything = not tags or "always" in tags
    return frozenset(severity for severity in Severity if everything or severity.value in tags)


def _idle(services: dict[str, Service]) -> Iterator[str]:
    tags = ", ".join(severity.value for severity in Severity)
    for service in services.values():
        if not service.wanted:
            yield f"{service.name} has none of the tags {tags}, and is sent nothing"


def _sent(to: NotifyBase, changed: Change, request: Request) -> str:
    """Sends what has changed; returns why it failed, or an empty string."""
    try:
        if isinstance(to, Alertmanager):
            _post(to, alerts(changed, request.report, request.now, to.generator))
        elif changed.alerts:
            _notify(to, message(changed.alerts, request.report))
    except Exception as error:  # noqa: BLE001 - its text may hold a URL
        return _reason(error)
    return ""


def _post(to: Alertmanager, payload: list[dict[str, Any]]) -> None:
    try:
        status = to.post(payload) if payload else 200
    except requests.RequestException:
        raise Refused(_UNREACHED) from None
    if not 200 <= status < 300:
        raise Refused(f"it answered {status}")


def _notify(to: NotifyBase, text: Message) -> None:
    apprise = Apprise(asset=_asset())
    apprise.add(to)
    kind = _TYPES[text.severity.value]
    result = apprise.notify(text.body, title=text.title, notify_type=kind, body_format="text")
    if not result:
        logged = " ".join(str(entry.message) for entry in result.logs())
        status = re.search(r"\berror=(\d{3})\b", logged)
        raise Refused(f"it answered {status[1]}" if status else _UNREACHED)


def _reason(error: Exception) -> str:
    """Why it failed, without a library's own words, which may hold a URL."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"a {type(error).__name__} in Apprise"


def _read(path: str) -> str:
    """The configuration; refused if others can read or change it."""
    with open(path, encoding="utf-8") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise Refused("it is no file")
        if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
            raise Refused("others can read or change it, and it holds secrets: chmod 600")
        return file.read()


def _asset() -> AppriseAsset:
    # The body is shown as it is: :this: is no emoji, and escapes mean nothing.
    return AppriseAsset(
        app_id="pyinfra-runbooks",
        app_desc="pyinfra-runbooks",
        interpret_escapes=False,
        interpret_emojis=False,
        storage_mode="memory",
    )


if __name__ == "__main__":
    main()
