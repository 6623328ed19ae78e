"""A host with the real Compose, and projects for it: to resolve one takes no engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from compose_plugin import compose_plugin
from hosts import Host, in_directory
from looks import healthy

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts import compose_files as facts
from pyinfra_runbooks.facts import declarations
from pyinfra_runbooks.facts.declarations import Declaration, Wanted
from pyinfra_runbooks.packs.network.rules.own_names import OwnName
from pyinfra_runbooks.settings import Compose, Stack

SECRET = "hunter2"


@dataclass(frozen=True)
class Project:
    """A stack's directory on a host with the real Compose."""

    host: Host
    directory: Path
    stack: Stack
    look: Look

    def declaration(
        self,
        *attached: str,
        validated: tuple[str, ...] | None = None,
        shared: tuple[str, ...] = (),
        alone: bool = False,
        named: tuple[OwnName, ...] = (),
    ) -> Declaration | Unknown:
        """What there is to declare."""
        with _asked(self.host):
            asked = cast(Any, object.__new__(type("Asked", (), {"__slots__": ("__weakref__",)})))
            return declarations.declaration(
                asked, self.stack, self.look, Wanted(attached, validated, shared, alone, named)
            )

    def resolved(self, *options: str) -> dict[str, Any]:
        """What Compose makes of it, all profiles included."""
        words = (*options, "--profile", "*", "config", "--format", "json")
        reported: dict[str, Any] = json.loads(self.compose(*words))
        return reported

    def hashes(self) -> str:
        """Each service's hash."""
        return self.compose("--profile", "*", "config", "--hash", "*")

    def compose(self, *words: str) -> str:
        """What Compose prints, asked as a person would ask it."""
        files = [word for file in self.stack.compose.files for word in ("-f", file)]
        done = subprocess.run(
            [compose_plugin() or "", *files, *words],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
            env={"PATH": os.environ["PATH"], "HOME": str(self.host.place)},
        )
        return done.stdout

    def write(self, declaration: Declaration) -> None:
        """Has the files be what the patch makes of them."""
        for file in declaration.patches:
            Path(file.path).write_bytes(file.after)


def project(
    host: Host,
    files: Mapping[str, str | bytes],
    look: Look | None = None,
    named: Sequence[str] = (),
    name: str = "app",
) -> Project:
    """A project of these files; nothing of it runs, unless a look says so."""
    plugin = host.place / "docker" / "cli-plugins" / "docker-compose"
    plugin.unlink()
    plugin.symlink_to(compose_plugin() or "")
    directory = host.place / name
    for path, content in files.items():
        place = directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    stack = in_directory(directory)
    if named:
        stack = replace(stack, compose=Compose(str(directory), files=tuple(named)))
    return Project(host, directory, stack, look or replace(healthy(), containers=()))


@contextmanager
def _asked(host: Host) -> Iterator[None]:
    """Scripts run here, and nothing doubts that the project is the one that runs."""

    def quietly(_: object, script: str, stdin: Sequence[str], __: Stack) -> list[str] | Unknown:
        done = host.run(script, stdin="".join(f"{line}\n" for line in stdin))
        assert done.err == ""
        return done.out.splitlines()

    with (
        patch.object(facts, "quietly", quietly),
        patch.object(declarations, "why_not_recreate", lambda *_, **__: []),
    ):
        yield


def applied(declaration: Declaration, tool: Sequence[str], place: Path) -> dict[str, bytes]:
    """What a tool makes of the former files by the patch as it is printed."""
    shutil.rmtree(place, ignore_errors=True)
    for file in declaration.patches:
        there = place / file.shown
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(file.before)
    text = "".join(f"# a host\n{file.diff()}" for file in declaration.patches).encode()
    done = subprocess.run(tool, cwd=place, input=text, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr, text.decode())
    assert not done.stdout + done.stderr
    return {file.path: (place / file.shown).read_bytes() for file in declaration.patches}
