"""The scripts that read a stack's compose files, try changed ones, and write them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ..composefile import ComposeFile
from ..patches import Patch
from ..settings import Stack
from . import text, values
from .look import target

MOST = 7
"""Files that can be tried at once: POSIX sh knows no descriptors beyond 9."""


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What Compose is asked about changed files.

    + control: Compose's list of files, with descriptors in the place of those in `before`
    + trial: the same, with those in `after`
    + before: files as they are
    + after: files as they would be
    + further: a compose file with what is asked for besides; empty: nothing is
    """

    control: tuple[str, ...]
    trial: tuple[str, ...]
    before: tuple[bytes, ...]
    after: tuple[bytes, ...]
    further: bytes = b""


def read(stack: Stack, more: Sequence[str] = ()) -> str:
    """Prints the stack's compose files, and what Compose resolves without the values.

    + more: these files instead; default: those that the stack consists of
    """
    given = values(more_files=tuple(more), config_awk=text("config.awk"))
    return target(stack) + given + text("compose_files.sh")


def compare(stack: Stack, trial: Trial) -> str:
    """Prints whether Compose resolves from the changed files what it should."""
    return target(stack) + _comparing(trial) + 'compare_files\nprintf "%s\\n" "$verdict"\n'


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


def trial(files: Sequence[ComposeFile], patches: Sequence[Patch], further: str) -> Trial:
    """How Compose is asked about the patches.

    + files: the stack's files, in Compose's order
    + further: a compose file with what is asked for besides; empty: nothing is
    """
    changed = {patch.path: patch for patch in patches}
    numbers = {path: number for number, path in enumerate(changed)}
    given = tuple(
        descriptor(numbers[file.physical]) if file.physical in numbers else file.path
        for file in files
    )
    before, after = [p.before for p in patches], [p.after for p in patches]
    return Trial(given, given, tuple(before), tuple(after), further.encode())


def descriptor(number: int) -> str:
    """How Compose is given a file that comes over stdin, the first one being 0."""
    return f"/dev/fd/{number + 3}"


def _comparing(trial: Trial) -> str:
    count = len(trial.before)
    given = values(
        control_list=trial.control,
        trial_list=trial.trial,
        further_list=(*trial.control, *([descriptor(count)] if trial.further else [])),
        control_many=count,
        further_many=int(bool(trial.further)),
        trial_many=len(trial.after),
    )
    return given + text("resolved.sh") + text("compare_files.sh")


def _line(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
