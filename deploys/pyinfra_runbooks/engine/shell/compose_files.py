"""The scripts that read a stack's compose files, try changed ones, and write them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from ...settings import Stack
from ..found import Found
from ..patching.patches import Patch
from ..patching.trials import Trial, descriptor
from ..projects import project
from . import script
from .stack import of


def read(stack: Stack, found: Found, more: Sequence[str] = (), clients: bool = False) -> str:
    """Prints the stack's compose files, and what Compose resolves without the values.

    + found: what the host runs
    + more: these files instead; default: those that the stack consists of
    + clients: whether it also prints what tells who is whose client; default: ``False``
    """
    about = {"more_files": tuple(more), "clients": "yes" if clients else ""}
    return script("compose_files.sh", **_of(stack, found), **about)


def compare(stack: Stack, found: Found, trial: Trial) -> str:
    """Prints the services that Compose resolves otherwise from the changed files, and whether it
    resolves what it should."""
    return script("compare_files.sh", **_of(stack, found), **_comparing(trial))


def write(stack: Stack, found: Found, trial: Trial, patches: Sequence[Patch]) -> str:
    """Writes the changed files where they are, unless they have changed since they were read."""
    return script(
        "write_files.sh",
        **_of(stack, found),
        **_comparing(trial),
        paths=tuple(patch.path for patch in patches),
        sums=tuple(_sum(patch.before) for patch in patches),
        new_sums=tuple(_sum(patch.after) for patch in patches),
    )


def tried(trial: Trial) -> list[str]:
    """What `compare` reads from stdin."""
    override = [trial.override] if trial.override else []
    return [_line(content) for content in (*trial.before, *override, *trial.after)]


def written(trial: Trial, patches: Sequence[Patch]) -> list[str]:
    """What `write` reads from stdin."""
    return [*tried(trial), *(_line(patch.after) for patch in patches)]


def _of(stack: Stack, found: Found) -> dict[str, object]:
    """The project by the files that its containers were made from."""
    return of(stack, project(found, stack.compose))


def _comparing(trial: Trial) -> dict[str, object]:
    count = len(trial.before)
    return {
        "handed_list": trial.listed,
        "override_list": (*trial.listed, *([descriptor(count)] if trial.override else [])),
        "handed_many": count,
        "override_many": int(bool(trial.override)),
        "override_services": trial.services,
    }


def _line(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
