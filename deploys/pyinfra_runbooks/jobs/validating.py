"""Validate: an inventory, before any host is contacted; and then what only its hosts can say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from ..core.finding import Finding
from ..core.resolution import Refusal
from . import drift, options
from .hosts import HostReport
from .inventory import Listing, read
from .mistakes import place_within, python_files
from .options import MisuseError


@click.command(context_settings=options.PASSING)
@options.words("[INVENTORY]")
@click.option("--hosts", is_flag=True, help="Look at the hosts as well; nothing is changed there.")
def validate(words: tuple[str, ...], hosts: bool) -> None:
    """
    Judge an inventory; no host is contacted. 0: right, 1: a mistake.

    Each mistake is a line with its file and line, what was expected there, and what may be meant.
    Every run judges by the same rules. What only a host can say, such as the services that Compose
    declares or whether a check's port is open, needs --hosts.

    \b
    runbooks validate inventories/prod.py
    runbooks validate --hosts --limit web-1
    """
    (inventory, *others), pyinfra_options = options.split(words, "INVENTORY")
    if others:
        raise MisuseError(f"unexpected {others[0]}: expected an inventory")
    try:
        listing = read(inventory, pyinfra_options)
    except MisuseError as error:
        raise SystemExit(_said([error.message])) from None
    wrong = [*_of_hosts(inventory, pyinfra_options, listing)] if hosts else []
    for line in (*listing.notes, *wrong):
        click.echo(line)
    if wrong:
        raise SystemExit(1)
    count = f"{len(listing.hosts)} {'host' if len(listing.hosts) == 1 else 'hosts'}"
    click.echo(
        f"{inventory}: nothing is wrong, and {count} agreed"
        if hosts
        else f"{inventory}: nothing is wrong in its files ({count}; --hosts asks there, too)"
    )


def _said(messages: Sequence[str]) -> int:
    for message in messages:
        click.echo(message, err=True)
    return 1


def _of_hosts(inventory: str, given: Sequence[str], listing: Listing) -> Iterator[str]:
    """What the hosts of an inventory say of it."""
    files = [*python_files(listing.sources)]
    runbook = drift.runbook(drift.DEFAULT, inventory)
    report = drift.check(drift.Job(inventory, runbook, given))
    for host in report.hosts:
        yield from _of_host(host, files)
    if report.error:
        yield f"{inventory}: {report.error}"


def _of_host(host: HostReport, files: Sequence[Path]) -> Iterator[str]:
    if host.error:
        yield f"{place_within(files, host.error, host.name)}: {host.name}: {host.error}"
        return
    for finding in host.findings:
        if _is_of_the_inventory(finding):
            do = finding.resolution.instead if isinstance(finding.resolution, Refusal) else ""
            seen = "; ".join(filter(None, (finding.evidence, do)))
            place = place_within(files, finding.problem, host.name, first=finding.subject)
            yield f"{place}: {host.name}: {finding.subject}: {finding.problem} ({seen})"


def _is_of_the_inventory(finding: Finding[Any]) -> bool:
    answer = finding.resolution
    asks = isinstance(answer, Refusal) and answer.in_inventory
    return asks or finding.kind.about_inventory
