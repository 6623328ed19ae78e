"""The script that gives a secret file its content, owner and mode."""

from __future__ import annotations

import json

from ..rules.secrets import PutSecret
from ..settings import HostFile, Stack
from . import text, values, words
from .look import target


def put(stack: Stack, action: PutSecret) -> str:
    """Writes the file in place, or only sets its owner and mode. The content comes over stdin."""
    secret = action.secret
    mode = None if secret.mode is None else f"{secret.mode:o}"
    head = (
        target(stack)
        + values(redis_service=stack.redis.service, put_sh=text("put.sh"))
        + text("privileged.sh")
        + "list_stack\n"
    )
    if not action.content:
        command = f"own {words(action.path, secret.owner, secret.group, mode)}"
        return f"{head}as_owner {words(action.path, command)} </dev/null\n"
    command = f"put {words(action.path, secret.owner, secret.group, mode)}"
    return f"{head}{_content(stack, action)} | as_owner {words(action.path, command)}\n"


def content(action: PutSecret) -> list[str]:
    """What comes over stdin: the content, where only the controller has it."""
    source = action.secret.content
    if not action.content or source is None or isinstance(source, HostFile):
        return []
    password = source.read().get_secret_value()
    return [json.dumps(password) if action.secret.format == "json" else password]


def _content(stack: Stack, action: PutSecret) -> str:
    source = action.secret.content
    if not isinstance(source, HostFile):
        return "cat"
    password = f"read_file {words(stack.compose.path(source.path))} | tr -d '\\r\\n'"
    if action.secret.format == "json":
        return f"{{ printf '\"'; {password} | sed 's/[\\\\\"]/\\\\&/g'; printf '\"\\n'; }}"
    return f"{{ {password}; echo; }}"
