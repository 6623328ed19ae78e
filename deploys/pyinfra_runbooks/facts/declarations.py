"""What is left to declare in a stack's compose files, proved by asking Compose."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra.api import Host

from ..core.unknown import Unknown
from ..engine.look import Look
from ..engine.patching.compose_file import ComposeFile, NotYamlError
from ..engine.patching.inheritance import Sources
from ..engine.patching.patches import Edit, Patch
from ..engine.patching.proposals import Proposal, together
from ..engine.patching.trials import MOST, Include, Trial, includes, trial
from ..engine.rules.resolution import why_not_recreate
from ..engine.run import run_of
from ..packs.clients.rules.startup_validation import validated
from ..packs.network.rules import sharing
from ..packs.network.rules.declared_networks import networks
from ..packs.network.rules.own_names import OwnName, own_names
from ..settings import Stack
from .compose_files import Files, comparison, compose_files

_SHOWABLE = re.compile(r"[\w.@+=,-]+(/[\w.@+=,-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A proposal, and what came of asking Compose about it.

    + proposal: what there is to declare
    + patches: the files with the proposal: Compose resolves the same, but for what is asked for
    + trial: what proves that
    + recreates: the services whose containers the next ``up`` recreates for it
    """

    proposal: Proposal
    patches: tuple[Patch, ...] = ()
    trial: Trial | None = None
    recreates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is declared only because it is asked for.

    + attached: services for which the networks that they were attached to by hand are declared, too
    + validated: the clients that get a start-up validation; empty: all; None: none of them
    + shared: clients that get a network in common with their servers
    + alone: whether nothing else is declared
    + named: services that get a name of their own
    """

    attached: tuple[str, ...] = ()
    validated: tuple[str, ...] | None = None
    shared: tuple[str, ...] = ()
    alone: bool = False
    named: tuple[OwnName, ...] = ()


def declaration(
    host: Host, stack: Stack, look: Look, wanted: Wanted | None = None
) -> Declaration | Unknown:
    """
    What is left to declare on a host; `Unknown`, with the reason, where that can't be proved.

    + host: the host
    + stack: the stack
    + look: what was seen of it
    + wanted: what is asked for besides; default: nothing
    """
    known, wanted = run_of(host).of(stack), wanted or Wanted()
    kept = known.declaration
    if kept is None or kept[0] is not look or kept[1] != wanted:
        kept = known.declaration = (look, wanted, _declaration(host, stack, look, wanted))
    found: Declaration | Unknown = kept[2]
    return found


def _declaration(host: Host, stack: Stack, look: Look, wanted: Wanted) -> Declaration | Unknown:
    if doubt := next(iter(why_not_recreate(look, stack, there=True)), None):
        return Unknown(f"{doubt.because}. {doubt.instead}")
    files = compose_files(host, stack, clients=wanted.validated is not None)
    if isinstance(files, Unknown):
        return files
    if files.declared is None:
        return Unknown("Compose can't resolve the project")
    if missing := {*wanted.attached, *wanted.shared, *(wanted.validated or ())} - {
        *files.declared.services
    }:
        there = ", ".join(sorted(files.declared.services))
        return Unknown(f"there is no service {', '.join(sorted(missing))}, but {there}")
    if unread := _unread(files.files):
        return Unknown(unread)
    included = _included(host, stack, files)
    if isinstance(included, Unknown):
        return included
    sources = Sources(files.directory, (*files.files, *included.values()))
    joins = sharing.wanted(look, look.whole(stack), wanted.shared)
    proposal = networks(sources, files.declared, look, wanted.attached, joins, wanted.alone)
    if wanted.named:
        named = own_names(sources, files.declared, {own.service: own for own in wanted.named})
        proposal = together([proposal, named])
    if wanted.validated is not None:
        proposal = together([proposal, _validated(sources, files, stack, wanted, proposal)])
    if not proposal.edits:
        return Declaration(proposal)
    return _proved(host, stack, files, included, proposal)


def _validated(
    sources: Sources, files: Files, stack: Stack, wanted: Wanted, before: Proposal
) -> Proposal:
    if files.written is None:
        why = "Compose can't say the project without the values of its variables"
        return Proposal(left=(f"no start-up validation is added: {why}",))
    clients = wanted.validated or ()
    return validated(sources, files.files, files.written, stack, clients, before.edits)


def _included(host: Host, stack: Stack, files: Files) -> dict[Include, ComposeFile] | Unknown:
    named = includes(files.files, files.directory)
    if not named:
        return {}
    read = compose_files(host, stack, [include.path for include in named])
    if isinstance(read, Unknown):
        return read
    if unread := _unread(read.files):
        return Unknown(unread)
    return dict(zip(named, read.files, strict=True))


def _unread(files: Sequence[ComposeFile]) -> str | None:
    for file in files:
        try:
            file.root  # noqa: B018 - it is read when it is asked for
        except NotYamlError as error:
            return f"{file.path} {error}"
    return None


def _proved(
    host: Host,
    stack: Stack,
    files: Files,
    included: dict[Include, ComposeFile],
    proposal: Proposal,
) -> Declaration | Unknown:
    """Only what Compose resolves as expected is proposed."""
    patches = _patches(files.directory, (*files.files, *included.values()), proposal.edits)
    if isinstance(patches, Unknown):
        return patches
    asked = trial(files.files, patches, proposal.override, included)
    if len(asked.before) + bool(asked.override) > MOST:
        return Unknown(f"{len(asked.before)} files would change, and {MOST} can be tried at once")
    compared = comparison(host, stack, asked)
    if isinstance(compared, Unknown):
        return compared
    verdict, changed = compared
    if verdict != "same":
        return Unknown(_in_words(verdict, files))
    recreates = {*proposal.recreates, *({*proposal.waits} & changed)}
    return Declaration(proposal, patches, asked, tuple(sorted(recreates)))


def _patches(
    directory: str, files: Sequence[ComposeFile], edits: Sequence[tuple[str, Edit]]
) -> tuple[Patch, ...] | Unknown:
    patches = []
    for file in {file.physical: file for file in files}.values():
        own = tuple(edit for path, edit in edits if path == file.physical)
        inside = f"{directory}/"
        name = file.physical
        shown = name.removeprefix(inside) if name.startswith(inside) else posixpath.basename(name)
        if own and not _SHOWABLE.fullmatch(shown):
            return Unknown("a patch can't name a file with such characters: rename it")
        if own:
            patches.append(Patch(file.physical, shown, file.content, own))
    return tuple(patches)


def _in_words(verdict: str, files: Files) -> str:
    match verdict.split(" ", 1):
        case ["unlike"] if not files.named:
            return (
                "Compose resolves something else than from the files that were read (COMPOSE_FILE,"
                " perhaps): name them in the inventory, Compose(files=...)"
            )
        case ["unlike"]:
            return (
                "Compose resolves something else from these files when they are handed to it one"
                " by one, so nothing can be proved beforehand"
            )
        case ["unexpected"]:
            return "Compose does not accept what is asked for"
        case ["concerns", services]:
            return f"what is asked for would change more than that: one of {services}"
        case ["differs", services]:
            whose = services or "something other than a service"
            return f"with these lines the files would mean something else for {whose}"
    return "Compose can't resolve the project"
