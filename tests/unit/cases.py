"""Cases of facts, one data file each.

A case names a sample of a real look, and says what differs from it:

    sample: redis-8.0
    containers:                 # by service: other fields of ``docker inspect``; null: it has none
      redis: {status: exited}
    differs: {redis: [command]} # by service: the fields that Compose would make otherwise
    more: [{name: /thief, ...}] # other containers, each like the first one but for these fields
    edit:                       # in the raw text: what is found, and what stands there instead
      - ["check\\|c 0 200", "check|c 0 503"]

Of a fact a case has the ``fact``, as far as it is about it.

The scripts themselves run in ``test_shell_*``, and on real hosts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import samples
import yaml

from pyinfra_runbooks.settings import Stack

HERE = samples.DATA.parent


def cases(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case in a folder: the name of what it is about, and what it says."""
    for path in sorted((HERE / folder).glob("*/*.yaml")):
        yield path.parent.name, {**yaml.safe_load(path.read_text("utf-8")), "id": _id(path)}


def _id(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def named(package: str, name: str) -> Any:
    """What bears a name in a package of the project: ``stack.StackLook`` in ``facts``."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(f"pyinfra_runbooks.{package}.{module}"), attribute)


def stack_of(case: dict[str, Any]) -> Stack:
    """The samples' stack, with what the case says of it."""
    return samples.stack(**case.get("stack", {}))


# What a host answers


def output(case: dict[str, Any]) -> list[str]:
    """The look's output that a case describes, each line after its section's name."""
    lines = samples.lines(case["sample"])
    changes = dict(case.get("containers", {}))
    differs = case.get("differs", {})
    for service in differs:
        changes[service] = {**changes.get(service, {}), "config_hash": "another"}
    lines = [
        changed
        for line in lines
        if (changed := _container(line, changes) if line.startswith("container|{") else line)
    ]
    assert not changes, f"no container of {', '.join(changes)}"
    first = next(n for n, line in enumerate(lines) if line.startswith("container|{"))
    shown = json.loads(lines[first].partition("|")[2])
    lines[first:first] = [*_fields(lines, differs)]
    for other in case.get("more", ()):
        lines.insert(first, f"container|{json.dumps({**shown, **other})}")
    text = "\n".join(lines)
    for pattern, by in case.get("edit", ()):
        text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
        assert count, f"nothing to edit: {pattern}"
    return text.split("\n")


def _fields(lines: list[str], differs: dict[str, list[str]]) -> Iterator[str]:
    """The section of the fields that differ, which a real look has where a hash does."""
    for line in lines:
        shown = json.loads(line.partition("|")[2]) if line.startswith("container|{") else {}
        for field in differs.get(shown.get("service"), ()):
            yield f"field|x {shown['id']} changed {field} - -"
    yield from ("field|", "field|=0") if differs else ()


def _container(line: str, changes: dict[str, Any]) -> str | None:
    shown = json.loads(line.partition("|")[2])
    if shown["service"] not in changes:
        return line
    change = changes.pop(shown["service"])
    return None if change is None else f"container|{json.dumps({**shown, **change})}"


def holds(found: Any, expected: Any) -> bool:
    """
    Whether all that is expected is found. What a mapping does not name may be anything, unless it
    names nothing: then nothing may be there.
    """
    match expected:
        case {} if not expected:
            return bool(found == {})
        case dict():
            return all(holds(_member(found, key), inner) for key, inner in expected.items())
        case list():
            return (sorted(found) if isinstance(found, frozenset) else [*found]) == expected
    return bool(found == expected)


def _member(found: Any, key: str) -> Any:
    if isinstance(found, Mapping):
        return next((value for name, value in found.items() if str(name) == key), None)
    return getattr(found, key)
