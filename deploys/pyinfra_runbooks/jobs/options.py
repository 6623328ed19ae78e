"""pyinfra's own options, which every command takes and passes on. They keep their names and places.

Left out are those that say what kind of run it is, which a job decides itself, those that ask at a
terminal, and ``--no-wait``, with which pyinfra does not tell that hosts failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

MULTIPLE = ("--limit", "--exclude", "--data", "--group-data")
FLAGS = ("--sudo", "--use-sudo-login", "--dzdo", "--serial", "--debug", "--debug-all")
NUMBERS = ("--fail-percent", "--parallel", "--retry", "--retry-delay", "--ssh-port")
VALUES = (
    *("--config", "--chdir", "--sudo-user", "--su-user", "--dzdo-user", "--shell-executable"),
    *("--ssh-user", "--ssh-key"),
)
NOT_PASSED = (
    *("-v", "--dry", "--diff", "-y", "--yes", "--json", "--support", "--version"),
    *("--debug-facts", "--debug-operations", "--no-wait", "--same-sudo-password"),
    *("--use-sudo-password", "--ssh-password-prompt"),
    # These put a password into the process list.
    *("--ssh-key-password", "--key-password", "--ssh-password", "--password"),
    # Other names of what is passed.
    *("--user", "--port", "--key"),
)


def together(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Several of click's options as one decorator; the first one stands first in the help."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def checked(check: Callable[[str], Any]) -> Callable[..., Any]:
    """A callback that has click say what is wrong with a value, or with one of several."""

    def checking(_: click.Context, __: click.Parameter, value: Any) -> Any:
        try:
            if isinstance(value, tuple):
                return [check(one) for one in value]
            return value if value is None else check(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return checking


def passed_on(function: Function) -> Function:
    """Gives a command pyinfra's options; it gets them as keyword arguments."""
    for name in reversed((*MULTIPLE, *FLAGS, *NUMBERS, *VALUES)):
        settings: dict[str, Any] = {"help": "As pyinfra's own."}
        if name in MULTIPLE:
            settings |= {"multiple": True}
        elif name in FLAGS:
            settings |= {"is_flag": True}
        elif name in NUMBERS:
            settings |= {"type": int}
        function = click.option(name, **settings)(function)
    return function


def command_line(given: Mapping[str, Any], *without: str) -> list[str]:
    """
    What `passed_on` took, as arguments again.

    + given: the keyword arguments
    + without: options that are left out

    >>> command_line({"limit": ("a", "b"), "sudo": True, "parallel": 5, "retry": None}, "--retry")
    ['--limit', 'a', '--limit', 'b', '--sudo', '--parallel', '5']
    """
    return list(_arguments(given, without))


def _arguments(given: Mapping[str, Any], without: tuple[str, ...]) -> Iterator[str]:
    for name in (*MULTIPLE, *FLAGS, *NUMBERS, *VALUES):
        value = given.get(name.removeprefix("--").replace("-", "_"))
        if name in without or value in (None, False, ()):
            continue
        if name in MULTIPLE:
            for one in value:
                yield from (name, one)
        elif name in FLAGS:
            yield name
        else:
            yield from (name, str(value))
