"""What was changed and refused on hosts, in columns: `runbooks history`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ..core import audit
from ..core.showing import IN_A_LOG, printable
from . import options, pausing
from .options import PyinfraOptions
from .running import Entry, Run, pyinfra

NOTHING = "nothing was changed or refused, or this user may not read the audit log"


def read(inventory: str, hosts: Sequence[str], lines: int, pyinfra_options: Sequence[str]) -> Run:
    """
    Reads the audit of hosts.

    + inventory: as pyinfra takes it
    + hosts: their names; none: all
    + lines: how many of the last lines
    + pyinfra_options: the options that a person gave for pyinfra
    """
    command = ["-y", inventory, "pyinfra_runbooks.history.show", f"lines={lines}"]
    return pyinfra([*command, *pyinfra_options], PyinfraOptions(pyinfra_options, hosts or None))


def shown(entries: Sequence[Entry], verbose: bool = False) -> Iterator[str]:
    """
    What was read, host by host.

    + entries: the run's events
    + verbose: whether all that is known is shown: who, from where, and by which run
    """
    read = [entry for entry in entries if entry["event"] == "history"]
    width = shutil.get_terminal_size((IN_A_LOG, 24)).columns
    for number, entry in enumerate(read):
        if len(read) > 1:
            yield from ([""] if number else [])
            yield f"{printable(entry['host'])}:"
        made: Sequence[Mapping[str, Any]] = entry["entries"]
        yield from map(audit.shown, made) if verbose else audit.table(made, width)
        if not made:
            yield NOTHING


def as_json(entries: Sequence[Entry]) -> str:
    """The same for programs: the lines of the audit by the hosts' names."""
    read = {entry["host"]: entry["entries"] for entry in entries if entry["event"] == "history"}
    return json.dumps(read, indent=2)


@click.command(context_settings=options.PASSING)
@options.words("[INVENTORY] [HOSTS]...", "hosts")
@click.option(
    "-n", "--lines", type=click.IntRange(1), default=20, show_default=True, help="How many."
)
@click.option("-v", "--verbose", is_flag=True, help="Show who, from where, and how it ended.")
@click.option("--json", "plain", is_flag=True, help="Print the lines of the audit as JSON.")
def history(words: tuple[str, ...], lines: int, verbose: bool, plain: bool) -> None:
    """
    Show what was changed and refused on hosts.

    The oldest comes first.

    \b
    runbooks history inventories/prod.py web-1
    """
    (inventory, *hosts), pyinfra_options = options.split(words, "INVENTORY")
    names = pausing.named(inventory, hosts, pyinfra_options) if hosts else []
    run = read(inventory, names, lines, pyinfra_options)
    if plain:
        click.echo(as_json(run.entries))
    if run.code or run.interrupted:
        click.echo("\n".join(run.printed), err=True)
        sys.exit(1)
    if not plain:
        click.echo("\n".join(shown(run.entries, verbose)))
