"""What a job is about: an inventory, a host of one, or a host that no inventory has."""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from pathlib import Path

import click

from ..core.shipped import RUNBOOKS
from .completing import INVENTORIES
from .destination import is_inventory, parse
from .groups import hosts_of, is_group
from .options import MisuseError

DIAGNOSE = str(RUNBOOKS / "diagnose.py")
"""What a host that is named alone is looked at with."""


@dataclass(frozen=True, slots=True)
class Target:
    """
    What a job is about.

    + inventory: as pyinfra takes it
    + options: what pyinfra gets about how to connect to the host
    + only: the host of the inventory that was named; empty: all of them
    + declared: whether an inventory has it
    """

    inventory: str
    options: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    declared: bool = True


def target(word: str) -> Target:
    """
    What a word names: an inventory that is there, a host that one of this project's inventories
    has, with all that it says of it, or a host without one.

    + word: a path, or `destination.FORM`

    Raises `MisuseError` for a word that is none of these, or a host that several inventories have.
    """
    if Path(word).exists() or is_inventory(word):
        return Target(word)
    destination = parse(word)
    having = _inventories_with(destination.host)
    if len(having) > 1:
        raise MisuseError(
            f"{destination.host} is in {' and '.join(having)}: name one of them, and the host with"
            f" --limit {destination.host}"
        )
    if having:
        return Target(having[0], destination.options, (destination.host,))
    return Target(destination.host, destination.alone, declared=False)


def _inventories_with(host: str) -> list[str]:
    """
    This project's inventories that name a host. One that can't be read is said, and keeps no host
    from being looked at. What a connector of pyinfra's would find is not among the names.
    """
    having = []
    for path in sorted(INVENTORIES.glob("*.py")):
        try:
            defined = runpy.run_path(str(path))
            groups = [group for name, group in defined.items() if is_group(name)]
            if any(host in hosts_of(group) for group in groups):
                having.append(str(path))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a file of its own
            click.echo(f"{path} can't be read: {type(error).__name__}: {error}", err=True)
    return having
