"""pyinfra's own options, which pass through every command; only pyinfra knows them all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from . import completing, configured

Function = TypeVar("Function", bound=Callable[..., Any])

VARIABLE = "PYINFRA_RUNBOOKS_OPTIONS"
"""The environment variable that names the file with the `PyinfraOptions` of a run."""

YES = "yes"
"""What a run that asks before it changes anything reads from its stdin, where it may."""

_DECIDED = "a job decides that itself"
_ASKS = "a job can't ask; put it into the inventory"
_SEEN = "every user of this machine can read a command line; put it into the inventory"
REFUSED = {
    **dict.fromkeys(("dry", "yes", "json_output", "debug_facts", "debug_operations"), _DECIDED),
    "retry": "a repair that failed is looked at again, and not made again",
    "no_wait": "with it pyinfra exits with 0 though hosts have failed",
    **dict.fromkeys(("same_sudo_password", "use_sudo_password", "ssh_password_prompt"), _ASKS),
    **dict.fromkeys(("ssh_password", "ssh_key_password"), _SEEN),
}
"""What does not pass through, by pyinfra's name for it, and why."""


class MisuseError(click.ClickException):
    """A mistake in the command line, or in what it names; no host was looked at."""


@dataclass(frozen=True, slots=True)
class PyinfraOptions:
    """
    What a run of pyinfra gets from a job besides its command line.

    + options: the options that a person gave for pyinfra, as they were given
    + only: the hosts to keep of those that the options choose; default: all
    + listing: whether only to list these hosts
    """

    options: Sequence[str] = ()
    only: Sequence[str] | None = None
    listing: bool = False

    @classmethod
    def from_environment(cls) -> PyinfraOptions:
        """Reads what the job that started this run has written."""
        return cls(**json.loads(Path(os.environ[VARIABLE]).read_bytes()))

    def to_environment(self, file: Path) -> dict[str, str]:
        """The run's environment; it names a file, as thousands of hosts don't fit a variable."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return {VARIABLE: str(file)}


def split(words: Sequence[str], *names: str) -> tuple[list[str], list[str]]:
    """
    Splits a command's arguments, which come first, from the options for pyinfra.

    + words: everything but our own options
    + names: the required arguments; an ``INVENTORY`` may be the configured one

    >>> split(["prod.py", "--limit", "web", "--sudo"], "INVENTORY")
    (['prod.py'], ['--limit', 'web', '--sudo'])

    Raises `MisuseError` if an argument is missing.
    """
    first = _first_option(words)
    if first < len(names) and names[0] == "INVENTORY" and (configured_one := _configured()):
        words = (configured_one, *words)
        first += 1
    if first < len(names):
        others = ", and comes before pyinfra's options" if words[first:] else ""
        hint = f": {configured.HINT}" if names[first] == "INVENTORY" and not others else ""
        raise MisuseError(f"{names[first]} is missing{others}{hint}")
    return [*words[:first]], [*words[first:]]


def _first_option(words: Sequence[str]) -> int:
    return next((n for n, word in enumerate(words) if word.startswith("-")), len(words))


def _configured() -> str | None:
    try:
        return configured.inventory()
    except configured.ConfiguredError as error:
        raise MisuseError(str(error)) from None


PASSING = {"ignore_unknown_options": True}
"""The settings of a command whose other options are pyinfra's."""


def words(metavar: str, then: str = "") -> Callable[[Function], Function]:
    """
    Everything but our own options: arguments, and then the options of pyinfra.

    + then: what follows the inventory, for completion: ``runbook`` or ``hosts``; default: nothing
    """
    return click.argument(
        "words",
        nargs=-1,
        type=click.UNPROCESSED,
        metavar=f"{metavar} [PYINFRA'S OPTIONS]...",
        shell_complete=completing.words(then),
    )


def option_group(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Several of click's options as one decorator; the first one stands first in the help."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def validated(check: Callable[[str], Any]) -> Callable[..., Any]:
    """A callback that has click report a `ValueError` for a value, or for one of several."""

    def validate(_: click.Context, __: click.Parameter, value: Any) -> Any:
        try:
            if isinstance(value, tuple):
                return [check(one) for one in value]
            return value if value is None else check(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return validate
