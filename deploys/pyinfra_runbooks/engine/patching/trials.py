"""What Compose is asked about changed files, those that they include among them. Pure."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.nodes import ScalarNode, SequenceNode

from .compose_file import ComposeFile
from .patches import Patch, edited

MOST = 7
"""Files that can be tried at once: POSIX sh knows no descriptors beyond 9."""

STDIN = "-"
"""How Compose is given a single file: sudo passes no other descriptor on."""


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What Compose is asked about changed files.

    + listed: Compose's list of files, with descriptors in the place of some
    + before: these, as they are
    + after: the same, as they would be
    + override: a compose file with what is to be added; empty: nothing is
    + services: those that may change by it
    """

    listed: tuple[str, ...]
    before: tuple[bytes, ...] = field(repr=False)
    after: tuple[bytes, ...] = field(repr=False)
    override: bytes = b""
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """
    One file that another one includes.

    + by: the other one
    + node: where it is named there
    + path: its own, absolute
    """

    by: ComposeFile
    node: Any = field(repr=False)
    path: str


def includes(files: Sequence[ComposeFile], directory: str) -> list[Include]:
    """What files include by a plain name; other forms are not followed.

    + directory: the project's
    """
    return [
        Include(file, node, posixpath.normpath(posixpath.join(directory, node.value)))
        for file in files
        if (section := file.section("include")) and isinstance(section.value, SequenceNode)
        for node in section.value.value
        if isinstance(node, ScalarNode) and "$" not in node.value and ":" not in node.value
    ]


def trial(
    files: Sequence[ComposeFile],
    patches: Sequence[Patch],
    override: Mapping[str, Any],
    included: Mapping[Include, ComposeFile],
) -> Trial:
    """How Compose is asked about patches.

    + files: the stack's own files, in Compose's order
    + override: a compose file with what is to be added; empty: nothing is
    + included: what they include
    """
    changed = {patch.path: patch for patch in patches}
    used = {i: file for i, file in included.items() if file.physical in changed}
    by = {include.by.physical for include in used}
    own = {f.physical: f for f in files if f.physical in changed or f.physical in by}
    handed = {**own, **{file.physical: file for file in used.values()}}
    numbers = {path: number for number, path in enumerate(handed)}
    before = [_redirected(file, used, numbers) for file in handed.values()]
    after = [
        edited(text, changed[path].edits if path in changed else ())
        for path, text in zip(handed, before, strict=True)
    ]
    alone = len(handed) == 1 and not override
    listed = tuple(
        (STDIN if alone else descriptor(numbers[f.physical])) if f.physical in own else f.path
        for f in files
    )
    return Trial(
        listed,
        tuple(map(str.encode, before)),
        tuple(map(str.encode, after)),
        json.dumps(override).encode() if override else b"",
        tuple(override.get("services") or ()),
    )


def descriptor(number: int) -> str:
    """How Compose is given a file that comes over stdin, the first one being 0."""
    return f"/dev/fd/{number + 3}"


def _redirected(
    file: ComposeFile, used: Mapping[Include, ComposeFile], numbers: Mapping[str, int]
) -> str:
    """The file's text, with descriptors for what it includes, in the same lines."""
    text = file.text
    own = [(include, there) for include, there in used.items() if include.by is file]
    for include, there in sorted(own, key=lambda x: -int(x[0].node.start_mark.index)):
        start, end = include.node.start_mark.index, include.node.end_mark.index
        place = json.dumps(posixpath.dirname(include.path))
        name = descriptor(numbers[there.physical])
        text = f"{text[:start]}{{path: {name}, project_directory: {place}}}{text[end:]}"
    return text
