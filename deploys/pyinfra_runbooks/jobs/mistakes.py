"""Mistakes of an inventory that are no setting's: what can be judged of them without a host.

Each run of a job is judged by these before it connects; ``runbooks validate`` does nothing else.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from ..packs.redis.acl.known import unknown_commands
from ..settings import Redis, Stack
from ..settings.model import meant
from ..settings.place import is_inner, shown_file

NAME = __package__.partition(".")[0]
FILES = {"ssh_key": "a private key", "ssh_known_hosts_file": "a file of known hosts"}
"""What names a file of this machine in a host's data."""


def said_of(error: BaseException) -> str:
    """What an inventory's own error says: with its file and line, and what may be meant."""
    place = _place(error)
    name = type(error).__name__
    text = str(error.args[0]) if isinstance(error, SyntaxError) else str(error)
    text = re.sub(r" \([^()]*\.py\)$", "", text)  # Which file of ours it is that lacks a name.
    if "did you mean" not in text.lower():
        text += _meant(error)
    return f"{place}: {name}: {text}" if place else f"{name}: {text}"


def _place(error: BaseException) -> str:
    """The inventory's innermost line; empty: it is in none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{shown_file(error.filename)}:{error.lineno}"
    began = getattr(error, "_traceback", None) or error.__traceback__
    theirs = [f for f in traceback.extract_tb(began) if not _is_foreign(f.filename)]
    return f"{shown_file(theirs[-1].filename)}:{theirs[-1].lineno}" if theirs else ""


def _is_foreign(file: str) -> bool:
    return is_inner(file) or file.startswith("<") or f"{os.sep}site-packages{os.sep}" in file


def _meant(error: BaseException) -> str:
    known: Iterable[str] = ()
    wrong = getattr(error, "name", None)
    if isinstance(error, ImportError):
        wrong = getattr(error, "name_from", None) or _imported(error)
        known = dir(_module(error.name)) if wrong else ()
    elif isinstance(error, NameError):
        known = {*dir(builtins), *dir(_module(NAME))}
    near = get_close_matches(str(wrong), [k for k in known if k[0] != "_"], n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _imported(error: ImportError) -> str:
    """The name that a module does not have: before Python 3.12 only the message says it."""
    before, _, rest = str(error).partition("cannot import name '")
    return rest.partition("'")[0] if not before else ""


def _module(name: str | None) -> ModuleType:
    return import_module(name) if name and name.startswith(NAME) else builtins


def mistakes(hosts: Mapping[str, Mapping[str, Any]], sources: Iterable[Path]) -> list[str]:
    """
    What is wrong with the data of hosts, each with the line that says it.

    + hosts: their data, by their names
    + sources: the files and directories that these come from
    """
    files = [*python_files(sources)]
    found = [text for name, data in hosts.items() for text in _mistakes(name, data, files)]
    return list(dict.fromkeys(found))


def _mistakes(host: str, data: Mapping[str, Any], files: list[Path]) -> Iterator[str]:
    for key, what in FILES.items():
        path = data.get(key)
        if isinstance(path, str) and (wrong := _no_file(path)):
            yield f"{place_of(files, path, host)}: {key}: expected {what}, got {path!r}: {wrong}"
    if data.get("stack") is None:
        for key, value in data.items():
            several = value if isinstance(value, (list, tuple)) else (value,)
            if several and all(isinstance(each, Stack) for each in several):
                yield (
                    f"{place_of(files, key, host)}: expected the stack by the name `stack`, got"
                    f" {key} (did you mean stack = Stack(...)?)"
                )


def _no_file(path: str) -> str:
    """Why there is no such file, and which may be meant; empty: there is, or nothing is there that
    could be: then this machine is not the one that connects."""
    file = Path(path).expanduser()
    if file.is_file() or not file.parent.is_dir():
        return ""
    there = sorted(f.name for f in file.parent.iterdir() if f.is_file() and f.suffix != ".pub")
    near = get_close_matches(file.name, there, n=1, cutoff=0.3)
    meant = f" (did you mean {Path(path).with_name(near[0])}?)" if near else ""
    return f"there is no such file{meant}"


def notes(hosts: Mapping[str, Mapping[str, Any]], sources: Iterable[Path]) -> list[str]:
    """What is perhaps a mistake: only a host can say. No run is kept from anything by it."""
    files = [*python_files(sources)]
    found = [text for name, data in hosts.items() for text in _notes(name, data, files)]
    return list(dict.fromkeys(found))


def _notes(host: str, data: Mapping[str, Any], files: list[Path]) -> Iterator[str]:
    stack = data.get("stack")
    stacks = stack if isinstance(stack, (list, tuple)) else (stack,)
    if stack is None:
        yield (
            f"{place_of(files, host)}: {host} has no stack: it is looked at, and no job changes"
            " anything there (stack = Stack(...) in group_data/)"
        )
    declared = [each for each in stacks if isinstance(each, Stack)]
    for each in declared:
        services = [service.name for service in each.services]
        for check in each.health:
            if check.host not in services and (near := meant(check.host, services)):
                yield (
                    f"{place_of(files, getattr(check, 'url', ''), check.host)}: {check.host!r} is"
                    f" no service of the stack{near}"
                )
    for redis in (redis for each in declared for redis in each.of(Redis)):
        for user in redis.users:
            for rule in unknown_commands(user.rules):
                yield (
                    f"{place_of(files, user.rules)}: RedisUser.rules: {rule} names no command that"
                    " is known here: a server without a module that has it refuses the ACL"
                )


def place_of(files: Iterable[Path], *texts: str) -> str:
    """The line that says the first of these texts that is written anywhere, as FILE:LINE: as a
    string, or a name; the first file, if none is."""
    parsed = [(shown_file(str(file)), _said(file.read_bytes())) for file in files]
    for text in texts:
        for shown, said in parsed:
            if text in said:
                return f"{shown}:{said[text]}"
    return parsed[0][0] if parsed else "inventory"


def place_within(files: Iterable[Path], text: str, *others: str, first: str = "") -> str:
    """
    The line that a message is about.

    + text: the message; the longest word that it repeats says where, or else one of the others
    + first: a word that says it better, if it is written anywhere
    """
    files = [*files]
    said = (word for file in files for word in _said(file.read_bytes()))
    words = {word for word in said if len(word) > 3 and word in text}
    nearest = sorted(words, key=len, reverse=True)
    return place_of(files, *filter(None, (first,)), *nearest, *others)


@cache
def _said(content: bytes) -> Mapping[str, int]:
    """The strings and names that a file writes down, and the first line of each; parsed once, since
    thousands of hosts may have the same to be said."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.setdefault(node.value, node.lineno)
        elif isinstance(node, ast.Name):
            found.setdefault(node.id, node.lineno)
    return found


def python_files(sources: Iterable[Path]) -> Iterator[Path]:
    """The files of Python among these, and in these directories."""
    for path in sources:
        if path.is_dir():
            yield from sorted(path.glob("*.py"))
        elif path.suffix == ".py" and path.is_file():
            yield path
