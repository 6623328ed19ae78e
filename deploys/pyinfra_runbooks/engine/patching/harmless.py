"""Which lines of a compose file may be shown. Pure.

The lines around a change are shown with it. They may hold passwords, even in a comment. Harmless
are only blank lines, keys without a value on their line, and a few keys whose value is no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ruamel.yaml.nodes import MappingNode

from .compose_file import ComposeFile

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
def harmless(file: ComposeFile) -> frozenset[int]:
    """The numbers of the lines that may be shown, from 0."""
    keys = {int(key.start_mark.line) for key in _known(file.root)}
    return frozenset(
        number
        for number, line in enumerate(file.lines)
        if not line.strip(" \t\r\n[]{},") or (number in keys and is_harmless(line))
    )


def is_harmless(line: str) -> bool:
    """Whether a line that begins with a key, or a name in a list, holds no secret.

    >>> is_harmless("    image: redis:7.2"), is_harmless("    MODE: hunter2")
    (True, False)
    """
    return len(line) < _LONGEST and any(shape.fullmatch(line) for shape in (*_SHAPES, _FLOW))


def are_harmless_braces(line: str) -> bool:
    """Whether a line with braces or brackets holds no secret.

    >>> are_harmless_braces("networks: [default]"), are_harmless_braces("{MODE: hunter2}")
    (True, False)
    """
    return len(line) < _LONGEST and bool(_FLOW.fullmatch(line))


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
