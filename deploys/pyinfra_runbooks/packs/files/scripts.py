"""The script that gives a secret file its content, owner and mode."""

from __future__ import annotations

import json

from ...engine.look import Look
from ...engine.shell import script
from ...engine.shell.seen import seen
from ...settings import HostFile, Stack
from .rules.secrets import PutSecret


def put(stack: Stack, look: Look, action: PutSecret) -> str:
    """Writes the file in place, or only sets its owner and mode."""
    secret, source = action.secret, action.secret.content
    mode = None if secret.mode is None else f"{secret.mode:o}"
    about = (action.path, secret.owner, secret.group, mode)
    return script(
        "secret.sh",
        *("put" if action.content else "own", *about),
        **seen(stack, look),
        source=stack.compose.path(source.path) if isinstance(source, HostFile) else "",
        as_json="yes" if secret.format == "json" else "",
    )


def content(action: PutSecret) -> list[str]:
    """What comes over stdin: the content, where only the controller has it."""
    source = action.secret.content
    if not action.content or source is None or isinstance(source, HostFile):
        return []
    password = source.read().get_secret_value()
    return [json.dumps(password) if action.secret.format == "json" else password]
