"""What a job is about: an inventory, a host of one, or a host that no inventory has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from .destination import Destination, is_inventory, parse
from .inventory import reading
from .options import MisuseError

INVENTORIES = Path("inventories")
"""Where this project's inventories are; a host that is named alone may be in one of them."""

DIAGNOSE = str(Path(__file__).with_name("runbooks") / "diagnose.py")
"""What a host that is named alone is looked at with."""


@dataclass(frozen=True, slots=True)
class Target:
    """
    What a job is about.

    + inventory: as pyinfra takes it
    + options: what pyinfra is told of how the host is connected to
    + only: the host of the inventory that was named; empty: all of them
    + declared: whether an inventory has it
    """

    inventory: str
    options: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    declared: bool = True


def target(word: str, pyinfra_options: Sequence[str] = ()) -> Target:
    """
    What a word names: an inventory that is there, a host that one of this project's inventories
    has, with all that it says of it, or a host without one.

    + word: a path, or `destination.FORM`
    + pyinfra_options: the options that a person gave for pyinfra

    Raises `MisuseError` for a word that is none of these, or a host that several inventories have.
    """
    if Path(word).exists() or is_inventory(word):
        return Target(word)
    destination = parse(word)
    having = _inventories_with(destination, pyinfra_options)
    if len(having) > 1:
        raise MisuseError(
            f"{destination.host} is in {' and '.join(having)}: name one of them, and the host with"
            f" --limit {destination.host}"
        )
    if having:
        return Target(having[0], destination.options, (destination.host,))
    return Target(destination.host, destination.alone, declared=False)


def _inventories_with(destination: Destination, pyinfra_options: Sequence[str]) -> list[str]:
    """This project's inventories that have a host, as pyinfra reads them; all are read at once. One
    that can't be read is said, and keeps no host from being looked at."""
    paths = [str(path) for path in sorted(INVENTORIES.glob("*.py")) if path.name[0] not in "._"]
    having = []
    for path, listing in [(path, reading(path, pyinfra_options)) for path in paths]:
        try:
            if destination.host in listing().hosts:
                having.append(path)
        except MisuseError as error:
            click.echo(f"{path} can't be read: {error.message}", err=True)
    return having
