"""Which compose files a stack was made from, and which ones the inventory names. Pure."""

from __future__ import annotations

import posixpath
from collections import Counter

from ...core.resolution import Refusal
from ...settings import Stack
from ..docker import Container
from ..look import Look


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


def made_from(look: Look) -> dict[tuple[str, ...], list[str]]:
    """The services by the compose files that their containers were made from."""
    made: dict[tuple[str, ...], set[str]] = {}
    for container in look.members():
        if container.config_files:
            made.setdefault(container.config_files, set()).add(container.service)
    return {files: sorted(services) for files, services in made.items()}


def several_files(look: Look, stack: Stack) -> tuple[str, Refusal] | None:
    """
    Where containers were made from different files, and the inventory names none: who from which,
    and why what the files of most do not have may be in the others.
    """
    made = made_from(look)
    if stack.compose.files or len(made) < 2:
        return None
    usual = usual_files(look, stack.compose.directory)
    seen = "containers were created " + ", ".join(
        f"from {' + '.join(_short(files, stack))} ({', '.join(services)})"
        for files, services in sorted(made.items(), key=lambda of: of[0] != usual)
    )
    others = [files for files in made if files != usual]
    named = "..."
    if usual and len(others) == 1:
        named = repr(_short(others[0], stack)).replace("'", '"')
    return seen, Refusal(
        "its containers were created from different compose files, and only the files of most of"
        " them were read",
        f"name the right files in the inventory: Compose(files={named})",
        in_inventory=True,
    )


def made_otherwise(look: Look, stack: Stack, container: Container) -> Refusal | None:
    """
    Why a container must not be recreated from the files of most: an ordinary ``up`` with an
    override recreates only what that changes. None where the inventory names the files, and where
    Compose was called in another directory: that was not meant for this stack.
    """
    usual = usual_files(look, stack.compose.directory)
    if not usual or set(container.config_files) <= set(usual):
        return None
    homes = {c.working_dir for c in look.members() if c.config_files == usual}
    if container.working_dir not in {stack.compose.directory, *homes}:
        return None
    several = several_files(look, stack)
    return several[1] if several else None


def _short(files: tuple[str, ...], stack: Stack) -> tuple[str, ...]:
    """As one would write them into the inventory."""
    inside = f"{posixpath.normpath(stack.compose.directory)}/"
    return tuple(file.removeprefix(inside) for file in files)
