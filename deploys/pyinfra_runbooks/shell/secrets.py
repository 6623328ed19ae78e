"""The script that gives a secret file its content, owner and mode."""

from __future__ import annotations

import json

from ..rules.secrets import PutSecret
from ..settings import HostFile, Stack
from . import text, values, words
from .look import target


def put(stack: Stack, action: PutSecret) -> str:
    """Writes the file in place, or only sets its owner and mode."""
    secret = action.secret
    mode = None if secret.mode is None else f"{secret.mode:o}"
    about = (action.path, secret.owner, secret.group, mode)
    does = "put_as_owner" if action.content else "own_as_owner"
    return "".join(
        (
            target(stack),
            values(redis_service=stack.redis.service, put_sh=text("put.sh")),
            text("privileged.sh"),
            _read(stack, action),
            'printf "%s\\n" "$content" | ' if action.content else "",
            f"{words(does, *about)}\n",
        )
    )


def content(action: PutSecret) -> list[str]:
    """What comes over stdin: the content, where only the controller has it."""
    source = action.secret.content
    if not action.content or source is None or isinstance(source, HostFile):
        return []
    password = source.read().get_secret_value()
    return [json.dumps(password) if action.secret.format == "json" else password]


def _read(stack: Stack, action: PutSecret) -> str:
    """What puts the content before the command, if that takes any."""
    source = action.secret.content
    if not action.content:
        return ""
    path = stack.compose.path(source.path) if isinstance(source, HostFile) else ""
    as_json = "yes" if action.secret.format == "json" else ""
    return values(source=path, as_json=as_json) + text("secret.sh")
