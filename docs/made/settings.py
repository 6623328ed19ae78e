"""What an inventory can say, from the docstrings of its classes.

``python -m docs.made.settings`` prints docs/settings.md.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from enum import Enum
from typing import Any

import pyinfra_runbooks as package
from pyinfra_runbooks.packs.certificates import Certificate
from pyinfra_runbooks.packs.postgres import Postgres

_HEAD = """\
# Settings

Generated from the docstrings by `make generated`; do not edit it here.

Everything that an inventory can say, in its group data. [The inventory](inventory.md) explains how
to begin. A wrong value is reported with file and line before any host is contacted:
`runbooks validate`.

Unless it says otherwise, a class is imported from `pyinfra_runbooks`. The examples show what may be
given by position; everything else is given by its name.
"""

GROUPS: dict[str, tuple[type, ...]] = {
    "The stack": (package.Stack, package.Compose, package.Service, package.Secret),
    "Components": (
        package.Redis,
        package.RedisUser,
        package.Tls,
        package.Api,
        Postgres,
        Certificate,
    ),
    "Where passwords come from": (
        *(package.HostFile, package.InContainer, package.EnvironmentVariable),
        *(package.LocalFile, package.Command),
    ),
    "What proves health": (
        *(package.HttpCheck, package.TcpCheck, package.CommandCheck, package.ContainerCheck),
    ),
    "Limits": (package.Disruption, package.Accepted, package.Breaker, package.Timeouts),
    "Your own": (package.Component,),
}
"""Every class, in the order of the page."""

_INSIDE = {(package.Stack, "found")}
"""What a look says, and no inventory."""

_RUN = """\
## For one run

`--data` of pyinfra says these for one run; the inventory can say them, too, as data of a host or a
group.

- `max_disruption=none|reconnect|restart|recreate`: the most that users may notice, instead of what
  the inventory says. `runbooks` has `--max-disruption` for it.
- `allow_data_loss=SERVICE`: this Redis, or several with commas between, may lose what it holds only
  in memory, as one that is declared as a `cache` may.
- `unattended=true`: no person is there, and the run limits itself as a job does. Jobs say it
  themselves.
"""


def render() -> str:
    """The page."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield _HEAD
    for group, classes in GROUPS.items():
        yield from (f"## {group}", "")
        for each in classes:
            yield from _section(each)
    yield _RUN


def _section(each: type) -> Iterator[str]:
    page = inspect.getdoc(each) or ""
    yield from (f"### {each.__name__}", "")
    if not hasattr(package, each.__name__):
        module = each.__module__.removesuffix(".settings")
        yield from (f"`from {module} import {each.__name__}`", "")
    text, _, example = page.partition("**Example:**\n\n.. code:: python\n")
    for block in text.strip().split("\n\n"):
        if block.startswith("+ "):
            yield from (*_table(each, block), "")
        elif not block.startswith(">>>"):
            yield from (_markdown(block), "")
    if example:
        yield from ("```python", inspect.cleandoc(example), "```", "")


def _table(each: type, block: str) -> Iterator[str]:
    """Of each setting its name, its meaning and its default."""
    enum = issubclass(each, Enum)
    yield "| value | meaning |" if enum else "| setting | meaning | default |"
    yield "|---|---|" if enum else "|---|---|---|"
    for entry in re.findall(r"^\+ (\w+): ((?:.|\n(?!\+))*)", block, re.MULTILINE):
        name, text = entry[0], _markdown(entry[1])
        if (each, name) in _INSIDE:
            continue
        meaning, default = _apart(text)
        if issubclass(each, Enum):
            cells = [f'`"{each[name].value}"`', meaning]
        else:
            cells = [f"`{name}`", meaning, default or _declared(each, name)]
        escaped = (cell.replace("|", "\\|") for cell in cells)
        yield f"| {' | '.join(escaped)} |"


def _apart(text: str) -> tuple[str, str]:
    """The meaning, and what is written of the default at its end."""
    found = re.fullmatch(r"(.*?)[;.,] [Dd]efault: ([^;.]*(?:\.\d[^;.]*)?)", text)
    return (found[1], found[2]) if found else (text, "")


def _declared(each: Any, name: str) -> str:
    """The default that the class has; a setting that says more of its own says it in its text."""
    field = next((one for one in fields(each) if one.name == name), None)
    if field is None or (field.default is MISSING and field.default_factory is MISSING):
        return "*required*"
    return "" if field.default in (None, ()) or not _plain(field.default) else f"`{field.default}`"


def _plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, Enum)


def _markdown(text: str) -> str:
    """Text of a docstring: code between single quotes, and classes of this page as links."""
    line = re.sub(r"\n +", " ", text).replace("\n", " ")
    line = re.sub(r"docs/((\w+)\.md)", r"[\2](\1)", re.sub(r"``(.+?)``", r"`\1`", line))
    known = "|".join(each.__name__ for classes in GROUPS.values() for each in classes)
    return re.sub(rf"`({known})`", lambda found: f"[`{found[1]}`](#{found[1].lower()})", line)


if __name__ == "__main__":
    print(render(), end="")
