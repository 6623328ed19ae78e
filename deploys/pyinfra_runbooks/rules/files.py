"""Which compose files a stack was made from, and which ones the inventory names. Pure."""

from __future__ import annotations

from collections import Counter

from ..look import Look
from ..settings import Stack


def usual_files(look: Look, directory: str | None = None) -> tuple[str, ...]:
    """The compose files that most of the stack's containers were made from; () where none are.

    + directory: the project's; containers that were made in it count before all others
    """
    made = [c for c in look.members() if c.config_files]
    made = [c for c in made if c.working_dir == directory] or made
    counted = Counter(c.config_files for c in made).most_common(2)
    if not counted or (len(counted) > 1 and counted[0][1] == counted[1][1]):
        return ()
    return counted[0][0]


def named_files(stack: Stack) -> tuple[str, ...]:
    """The compose files that the inventory names, by their full paths; () where it names none."""
    return tuple(stack.compose.path(file) for file in stack.compose.files)
