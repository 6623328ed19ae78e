"""How settings are checked, how a mistake is reported, and how they are shown."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import wraps
from types import NoneType
from typing import Any, ClassVar, NamedTuple, TypeVar, cast, dataclass_transform

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic.fields import FieldInfo

from ..core.errors import SettingsError
from .place import caller

Class = TypeVar("Class", bound="type[Setting]")

MASK = "********"

# Marks a field, in its annotation, whose value no message repeats.
HIDDEN = object()


class Setting:
    """What all settings can do. Each is frozen."""

    # What `setting` gives to each.
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    __pydantic_fields__: ClassVar[dict[str, FieldInfo]]

    # What stands now for a field that there was once, by its name.
    instead_of: ClassVar[Mapping[str, str]] = {}

    def public(self) -> dict[str, Any]:
        """The fields as they may be shown."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def to_json(self) -> Any:
        """For pyinfra's JSON output, ``debug-inventory`` for one: plain types, secrets masked."""
        return _plain(self.public())

    def __repr__(self) -> str:
        """The call that makes it, without what is left at its default."""
        public = self.public()
        arguments = [
            f"{field.name}={public[field.name]!r}" if field.kw_only else repr(public[field.name])
            for field in dataclasses.fields(self)
            if not field.kw_only or getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join(arguments)})"


@dataclass_transform(frozen_default=True, field_specifiers=(Field, dataclasses.field))
def setting(cls: Class) -> Class:
    """Makes a class a setting: a frozen pydantic dataclass that raises `SettingsError`.

    A class that declares its own ``__init__`` takes any number of values for the last of the fields
    that it takes by position.
    """
    variadic = "__init__" in cls.__dict__
    config = ConfigDict(strict=True, extra="forbid", validate_default=True)
    built: Any = pydantic_dataclass(frozen=True, repr=False, config=config)(cls)
    validate: Callable[..., None] = built.__init__

    def checked(self: Setting, /, *args: Any, **kwargs: Any) -> None:
        try:
            if variadic:
                args, kwargs = _gathered(cls, args, kwargs)
            validate(self, *args, **kwargs)
        except ValidationError as error:
            place, positions = caller(), [f.name for f in dataclasses.fields(cls) if not f.kw_only]
            found = dict.fromkeys(_problems(cls, error))
            problems = [f"{place.of(loc, positions, variadic)}: {text}" for loc, text in found]
        else:
            return
        # Outside of the handler: pydantic's error holds every value, and would stay attached.
        raise SettingsError("\n".join(problems))

    built.__init__ = wraps(validate)(checked)
    return cast(Class, built)


