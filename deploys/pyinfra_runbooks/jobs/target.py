"""What a job is about: an inventory, a host of one, or a host that no inventory has."""

from __future__ import annotations

import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from ..core.shipped import RUNBOOKS
from .completing import INVENTORIES
from .destination import is_inventory, parse
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
            if host in _names(runpy.run_path(str(path))):
                having.append(str(path))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a file of its own
            click.echo(f"{path} can't be read: {type(error).__name__}: {error}", err=True)
    return having


def _names(defined: Mapping[str, object]) -> Iterator[str]:
    """The hosts of the groups that a file defines, as pyinfra has it: a list of names, or of pairs
    of a name and data; or a pair of such a list and data."""
    for name, group in defined.items():
        hosts = group[0] if isinstance(group, tuple) and group else group
        if name.startswith("_") or not isinstance(hosts, (list, tuple)):
            continue
        for host in hosts:
            named = host[0] if isinstance(host, tuple) and host else host
            if isinstance(named, str):
                yield named
