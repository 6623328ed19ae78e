"""A compose file as text and as a tree. Pure.

YAML is read for the places of its keys only: what is changed is the text, so that every other byte
stays. No error repeats a word of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from .patches import lines

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


class NotYamlError(ValueError):
    """A file that can't be read as one YAML mapping. The message says why: "is no UTF-8"."""


@dataclass(frozen=True)
class Entry:
    """A key of a mapping, and its value."""

    name: str
    key: Any
    value: Any

    @property
    def alias(self) -> bool:
        """Whether the value is written as ``*NAME``: then it stands where its anchor is."""
        return bool(self.value.start_mark.index < self.key.end_mark.index)

    @property
    def line(self) -> int:
        """The key's line, from 0."""
        return int(self.key.start_mark.line)


@dataclass(frozen=True)
class ComposeFile:
    """
    One compose file.

    + path: as Compose is given it
    + physical: where it is, once links are followed
    + content: its bytes

    All that reads its text or its tree raises `NotYamlError` where it is no YAML mapping.
    """

    path: str
    physical: str
    content: bytes = field(repr=False)

    @cached_property
    def text(self) -> str:
        """The text, without a byte order mark."""
        try:
            return self.content.decode("utf-8").removeprefix(BOM)
        except UnicodeDecodeError:
            raise NotYamlError("is no UTF-8") from None

    @property
    def marked(self) -> bool:
        """Whether it begins with a byte order mark."""
        return self.content.startswith(BOM.encode())

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, with their ends."""
        return lines(self.text)

    @cached_property
    def root(self) -> Any:
        """The tree; lines are those that a newline ends, whatever else YAML takes for an end."""
        root = _composed(self.text)
        if not isinstance(root, MappingNode):
            raise NotYamlError("is no mapping")
        begins = [0, *(found.end() for found in re.finditer("\n", self.text))]
        for node in nodes(root):
            for mark in (node.start_mark, node.end_mark):
                mark.line = bisect_right(begins, mark.index) - 1
                mark.column = mark.index - begins[mark.line]
        return root

    @cached_property
    def _uses(self) -> Counter[int]:
        return Counter(id(child) for node in nodes(self.root) for child in _children(node))

    @property
    def newline(self) -> str:
        """What its lines end with."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def section(self, name: str) -> Entry | None:
        """A key of the file: ``services``."""
        return entries(self.root).get(name)

    def part(self, section: str) -> dict[str, Entry]:
        """What is in a section, by its names; nothing, where that is no mapping."""
        found = self.section(section)
        return entries(found.value) if found else {}

    def shared(self, node: Any) -> bool:
        """Whether a node is used in several places, by an alias."""
        return self._uses[id(node)] > 1

    def place(self, entry: Entry) -> str:
        """Where a key is, for a person: ``/srv/app/compose.yaml, line 7``."""
        return f"{self.path}, line {entry.line + 1}"


def _composed(text: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        # A tab may stand before a comment, which this parser doesn't know; places stay the same.
        if "\t" in text:
            return _composed(text.replace("\t", " "))
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        raise NotYamlError(f"can't be read as a single YAML document{place}") from None
    except (RecursionError, ValueError):
        raise NotYamlError("can't be read as YAML") from None


def entries(node: Any) -> dict[str, Entry]:
    """The keys that stand in a mapping itself, by their names."""
    pairs = node.value if isinstance(node, MappingNode) else ()
    return {
        key.value: Entry(key.value, key, value)
        for key, value in pairs
        if isinstance(key, ScalarNode) and not merges(key)
    }


def sources(node: Any) -> list[Any]:
    """The mappings that a mapping takes keys from by ``<<``, and those of which they do."""
    found: list[Any] = []
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if merges(key):
            for other in value.value if isinstance(value, SequenceNode) else [value]:
                found += [other, *sources(other)]
    return found


def merges(key: Any) -> bool:
    """Whether a key is ``<<``."""
    return isinstance(key, ScalarNode) and key.value == "<<" and key.style is None


def empty(node: Any) -> bool:
    """Whether a value is null, in whichever way that is written."""
    return isinstance(node, ScalarNode) and node.style is None and node.value in ("", "null", "~")


def nodes(root: Any) -> Iterator[Any]:
    """Every node of a tree, once."""
    seen: set[int] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            todo += _children(node)


def _children(node: Any) -> Iterator[Any]:
    for child in node.value if isinstance(node.value, list) else ():
        yield from child if isinstance(child, tuple) else (child,)
