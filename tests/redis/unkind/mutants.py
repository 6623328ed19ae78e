"""Bugs that were found once, to be put back: each of them has to turn the harness red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyinfra_runbooks

from .cases import RED

PACKAGE = Path(pyinfra_runbooks.__file__).parent
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Mutant:
    """One bug.

    + name: what it is, and the finding that it comes from
    + file: below the package
    + changes: texts that are there, each once, and what is in their place with the bug
    + cases: of which at least one has to break a promise
    """

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    cases: tuple[str, ...]


MUTANTS = (
    Mutant(
        "a restart that only stops",
        "shell/redis.sh",
        (("    docker start \"$id\" >/dev/null\n    came_back 'it was restarted'", "    exit 0"),),
        ("restart",),
    ),
)


def text_of(mutant: Mutant) -> str:
    return (PACKAGE / mutant.file).read_text(encoding="utf-8")


def turns_red(mutant: Mutant, place: Path) -> str:
    """What its cases print, with that bug in a copy of the package; empty: none broke a promise."""
    mutated = place / PACKAGE.name
    shutil.copytree(PACKAGE, mutated, ignore=shutil.ignore_patterns("__pycache__"))
    text = text_of(mutant)
    for old, new in mutant.changes:
        text = text.replace(old, new)
    (mutated / mutant.file).write_text(text, encoding="utf-8")
    for case in mutant.cases:
        done = subprocess.run(
            [sys.executable, "-m", "tests.redis.unkind.cases", case],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == RED:
            return done.stdout
        assert done.returncode == 0, done.stderr
    return ""
