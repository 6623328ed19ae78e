"""The command ``runbooks init``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import click
from paramiko import SSHException

from ...core.shipped import RUNBOOKS
from ...facts.runs import our_version
from .. import options
from ..destination import FORM, Destination, parse
from ..options import MisuseError, PyinfraOptions
from ..running import pyinfra
from .found import Access, Project, described, projects, versions
from .known import unknown_key
from .rendering import PAGES, files, name_of
from .writing import Written, write

KEYS = ("--key", "--ssh-key")
"""pyinfra's option for the private key."""
OVERVIEW = "pyinfra_runbooks.diagnosis.overview"


@click.command(context_settings=options.PASSING)
@options.words(f"{FORM} [DIR]")
@click.option("--project", "chosen", help="The Compose project to declare. Default: it asks.")
@click.option("--name", help="The inventory's name. Default: the host's.")
def init(words: tuple[str, ...], chosen: str | None, name: str | None) -> None:
    """
    Look at a host, and write a repository for it.

    It has the inventory, runbooks and a CI workflow, and is written into DIR; default: here. On the
    host nothing is changed, and no password gets into a file. Called again, it keeps files as a
    person left them, and shows what differs.

    \b
    runbooks init deploy@shop-1.acme.example
    runbooks init deploy@shop-1.acme.example ops --project shop --sudo
    """
    (word, *others), pyinfra_options = options.split(words, FORM)
    if others[1:]:
        raise MisuseError(f"unexpected {others[1]}: expected a host, and a directory")
    destination = parse(word)
    directory = Path(others[0]) if others else Path()
    if directory.exists() and not directory.is_dir():
        raise MisuseError(f"{directory}: expected a directory")
    _know(destination)
    found = _look(destination, pyinfra_options)
    for project in found:
        click.echo("\n".join(described(project)))
    project = _choice(found, chosen)
    pages = {page: (RUNBOOKS / f"{page}.py").read_text(encoding="utf-8") for page in PAGES}
    access = _access(destination, pyinfra_options)
    named = name or name_of(destination.host)
    if name_of(named) != named:
        raise MisuseError(f"--name: expected a name such as {name_of(named)}, got {named}")
    made = write(directory, files(named, access, project, pages, our_version()))
    _say(made, directory)


def _know(destination: Destination) -> None:
    """Has a person know the host's key, if none does."""
    try:
        unknown = unknown_key(destination)
    except (OSError, SSHException, EOFError) as error:
        raise MisuseError(f"{destination.host} can't be reached: {error}") from None
    if unknown is None:
        return
    click.echo(f"Host key of {unknown.name}: {unknown.fingerprint}")
    click.confirm("Is it yours? It is added to ~/.ssh/known_hosts.", abort=True)
    unknown.keep()


def _look(destination: Destination, given: Sequence[str]) -> list[Project]:
    """What the host runs."""
    host = destination.host
    run = pyinfra(["-y", *destination.alone, host, OVERVIEW, *given], PyinfraOptions(given))
    found = projects(run.entries)
    if host in run.unreachable:
        raise MisuseError(f"{host} can't be reached: {run.unreachable[host]}")
    unseen = [entry["unknown"] for entry in run.entries if entry.get("unknown")]
    for reason in unseen if found else ():
        click.echo(f"not looked at: {reason}", err=True)
    if not found:
        raise MisuseError(f"{host}: {'; '.join(unseen) or run.reason()}")
    if docker := versions(run.entries):
        click.echo(f"{host}: {docker}")
    return found


def _choice(found: Sequence[Project], chosen: str | None) -> Project:
    """The project to declare: the only one, the one that is named, or a person's choice."""
    names = [project.name for project in found]
    if chosen is None and len(found) > 1:
        choice = click.Choice(names)
        chosen = click.prompt("Which project?", type=choice, default=names[0])
    if chosen is not None and chosen not in names:
        raise MisuseError(f"--project: expected one of {', '.join(names)}, got {chosen}")
    return found[0] if chosen is None else found[names.index(chosen)]


def _access(destination: Destination, given: Sequence[str]) -> Access:
    """How the inventory says that the host is connected to."""
    joined = dict(pairwise((*given, "")))
    joined |= dict(word.split("=", 1) for word in given if word.startswith("--") and "=" in word)
    known = {"--sudo", *KEYS}
    for word in given:
        if word.startswith("-") and word.partition("=")[0] not in known:
            click.echo(f"{word} is not written into the inventory: add it there", err=True)
    return Access(
        destination.host,
        destination.user,
        destination.port,
        sudo="--sudo" in given,
        key=next((joined[name] for name in KEYS if name in joined), ""),
    )


def _say(made: Written, directory: Path) -> None:
    for name in made.new:
        click.echo(f"wrote {directory / name}")
    for name, difference in made.kept.items():
        click.echo(f"kept {directory / name}, which differs:\n{difference}")
    if not made.new and not made.kept:
        click.echo(f"{directory.resolve()}: nothing has changed")
    click.echo("Nothing on the host was changed, and no password was read into these files.")
    if made.new:
        place = "" if directory == Path() else f"cd {directory} && "
        click.echo(f"Next: read what says Check in group_data, then: {place}runbooks check")
