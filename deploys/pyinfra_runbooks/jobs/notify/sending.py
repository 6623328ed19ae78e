"""A process of its own that knows the URLs: ``python -m pyinfra_runbooks.jobs.notify.sending``.

It reads one JSON object from stdin, does what it asks for, and answers with another on stdout. So a
service that hangs can be ended, and what Apprise logs or prints, which may be a URL with a password
in it, comes to nobody.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

_TYPES = {"page": "failure", "warning": "warning", "info": "info"}


class Refused(Exception):  # noqa: N818 - it is an answer, not a mistake
    """Why nothing is done, in words that hold no URL."""


class _Heard(logging.Handler):
    """What Apprise complains of: how often, and the HTTP status that it names."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.complaints = 0
        self.status = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.complaints += 1
        if found := re.search(r"\berror=(\d{3})\b", record.getMessage()):
            self.status = found[1]


def main() -> None:
    """Answers one request."""
    answer_to = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    request = json.load(sys.stdin)
    try:
        answer = _answer(request)
    except Refused as reason:
        answer = {"problem": str(reason)}
    except OSError as error:
        answer = {"problem": error.strerror or type(error).__name__}
    except Exception as error:  # noqa: BLE001 - its text may hold a URL
        answer = {"problem": f"a {type(error).__name__} in Apprise"}
    with answer_to:
        json.dump(answer, answer_to)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Either sends to the service that is named, or tells which there are."""
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    services = _services(_read(request["config"]))
    if "service" not in request:
        named = [
            {"id": _id(s), "name": s.schema, "tags": sorted(map(str, s.tags))} for s in services
        ]
        return {"services": named, "ignored": heard.complaints}
    for service in services:
        if _id(service) == request["service"]:
            return _sent(service, request, heard)
    raise Refused("it is no longer in the file")


def _sent(service: NotifyBase, request: dict[str, Any], heard: _Heard) -> dict[str, Any]:
    from apprise import Apprise

    to = Apprise(asset=_asset())
    to.add(service)
    if to.notify(
        request["body"],
        title=request["title"],
        notify_type=_TYPES[request["severity"]],
        body_format="text",
    ):
        return {}
    raise Refused(f"it answered {heard.status}" if heard.status else "it could not be reached")


def _read(path: str) -> str:
    """The configuration; not one that anybody could read or change."""
    with open(path, encoding="utf-8") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise Refused("it is no file")
        if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
            raise Refused("others can read or change it, and it holds secrets: chmod 600")
        return file.read()


def _services(text: str) -> list[NotifyBase]:
    from apprise import AppriseConfig

    config = AppriseConfig(asset=_asset())
    config.add_config(text)
    return list(config.services())


def _asset() -> AppriseAsset:
    from apprise import AppriseAsset

    # The body is told as it is: no emojis of :this: form, no escapes.
    return AppriseAsset(
        app_id="pyinfra-runbooks",
        app_desc="pyinfra-runbooks",
        interpret_escapes=False,
        interpret_emojis=False,
        storage_mode="memory",
    )


def _id(service: NotifyBase) -> str:
    """What a service is known by from run to run; its URL can't be had from it."""
    url = str(service.url(privacy=False))  # type: ignore[no-untyped-call]
    return hashlib.sha256(url.encode()).hexdigest()[:20]


if __name__ == "__main__":
    main()
