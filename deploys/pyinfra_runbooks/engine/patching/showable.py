"""Which lines of a compose file may be shown. Pure.

The lines around a change are shown with it. They may hold passwords, even in a comment. Harmless
are only blank lines, keys without a value on their line, and a few keys whose value is no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

from ruamel.yaml.nodes import MappingNode, ScalarNode

from .compose_file import ComposeFile, merges

_NAME = r"[\w.-]+"
# Keys whose values are never secret.
_HARMLESS = (
    r"image|restart|container_name|hostname|platform|user|init|tty|stdin_open|read_only|privileged"
    r"|stop_signal|stop_grace_period|name|version|driver|external|internal|attachable|enable_ipv6"
    r"|network_mode|extends|attach|pull_policy|scale|ipc|pid|cpus|mem_limit|shm_size|working_dir"
    r"|condition|required|env_file"
)
_IN_BRACES = (
    rf"{_HARMLESS}|networks|ipam|config|subnet|gateway|ip_range|ipv4_address|ipv6_address|aliases"
    r"|depends_on|expose|ports|volumes|profiles|file|service|cap_add|cap_drop"
)
_VALUE = r"(?:[\w./:@-]|\$\{\w+(?::?-[\w.-]*)?\})+"
_SHAPES = [
    re.compile(shape, re.ASCII)
    for shape in (
        rf"""\s*(["']?){_NAME}\1\s*:\s*(&[\w-]+)?\s*[\[{{]?\s*""",  # a key, and nothing more
        rf"""\s*(["']?)(?:{_HARMLESS})\1\s*:\s*(["']?){_VALUE}\2\s*,?\s*""",
        r"\s*<<\s*:\s*\*[\w-]+\s*",
        rf"""\s*-\s+(["']?){_NAME}\1\s*""",
    )
]
# A line with braces or brackets: names of mappings, keys that are harmless, and words. None is
# harmless where keys are the author's own: `user` in an environment is a variable.
_FREE = "environment|labels|annotations|args|options|driver_opts|sysctls|extra_hosts"
_FLOW = re.compile(
    rf"""(?!.*\b(?:{_FREE})\b)(?=.*[\[{{]|.*(?:null|~)\s*$)\s*(?>[\[\]{{}},]|\s|<<\s*:\s*\*[\w-]+"""
    rf"""|(["']?)(?:{_IN_BRACES})\1\s*:(?=\s)|(["']?){_NAME}\2\s*:(?=\s*(?:\{{|null\b|~))"""
    rf"""|~|(["']?)(?>[\w./@-]+(?::[\w./@-]+)*)\3(?!\s*:))*""",
    re.ASCII,
)
_LONGEST = 300  # characters; nobody reads what a longer line shows


@lru_cache(maxsize=8)
def showable(file: ComposeFile) -> frozenset[int]:
    """The numbers of the lines that may be shown, from 0."""
    keys, private = {*_beginning(file)}, withheld(file)
    return frozenset(
        number
        for number, line in enumerate(file.lines)
        if not line.strip()
        or (
            number not in private
            and (not line.strip(" \t\r\n[]{},") or (number in keys and is_showable(line)))
        )
    )


@lru_cache(maxsize=8)
def withheld(file: ComposeFile) -> frozenset[int]:
    """The numbers of the lines that a value reaches into which is not to be shown, from 0.

    What a line looks like does not tell: between braces, a value may stand on a line of its own, or
    one of several. A text of several lines has none that may be shown.
    """
    found: set[int] = set()
    for node, private in _texts(file.root):
        first = int(node.start_mark.line)
        text = file.text[node.start_mark.index : node.end_mark.index]
        last = first + text.rstrip().count("\n")  # A block's end is where the next key begins.
        if private or last > first:
            found.update(range(first, last + 1))
    return frozenset(found)


def is_showable(line: str) -> bool:
    """Whether a line that begins with a key, or a name in a list, holds no secret.

    >>> is_showable("    image: redis:7.2"), is_showable("    MODE: hunter2")
    (True, False)
    """
    return len(line) < _LONGEST and any(shape.fullmatch(line) for shape in (*_SHAPES, _FLOW))


def are_showable_braces(line: str) -> bool:
    """Whether a line with braces or brackets holds no secret.

    >>> are_showable_braces("networks: [default]"), are_showable_braces("{MODE: hunter2}")
    (True, False)
    """
    return len(line) < _LONGEST and bool(_FLOW.fullmatch(line))


class _In(Enum):
    """What a mapping holds.

    + ROOT: the sections of a file
    + NAMES: things by their names: services, networks
    + THING: the settings of one
    + PRIVATE: what is not to be shown
    """

    ROOT = 1
    NAMES = 2
    THING = 3
    PRIVATE = 4


_NAMED = {
    _In.ROOT: ("services", "networks", "volumes", "secrets", "configs"),
    _In.THING: ("networks", "depends_on"),
}
"""The keys that hold things by their names."""
_TOLD = re.compile(_IN_BRACES, re.ASCII)


def _texts(root: Any) -> Iterator[tuple[Any, bool]]:
    """The texts of a file, keys and values, each with whether it is private.

    What an alias is for counts as well: one text may be here the one, there the other.
    """
    seen, todo = set[tuple[int, _In]](), [(root, _In.ROOT)]
    while todo:
        node, within = todo.pop()
        if (id(node), within) in seen:
            continue
        seen.add((id(node), within))
        if isinstance(node, ScalarNode):
            yield node, within is _In.PRIVATE
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                todo += [(key, within), (value, _beneath(within, key))]
        else:
            todo += [(item, within) for item in node.value]


def _beneath(within: _In, key: Any) -> _In:
    """What a key's value is, by what the key's mapping holds."""
    if within is _In.PRIVATE or not isinstance(key, ScalarNode):
        return _In.PRIVATE
    if merges(key):
        return within
    if within is _In.NAMES:
        return _In.THING
    if key.value in _NAMED[within]:
        return _In.NAMES
    return _In.THING if _TOLD.fullmatch(key.value) else _In.PRIVATE


def _beginning(file: ComposeFile) -> Iterator[int]:
    """The lines that begin with one of the known keys."""
    for key in _known(file.root):
        line = int(key.start_mark.line)
        if not file.lines[line][: key.start_mark.column].strip(" \t-{[,"):
            yield line


def _known(root: Any) -> Iterator[Any]:
    """The keys of the file, of services and networks; names of networks, and of dependencies."""
    for key, value in root.value:
        yield key
        if key.value not in ("services", "networks") or not isinstance(value, MappingNode):
            continue
        for inner, part in value.value:
            yield inner
            for member, what in part.value if isinstance(part, MappingNode) else ():
                yield member
                if member.value in ("networks", "depends_on") and isinstance(what.value, list):
                    yield from (x[0] if isinstance(x, tuple) else x for x in what.value)
                if member.value == "depends_on" and isinstance(what, MappingNode):
                    yield from (key for _, on in what.value for key in _keys(on))


def _keys(node: Any) -> list[Any]:
    return [key for key, _ in node.value] if isinstance(node, MappingNode) else []
