"""The line of an inventory that a mistake is on."""

from __future__ import annotations

import ast
import dataclasses
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import FrameType

import pydantic
import pyinfra

_INNER = (
    *(
        f"{folder}{os.sep}"
        for folder in (
            Path(__file__).parent.parent,
            Path(pydantic.__file__).parent,
            Path(pyinfra.__file__).parent,
            Path(pyinfra.__file__).parent.with_name("pyinfra_cli"),
        )
    ),
    dataclasses.__file__,
)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A call in an inventory.

    + file: as messages name it
    + line: where it begins
    + call: it, as it is written; None: its source can't be read
    """

    file: str
    line: int
    call: ast.Call | None = None

    def of(self, loc: Sequence[int | str], positions: Sequence[str], variadic: bool) -> str:
        """
        Where one of its arguments is, as FILE:LINE, or the call where the source does not say.

        + loc: where in the argument: ``("secrets", 1, "mode")``
        + positions: the names of those that it takes by position
        + variadic: whether the last of these takes any number of them
        """
        found = _argument(self.call, loc, positions, variadic) if self.call and loc else None
        return f"{self.file}:{found or self.line}"


def caller() -> Place:
    """The innermost call that is none of ours: the inventory's, which builds a setting."""
    frame = sys._getframe()
    while frame.f_back and is_inner(frame.f_code.co_filename):
        frame = frame.f_back
    file = frame.f_code.co_filename
    return Place(shown_file(file), frame.f_lineno, _call(frame, file))


def is_inner(file: str) -> bool:
    """Whether a file is this package's or pyinfra's, and no one's inventory. An example that the
    package brings is an inventory."""
    return file.startswith(_INNER) and f"{os.sep}share{os.sep}" not in file


def shown_file(file: str) -> str:
    """A file, from here if it is below."""
    near = os.path.relpath(file) if os.path.isabs(file) else file
    return file if near.startswith(os.pardir) else near


def _call(frame: FrameType, file: str) -> ast.Call | None:
    """What is called where a frame stands."""
    spans = islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    line, end, column, end_column = next(spans, (None, None, None, None))
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    wanted = (line, end, column, end_column)
    spanned = (
        c for c in calls if (c.lineno, c.end_lineno, c.col_offset, c.end_col_offset) == wanted
    )
    return next(spanned, None)


def _argument(
    call: ast.Call, loc: Sequence[int | str], positions: Sequence[str], variadic: bool
) -> int | None:
    name, *rest = loc
    for keyword in call.keywords:
        if keyword.arg == name:
            return _within(keyword.value, rest, keyword.lineno)
    if name not in positions:
        return None
    number = list(positions).index(str(name))
    if variadic and number == len(positions) - 1 and rest and isinstance(rest[0], int):
        number, rest = number + rest[0], rest[1:]
    given = call.args[: number + 1]
    if len(given) <= number or any(isinstance(each, ast.Starred) for each in given):
        return None
    return _within(given[number], rest, given[number].lineno)


def _within(node: ast.expr, loc: Sequence[int | str], line: int) -> int:
    """The line of what is deep in a value, as far as it is written there."""
    for step in loc:
        inner: ast.expr | None = None
        if isinstance(node, (ast.Tuple, ast.List)) and isinstance(step, int):
            plain = not any(isinstance(each, ast.Starred) for each in node.elts[: step + 1])
            inner = node.elts[step] if plain and step < len(node.elts) else None
        elif isinstance(node, ast.Call):
            inner = next((k.value for k in node.keywords if k.arg == step), None)
        if inner is None:
            break
        node, line = inner, inner.lineno
    return line
