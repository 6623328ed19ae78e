"""A stack's compose files. Their content goes to the controller alone, and is shown nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra.api import Host, StringCommand
from pyinfra.api.arguments import CONNECTOR_ARGUMENT_KEYS, pop_global_arguments

from ..core.unknown import Unknown
from ..engine.compose import Declared, declared
from ..engine.patching.compose_file import ComposeFile
from ..engine.patching.trials import Trial
from ..engine.shell import compose_files as scripts
from ..packs.clients.rules.startup_validation import Written
from ..settings import Stack
from .asking import VANISHED, Hidden, connected, gone, lost
from .looks import last_found


@dataclass(frozen=True, slots=True)
class Files:
    """What is read of a stack's compose files.

    + directory: the project's, once links are followed
    + named: whether the inventory or the containers name the files; else they are Compose's choice
    + files: in Compose's order
    + declared: what Compose resolves, the services of all profiles included; None: not asked
    + written: the project as it is written; None: not asked, or Compose can't say it
    """

    directory: str
    named: bool
    files: tuple[ComposeFile, ...]
    declared: Declared | None
    written: Written | None = None


def compose_files(
    host: Host, stack: Stack, more: Sequence[str] = (), clients: bool = False
) -> Files | Unknown:
    """
    Reads the stack's compose files.

    + host: the host
    + stack: the stack
    + more: these files instead; default: those that the stack consists of
    + clients: whether the project as it is written is read, too; default: ``False``
    """
    said = quietly(host, scripts.read(stack, last_found(host, stack), more, clients), (), stack)
    if isinstance(said, Unknown):
        return said
    try:
        return _files(said)
    except ValueError as error:
        return Unknown(str(error))


def comparison(host: Host, stack: Stack, trial: Trial) -> tuple[str, frozenset[str]] | Unknown:
    """
    Returns ``same`` where Compose resolves from changed files what it should, else what differs;
    and the services that have another hash then.

    + host: the host
    + stack: the stack
    + trial: the files, as they are and as they would be
    """
    script = scripts.compare(stack, last_found(host, stack), trial)
    said = quietly(host, script, scripts.tried(trial), stack)
    if isinstance(said, Unknown):
        return said
    if len(said) < 2:
        return Unknown("the host did not answer")
    return said[-1], frozenset(said[-2].split())


def quietly(host: Host, script: str, stdin: Sequence[str], stack: Stack) -> list[str] | Unknown:
    """
    Runs a script, and returns what it printed. None of that is shown, not even at -vvv.

    At -vvv pyinfra shows what its facts get; its connectors show it only where they are asked to.
    """
    if gone(host):
        return Unknown("the host is gone")
    wanted: dict[str, Any] = {
        **(host.current_op_global_arguments or {}),  # type: ignore[dict-item]
        "_stdin": Hidden(stdin),
        "_timeout": 20 * stack.timeouts.look,
    }
    arguments, _ = pop_global_arguments(host.state, host, wanted)
    passed = {key: value for key, value in arguments.items() if key in CONNECTOR_ARGUMENT_KEYS}
    try:
        done, output = host.run_shell_command(
            StringCommand(script), print_output=False, print_input=False, **passed
        )
    except VANISHED as error:
        if not connected(host):
            lost(host, error)
        return Unknown("the host did not answer, or not in time")
    if not done:
        return Unknown(" ".join(output.stderr_lines)[:300] or "the host did not answer")
    return list(output.stdout_lines)


def _files(lines: Sequence[str]) -> Files:
    directory, named, resolved, written = "", True, None, None
    files: list[ComposeFile] = []
    uses: dict[str, set[str]] = {}
    variables: dict[str, dict[str, str]] = {}
    for line in lines:
        match line.split(" "):
            case ["failed", *_]:
                raise ValueError(line.removeprefix("failed "))
            case ["directory", path]:
                directory = _text(path)
            case ["chosen", word]:
                named = word == "yes"
            case ["unread", path, why]:
                raise ValueError(f"{_text(path)} can't be read: {_text(why)}")
            case ["file", path, physical, content]:
                read = base64.b64decode(content.removesuffix("."), validate=True)
                files.append(ComposeFile(_text(path), _text(physical), read))
            case ["config", content]:
                resolved = declared(_text(content), {})
            case ["uses", service, other]:
                uses.setdefault(service, set()).add(other)
            case ["variable", service, name, *value]:
                variables.setdefault(service, {})[name] = "".join(value)
            case ["written", path, content]:
                config = json.loads(_text(content))
                written = Written(_text(path), config, uses, variables)
    if not files:
        raise ValueError(
            "no compose file was found: name them in the inventory, Compose(files=...)"
        )
    return Files(directory, named, tuple(files), resolved, written)


def _text(encoded: str) -> str:
    return base64.b64decode(encoded, validate=True).decode("utf-8")
