"""The kinds of value that settings consist of. Each says in words what it expects."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator

from .model import HIDDEN

Item = TypeVar("Item")


def _matching(pattern: str, expected: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(check)


def _within(low: int, high: int, what: str) -> AfterValidator:
    def check(value: Any) -> Any:
        if not low <= value <= high:
            raise ValueError(f"expected {what} from {low} to {high}")
        return value

    return AfterValidator(check)


def _positive(value: float) -> float:
    if not 0 < value <= 3600:
        raise ValueError("expected seconds above 0, up to 3600")
    return value


def _path(value: str) -> str:
    if not value or not value.isprintable() or value != value.strip():
        raise ValueError("expected a path")
    return value


def _absolute(value: str) -> str:
    if not _path(value).startswith("/"):
        raise ValueError("expected an absolute path")
    return value.rstrip("/") or "/"


def _tuple_of(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def one_of(kinds: tuple[type, ...], expected: str) -> Callable[[Any], Any]:
    """A check that a value is of one of these classes, in one message instead of one for each."""

    def check(value: Any) -> Any:
        if not isinstance(value, kinds):
            raise ValueError(f"expected {expected}")
        return value

    return check


# A list does where a tuple is expected; a string does not.
Several = Annotated[tuple[Item, ...], BeforeValidator(_tuple_of)]

# What may be a password, if only by mistake.
Hidden = Annotated[Item, HIDDEN]

Path = Annotated[str, AfterValidator(_path)]
AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Name = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.-]*",
        "a name of letters, digits, '_', '.' and '-', a letter or digit first",
    ),
]
ProjectName = Annotated[
    str,
    _matching(
        r"[a-z0-9][a-z0-9_-]*",
        "a project name of lower-case letters, digits, '_' and '-', a letter or digit first",
    ),
]
ImageName = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.:/@-]*",
        "the name of an image, such as 'redis:8' or 'registry.example/tools@sha256:...'",
    ),
]
VariableName = Annotated[
    str,
    _matching(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable"),
]
NetworkAddress = Annotated[
    str,
    _matching(r"[A-Za-z0-9:][A-Za-z0-9_.:%-]*", "an address or a host's name"),
]
Port = Annotated[int, _within(1, 65535, "a port")]
Id = Annotated[int, _within(0, 2**32 - 2, "a numeric id")]
Status = Annotated[int, _within(100, 599, "an HTTP status")]
Count = Annotated[int, _within(1, 100, "a number")]
WholeSeconds = Annotated[int, _within(1, 3600, "whole seconds")]
Seconds = Annotated[float, AfterValidator(_positive)]