def _gathered(
    cls: type[Setting], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The values by position that are left over, as one by name."""
    *single, several = (f.name for f in dataclasses.fields(cls) if not f.kw_only)
    more = args[len(single) :]
    if more or several not in kwargs:
        kwargs = {**kwargs, several: more}
    return args[: len(single)], kwargs


class Problem(NamedTuple):
    """One thing that is wrong in the value of a field.

    + expected: what was expected there
    + at: where in the value: ``(1, "name")``
    + got: what was found, where the value itself does not say it best
    """

    expected: str
    at: tuple[int | str, ...] = ()
    got: str | None = None


class ProblemsError(ValueError):
    """What a validator raises that has more to say than one "expected ..."."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(p.expected for p in problems))
        self.problems = problems


def refuse(problems: Iterable[Problem]) -> None:
    """Raises `ProblemsError` if there is any."""
    if found := list(problems):
        raise ProblemsError(*found)


def repeated(values: Iterable[object], what: str, *at: str) -> Iterator[Problem]:
    """A problem for each value that was there before."""
    seen = set()
    for number, value in enumerate(values):
        if value in seen:
            yield Problem(f"expected each {what} once", (number, *at), shown(value))
        seen.add(value)


def shown(value: object) -> str:
    """A value for a message: short, on one line, and nothing that could be a secret."""
    if isinstance(value, str):
        # A key that was pasted, or a URL with a password.
        if not value.isprintable() or re.search(r":.*@", value):
            return _kind(value)
        return _short(repr(without_query(value)))
    if value is None or isinstance(value, (bool, int, float, Setting)):
        return _short(repr(value))
    return _kind(value)


def without_query(url: str) -> str:
    """A URL without its query, which is where tokens are."""
    path, mark, _ = url.partition("?")
    return f"{path}?{MASK}" if mark and ":" in path else url


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "a string (not shown)"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _plain(value: Any) -> Any:
    if isinstance(value, Setting):
        return value.to_json()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value


Location = tuple[int | str, ...]


def _problems(cls: type[Setting], error: ValidationError) -> Iterator[tuple[Location, str]]:
    """Each problem that pydantic found: where, and ``Class.field: expected ..., got ...``."""
    names = list(cls.__dataclass_fields__)
    every = error.errors(include_url=False)
    misspelt = {_near(cls, found) for found in every if found["type"] == _UNKNOWN}
    for found in every:
        kind, loc = found["type"], found["loc"]
        if kind == "missing" and loc[-1] in misspelt:
            continue  # It is there, by another name.
        if kind == "unexpected_positional_argument":
            loc = ()
        elif loc and isinstance(loc[0], int):
            loc = (names[loc[0]], *loc[1:])
        hidden = any(name in names and _is_hidden(cls, name) for name in loc[:1])
        for expected, at, got in _in_our_words(cls, kind, found):
            instead = got or _got(found["input"], hidden)
            yield (*loc, *at), f"{_path(cls, (*loc, *at))}: {expected}, got {instead}"


_UNKNOWN = "unexpected_keyword_argument"


def _near(cls: type[Setting], found: Mapping[str, Any]) -> str | None:
    """The field that may be meant by a name that is none."""
    near = difflib.get_close_matches(str(found["loc"][0]), cls.__dataclass_fields__, n=1)
    return near[0] if near else None


def meant(value: object, known: Iterable[str], form: str = "{}") -> str:
    """Of the values that are known, the one that is almost this one, as a hint; empty: none is."""
    near = difflib.get_close_matches(value, list(known), n=1) if isinstance(value, str) else []
    return f" (did you mean {form.format(near[0])}?)" if near else ""


def _in_our_words(cls: type[Setting], kind: str, found: Mapping[str, Any]) -> tuple[Problem, ...]:
    """One of pydantic's findings in our words."""
    value, context = found["input"], found.get("ctx", {})
    fields = cls.__dataclass_fields__
    match kind:
        case "value_error":
            error = context["error"]
            return error.problems if isinstance(error, ProblemsError) else (Problem(str(error)),)
        case "missing":
            return (Problem("expected a value", got="none"),)
        case _ if kind == _UNKNOWN:
            if now := cls.instead_of.get(name := str(found["loc"][0])):
                return (Problem(f"expected {now}", got=f"{name}="),)
            near = _near(cls, found)
            hint = f" (did you mean {near}?)" if near else ""
            known = ", ".join(field.name for field in dataclasses.fields(cls))
            return (Problem(f"expected one of {known}", got=f"{name}{hint}"),)
        case "unexpected_positional_argument":
            by_name = ", ".join(name for name, field in fields.items() if field.kw_only)
            return (Problem(f"expected {by_name} by name", got="a value by position (not shown)"),)
        case "multiple_argument_values":
            return (Problem("expected one value", got="two, by position and by name"),)
        case "dataclass_exact_type":
            # What stands in for a setting, a dict or a string, may hold a secret.
            got = None if value is None or isinstance(value, Setting) else _kind(value)
            return (Problem(f"expected a {context['class_name']}(...)", got=got),)
        case "tuple_type":
            forgotten = " (a comma after it makes it a tuple)" if _is_single(value) else ""
            return (Problem("expected a tuple or a list", got=f"{_got(value, True)}{forgotten}"),)
        case "literal_error":
            words = [word.strip("' ") for word in re.split(",| or ", context["expected"])]
            return (misnamed(f"expected {context['expected']}", value, words, "{!r}"),)
        case "invalid-json-value":
            return (Problem("expected what JSON can hold"),)
        case _:
            said = found["msg"].replace("Input should be ", "expected ", 1)
            return (Problem(said.replace("a valid integer", "an integer").replace("valid ", "")),)


def misnamed(expected: str, value: object, known: Iterable[str], form: str = "{}") -> Problem:
    """The problem of a value that is none of those that are known."""
    hint = meant(value, known, form)
    return Problem(expected, got=f"{shown(value)}{hint}" if hint else None)


def _is_hidden(cls: type[Setting], name: int | str) -> bool:
    return HIDDEN in cls.__pydantic_fields__[str(name)].metadata


def _is_single(value: object) -> bool:
    return isinstance(value, (str, Setting))


def _got(value: object, hidden: bool) -> str:
    return _kind(value) if hidden and not isinstance(value, (Setting, NoneType)) else shown(value)


def _path(cls: type[Setting], loc: Iterable[int | str]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return cls.__name__ + "".join(steps)
