"""What can be said of a schedule with ``--data``. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, TypeVar

from ..core.disruption import Disruption
from ..core.errors import SettingsError
from .calendar import Every

Value = TypeVar("Value")
Default = TypeVar("Default")

SYSTEM = "/etc/systemd/system"


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    When the runbooks run by themselves, and how.

    + inventory: the inventory's path
    + every: how often; default: ``5m``
    + runbook: the runbook's path; default: `runbooks` decides
    + max_disruption: the most that users may notice; default: as the inventory says
    + user: who runs it; default: who owns the inventory
    + command: the path of `runbooks`
    + name: what the units are called, so that there can be several; default: ``pyinfra-runbooks``
    + watch: whether it stays and listens, instead of coming by; default: ``False``
    + metrics: where to write metrics for Prometheus; default: nowhere
    + notify: an Apprise configuration with those to notify; default: nobody
    + units: the directory of the units; default: ``/etc/systemd/system``
    """

    inventory: str
    every: Every
    runbook: str | None
    max_disruption: Disruption | None
    user: str | None
    command: str
    name: str
    watch: bool
    metrics: str | None
    notify: str | None
    units: str

    @classmethod
    def from_data(cls, data: Mapping[str, Any], command: str) -> Schedule:
        """
        The schedule that a host's data says; a `SettingsError` names the key that is wrong.

        + data: by name
        + command: the path of `runbooks` where the data has none
        """
        _no_typing_error(data)
        return cls(
            inventory=_required(data, "inventory", _path),
            every=_given(data, "every", Every.parse, Every.parse("5m")),
            runbook=_given(data, "runbook", _path, None),
            max_disruption=_given(data, "max_disruption", _disruption, None),
            user=_given(data, "user", _user, None),
            command=_given(data, "command", _command, command),
            name=name(data),
            watch=_flag(data, "watch", default=False),
            metrics=_given(data, "metrics", _unquoted, None),
            notify=_given(data, "notify", _path, None),
            units=units(data),
        )


def present(data: Mapping[str, Any]) -> bool:
    """Whether there is to be a schedule; default: ``True``."""
    _no_typing_error(data)
    return _flag(data, "present", default=True)


def name(data: Mapping[str, Any]) -> str:
    """What the units are called."""
    return _given(data, "name", _name, "pyinfra-runbooks")


def units(data: Mapping[str, Any]) -> str:
    """The directory of the units."""
    return _given(data, "units", _path, SYSTEM).rstrip("/")


def wrong(key: str, problem: object) -> SettingsError:
    """The error that says what is wrong with an option."""
    return SettingsError(f"--data {key}: {problem}")


def _required(data: Mapping[str, Any], key: str, parse: Callable[[str], Value]) -> Value:
    value = _given(data, key, parse, None)
    if value is None:
        raise wrong(key, "is missing, expected an absolute path")
    return value


def _given(
    data: Mapping[str, Any], key: str, parse: Callable[[str], Value], default: Default
) -> Value | Default:
    value = data.get(key)
    if value is None:
        return default
    # pyinfra makes a number of what looks like one: --data name=2024
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise wrong(key, f"expected a text, got {value!r}")
    try:
        return parse(str(value))
    except ValueError as error:
        raise wrong(key, error) from None


def _flag(data: Mapping[str, Any], key: str, default: bool) -> bool:
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise wrong(key, f"expected true or false, got {value!r}")
    return value


def _no_typing_error(data: Mapping[str, Any]) -> None:
    """``prsent=false`` would put a schedule there instead of taking it away."""
    known = [*(field.name for field in fields(Schedule)), "present"]
    for key in data:
        close = get_close_matches(key, known, n=1, cutoff=0.8)
        if close and key not in known:
            raise wrong(key, f"there is no such option, but there is {close[0]}")


def _matching(pattern: str, value: str, expected: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"expected {expected}, got {value!r}")
    return value


def _path(value: str) -> str:
    if not value.startswith("/") or not value.isprintable() or value != value.strip():
        raise ValueError(f"expected an absolute path, got {value!r}")
    if re.search(r"\\(/|$)", value):
        # systemd takes the next line for the rest of this one.
        raise ValueError(f"expected a path in which no name ends with a backslash, got {value!r}")
    return value


def _unquoted(value: str) -> str:
    return _matching(r"[^\"']*", _path(value), "a path without quotes")


def _command(value: str) -> str:
    return _matching(r"[^$]*", _path(value), "a path without $")


def _name(value: str) -> str:
    return _matching(
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?<!-watch)",
        value,
        "at most 100 letters, digits, '_', '.' and '-', a letter or digit first, and no '-watch' "
        "at the end",
    )


def _user(value: str) -> str:
    return _matching(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}", value, "the name of a user")


def _disruption(value: str) -> Disruption:
    try:
        return Disruption(value)
    except ValueError:
        kinds = ", ".join(map(str, Disruption))
        raise ValueError(f"expected one of {kinds}, got {value!r}") from None
