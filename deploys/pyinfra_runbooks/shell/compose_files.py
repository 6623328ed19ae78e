"""The scripts that read a stack's compose files, try changed ones, and write them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from ..patching.patches import Patch
from ..patching.trials import Trial, descriptor
from ..settings import Stack
from . import text, values
from .look import target


def read(stack: Stack, more: Sequence[str] = (), clients: bool = False) -> str:
    """Prints the stack's compose files, and what Compose resolves without the values.

    + more: these files instead; default: those that the stack consists of
    + clients: whether it also prints what tells who is whose client; default: ``False``
    """
    given = values(
        more_files=tuple(more),
        config_awk=text("config.awk"),
        uses_awk=text("uses.awk") if clients else "",
    )
    return target(stack) + given + text("compose_files.sh")


def compare(stack: Stack, trial: Trial) -> str:
    """Prints the services that Compose resolves otherwise from the changed files, and whether it
    resolves what it should."""
    end = 'compare_files\nprintf "%s\\n" "$changed" "$verdict"\n'
    return target(stack) + _comparing(trial) + end


def write(stack: Stack, trial: Trial, patches: Sequence[Patch]) -> str:
    """Writes the changed files where they are, unless they have changed since they were read."""
    return "".join(
        (
            target(stack),
            _comparing(trial),
            values(
                paths=tuple(patch.path for patch in patches),
                sums=tuple(_sum(patch.before) for patch in patches),
                new_sums=tuple(_sum(patch.after) for patch in patches),
            ),
            text("put.sh"),
            text("write_files.sh"),
        )
    )


def tried(trial: Trial) -> list[str]:
    """What `compare` reads from stdin."""
    further = [trial.further] if trial.further else []
    return [_line(content) for content in (*trial.before, *further, *trial.after)]


def written(trial: Trial, patches: Sequence[Patch]) -> list[str]:
    """What `write` reads from stdin."""
    return [*tried(trial), *(_line(patch.after) for patch in patches)]


def _comparing(trial: Trial) -> str:
    count = len(trial.before)
    given = values(
        handed_list=trial.listed,
        further_list=(*trial.listed, *([descriptor(count)] if trial.further else [])),
        handed_many=count,
        further_many=int(bool(trial.further)),
        further_services=trial.services,
    )
    return given + text("resolved.sh") + text("compare_files.sh")


def _line(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
