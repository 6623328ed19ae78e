"""Where passwords come from. Settings name the source; none of them holds a password."""

from __future__ import annotations

import os
import subprocess
from dataclasses import KW_ONLY
from pathlib import Path as LocalPath
from threading import Lock
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo
from pydantic import field_validator as field

from ..core.errors import SettingsError
from .model import MASK, Problem, Setting, refuse, setting
from .values import AbsolutePath, Hidden, Path, Several, VariableName, one_of

COMMAND_TIMEOUT = 30


@setting
class HostFile(Setting):
    """
    A file that is on the host already. The password never leaves the host, only its hash is used.

    + path: its path on the host; relative paths start at `Compose.directory`

    **Example:**

    .. code:: python

        HostFile("secrets/redis_password.txt")
    """

    path: Path

    def to_json(self) -> dict[str, Any]:
        return _to_json(self)


@setting
class InContainer(Setting):
    """
    The login that a Redis' own container holds. It is found on the host, and stays there: it is
    sent only to the container that holds it.

    + variable: the variable of the container's environment that holds the password, or names its
      file if it ends in ``_FILE``; default: what its arguments, its configuration, its ACL file and
      its environment name
    + file: the path of a file in the container that holds the password, instead of a variable;
      default: none

    **Example:**

    .. code:: python

        InContainer(variable="REDIS_PASSWORD")
    """

    _: KW_ONLY
    variable: Hidden[VariableName | None] = None
    file: AbsolutePath | None = None

    @field("file")
    @classmethod
    def _alone(cls, file: str | None, info: ValidationInfo) -> str | None:
        if file is not None and info.data.get("variable") is not None:
            refuse([Problem("expected either a variable or a file", got="both")])
        return file

    def to_json(self) -> dict[str, Any]:
        return _to_json(self)


class ControllerSource(Setting):
    """A source that is read where pyinfra runs. Each is read once, however many hosts want it."""

    def read(self) -> SecretStr:
        """The password, without the newline that ends it.

        Raises:
            SettingsError: there is none, or it can't be one; says nothing of what was read
        """
        # Hosts are prepared side by side; a command that asks for a fingerprint should ask once,
        # and one that failed should not ask again.
        with _reading:
            if self not in _read:
                _read[self] = _outcome(self)
            outcome = _read[self]
        if isinstance(outcome, str):
            raise SettingsError(outcome)
        return outcome

    def to_json(self) -> dict[str, Any]:
        return _to_json(self)

    def _bytes(self) -> bytes:
        """What the source holds; raises `SettingsError` or `OSError`."""
        raise NotImplementedError


@setting
class EnvironmentVariable(ControllerSource):
    """
    An environment variable where pyinfra runs.

    + name: the variable's name

    **Example:**

    .. code:: python

        EnvironmentVariable("REDIS_PASSWORD")
    """

    name: Hidden[VariableName]

    def _bytes(self) -> bytes:
        value = os.environb.get(self.name.encode())
        if value is None:
            raise SettingsError("expected this variable in the environment of pyinfra, got none")
        return value


@setting
class LocalFile(ControllerSource):
    """
    A file where pyinfra runs.

    + path: its path; relative paths start where pyinfra is started, and ``~`` is the home directory

    **Example:**

    .. code:: python

        LocalFile("~/.secrets/redis")
    """

    path: Path

    def _bytes(self) -> bytes:
        return LocalPath(self.path).expanduser().read_bytes()


def _whole_arguments(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0] or any("\0" in argument for argument in argv):
        raise ValueError("expected a command and its arguments")
    return argv


@setting
class Command(ControllerSource):
    """
    What a command prints where pyinfra runs. No shell reads it; it has 30 s, and no input.

    + argv: the command and its arguments

    **Example:**

    .. code:: python

        Command("pass", "show", "redis/lwe-app")
    """

    argv: Annotated[Hidden[Several[str]], AfterValidator(_whole_arguments)]

    def __init__(self, *argv: str) -> None: ...

    def public(self) -> dict[str, Any]:
        return {"argv": (self.argv[0], *(MASK for _ in self.argv[1:]))}

    def __repr__(self) -> str:
        return f"Command({', '.join(map(repr, self.public()['argv']))})"

    def _bytes(self) -> bytes:
        # What it says on stderr is dropped: some tools repeat their input there, tokens included.
        try:
            done = subprocess.run(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            problem = f"an answer within {COMMAND_TIMEOUT} s, got none"
        else:
            if not done.returncode:
                return done.stdout
            problem = f"exit code 0, got {done.returncode}"
        raise SettingsError(f"expected {problem}: run it by hand to see what it says")


_SOURCES = (HostFile, EnvironmentVariable, LocalFile, Command)
_EXPECTED = "a source: HostFile(...), EnvironmentVariable(...), LocalFile(...) or Command(...)"

Source: TypeAlias = Annotated[
    HostFile | EnvironmentVariable | LocalFile | Command,
    BeforeValidator(one_of(_SOURCES, _EXPECTED)),
]

HeldSource: TypeAlias = Annotated[
    HostFile | EnvironmentVariable | LocalFile | Command | InContainer,
    BeforeValidator(one_of((*_SOURCES, InContainer), f"{_EXPECTED}, or InContainer(...)")),
]
"""The same, or what a Redis' own container holds."""

_reading = Lock()
_read: dict[ControllerSource, SecretStr | str] = {}


def _outcome(source: ControllerSource) -> SecretStr | str:
    """The password, or why there is none."""
    try:
        return _password(source._bytes())
    except OSError as error:
        return f"{source!r}: expected to be read, got: {error.strerror or type(error).__name__}"
    except (SettingsError, RuntimeError) as error:  # RuntimeError: whose home is ~nobody?
        return f"{source!r}: {error}"


def _password(content: bytes) -> SecretStr:
    try:
        text = content.decode().removesuffix("\n")
    except UnicodeDecodeError:
        text = "\0"
    if not text:
        raise SettingsError("expected a password, got nothing")
    if any(character in text for character in "\0\n\r"):
        raise SettingsError("expected a password on one line of text, got something else")
    return SecretStr(text)


def _to_json(source: HostFile | InContainer | ControllerSource) -> dict[str, Any]:
    return {"source": type(source).__name__, **Setting.to_json(source)}
