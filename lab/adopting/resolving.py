"""Resolving a project with Compose's plugin, which needs no engine, and finding what it misses."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.console import LabError
from lab.paths import COMPOSE

from .model import Json

_UNSET = re.compile(r'The \\?"(\w+)\\?" variable is not set')
_REQUIRED = re.compile(r"required variable (\w+) is missing a value(?:: ([^\n]*))?")
_NOT_THERE = re.compile(r"(?:env file |open |stat |lstat )(/[^\s:]+)")
_PLACES = ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")


@dataclass(frozen=True)
class Command:
    """How a project is called, wherever it is.

    + files: for `--file`, relative to the project's directory
    + environments: for `--env-file`, the same
    """

    files: tuple[str, ...]
    environments: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """The options of `docker compose`."""
        return [
            *(word for file in self.files for word in ("--file", file)),
            *(word for file in self.environments for word in ("--env-file", file)),
            *(word for profile in self.profiles for word in ("--profile", profile)),
        ]


@dataclass(frozen=True)
class Missing:
    """What Compose could not go on without.

    + path: a file that is not there
    + variable: one that has to be set, with what the file says of it
    """

    path: str = ""
    variable: str = ""
    why: str = ""


@dataclass(frozen=True)
class Resolved:
    """What it made of the files.

    + unset: variables that are not set, for which it took nothing
    """

    model: Json
    unset: tuple[str, ...]


def plugin() -> str:
    """Compose's plugin: what COMPOSE_PLUGIN names, the lab's own copy, or docker's."""
    named = os.environ.get("COMPOSE_PLUGIN")
    places = [f"{Path.home()}/.docker", *(f"{place}/docker" for place in _PLACES)]
    usual = (str(COMPOSE), *(f"{place}/cli-plugins/docker-compose" for place in places))
    for path in [named] if named else usual:
        if os.access(path, os.X_OK):
            return path
    raise LabError(
        f"{named or 'docker-compose'} is not there: `python -m lab up` brings Compose's plugin, or"
        " set COMPOSE_PLUGIN to its path"
    )


def resolve(directory: Path, command: Command, extra: Sequence[str] = ()) -> Resolved | Missing:
    """Let Compose resolve the project, without this shell's variables.

    + directory: the project's
    + extra: variables that are set for a try, to find the next one that is required
    """
    ended = subprocess.run(
        [plugin(), *command.words(), "config", "--format", "json"],
        cwd=directory,
        env={
            "PATH": os.environ.get("PATH", ""),
            "HOME": "/root",
            **dict.fromkeys(extra, "missing"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode == 0:
        unset = dict.fromkeys(_UNSET.findall(ended.stderr))
        return Resolved(json.loads(ended.stdout), tuple(unset))
    said = ended.stderr.strip().splitlines()
    last = said[-1] if said else f"exit code {ended.returncode}"
    if required := _REQUIRED.search(ended.stderr):
        return Missing(variable=required[1], why=required[2] or "")
    absent = _NOT_THERE.search(last)
    if absent and ("not found" in last or "no such file" in last):
        return Missing(path=absent[1])
    raise LabError(f"Compose can't resolve it: {last}")
