"""As much of Go's templates as `docker --format` is asked for: fields, range, if, a few functions.

A field that is not there is an error, as it is for `docker inspect`; a key of a map that is not
there is nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_ACTION = re.compile(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.DOTALL)
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|\||[^\s()|]+')

Scope = dict[str, Any]


class TemplateError(Exception):
    """What the template asks for is not there."""


def render(template: str, data: Any) -> str:
    """What the template makes of the data."""
    return "".join(_block(list(_pieces(template)), {".": data, "$": data}))


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    at, trim = 0, False
    for action in _ACTION.finditer(template):
        text = template[at : action.start()]
        text = text.lstrip() if trim else text
        yield "text", text.rstrip() if action[1] else text
        yield "action", action[2]
        at, trim = action.end(), bool(action[3])
    yield "text", template[at:].lstrip() if trim else template[at:]


def _block(pieces: list[tuple[str, str]], scope: Scope) -> Iterator[str]:
    """Takes the pieces up to the block's end, and prints them."""
    while pieces:
        kind, piece = pieces.pop(0)
        if kind == "text":
            yield piece
            continue
        word, _, rest = piece.partition(" ")
        if word in ("range", "if", "with"):
            first, second = _branches(pieces)
            yield from _control(word, rest, first, second, scope)
        else:
            yield _shown(_pipeline(piece, scope))


def _branches(pieces: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], ...]:
    branches: tuple[list[tuple[str, str]], ...] = ([], [])
    depth, branch = 0, 0
    while pieces:
        kind, piece = pieces.pop(0)
        word = piece.partition(" ")[0] if kind == "action" else ""
        if word == "end" and depth == 0:
            return branches
        if word == "else" and depth == 0:
            branch = 1
            continue
        depth += {"range": 1, "if": 1, "with": 1, "end": -1}.get(word, 0)
        branches[branch].append((kind, piece))
    raise TemplateError("unexpected EOF")


def _control(
    word: str,
    rest: str,
    first: list[tuple[str, str]],
    second: list[tuple[str, str]],
    scope: Scope,
) -> Iterator[str]:
    names, assigned, expression = rest.rpartition(":=")
    value = _pipeline(expression, scope)
    if not value:
        yield from _block(list(second), scope)
    elif word == "range":
        variables = [name.strip() for name in names.split(",")] if assigned else []
        items = sorted(value.items()) if isinstance(value, Mapping) else list(enumerate(value))
        for pair in items:
            bound = dict(zip(variables, pair[-len(variables) :], strict=True)) if variables else {}
            yield from _block(list(first), {**scope, ".": pair[1], **bound})
    else:
        yield from _block(list(first), {**scope, ".": value} if word == "with" else scope)


def _pipeline(text: str, scope: Scope) -> Any:
    words = _WORD.findall(text)
    return _piped(words, scope)


def _piped(words: list[str], scope: Scope) -> Any:
    """One pipeline, up to its end or the closing parenthesis."""
    given: list[Any] = []
    while True:
        command: list[Any] = []
        while words and words[0] not in ("|", ")"):
            word = words.pop(0)
            command.append(_piped(words, scope) if word == "(" else _value(word, scope))
        result = _called(command, given)
        if not words or words.pop(0) == ")":
            return result
        given = [result]


def _called(command: list[Any], given: list[Any]) -> Any:
    head, *arguments = command
    return head(*arguments, *given) if callable(head) else head


def _value(word: str, scope: Scope) -> Any:
    if word[0] in '"`':
        return json.loads(word) if word[0] == '"' else word[1:-1]
    if word in FUNCTIONS:
        return FUNCTIONS[word]
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    if word in ("true", "false"):
        return word == "true"
    root, _, path = word.partition(".")
    value = scope["." if word.startswith(".") else root]
    for name in filter(None, path.split(".")):
        try:
            value = value[name]
        except (KeyError, TypeError, IndexError):
            raise TemplateError(f'map has no entry for key "{name}"') from None
    return value


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = (value or {}).get(key, "") if isinstance(value, Mapping | None) else value[key]
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(map(_shown, value))}]"
    return str(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "json": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    "index": _index,
    "len": len,
    "eq": lambda value, *others: value in others,
    "ne": lambda value, other: value != other,
    "not": lambda value: not value,
    "and": lambda *values: all(values) and values[-1],
    "or": lambda *values: next((value for value in values if value), values[-1]),
    "print": lambda *values: "".join(map(_shown, values)),
    "println": lambda *values: " ".join(map(_shown, values)) + "\n",
    "join": lambda values, between: between.join(values),
}
