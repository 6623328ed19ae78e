"""The hosts that an inventory and pyinfra's options name, as pyinfra itself reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .options import MisuseError, PyinfraOptions
from .running import Running


@dataclass(frozen=True, slots=True)
class Listing:
    """
    + hosts: the names, in the inventory's order
    + sources: the files and directories that they are read from
    + notes: what is perhaps a mistake there
    """

    hosts: tuple[str, ...]
    sources: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def read(inventory: str, pyinfra_options: Sequence[str], *runbooks: str) -> Listing:
    """
    The hosts of an inventory that the options choose; none is connected to.

    + inventory: as pyinfra takes it
    + pyinfra_options: the options that a person gave for pyinfra
    + runbooks: files to add to the sources

    Raises `MisuseError` with pyinfra's message.
    """
    arguments = ["-y", inventory, "debug-inventory", *runbooks, *pyinfra_options]
    run = Running(arguments, PyinfraOptions(pyinfra_options, listing=True)).result()
    found = next((entry for entry in run.entries if entry["event"] == "hosts"), None)
    if found is None:
        raise MisuseError(run.reason())
    return Listing(tuple(found["names"]), tuple(map(Path, found["sources"])), tuple(found["notes"]))
