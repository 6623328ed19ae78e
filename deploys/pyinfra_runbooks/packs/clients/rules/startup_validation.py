"""Start-up validations in a stack's compose files, and the lines by which clients wait. Pure.

`startup` says which services there have to be; this module says where they go. A ``depends_on``
that is a list can't say what is waited for, and becomes a mapping.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode, SequenceNode

from ....engine.compose import COMPLETED
from ....engine.patching.additions import add, add_service, scalar, to_mapping, unit
from ....engine.patching.compose_file import ComposeFile, empty, entries, sources
from ....engine.patching.inheritance import Place, Sources
from ....engine.patching.patches import Edit
from ....engine.patching.proposals import Proposal
from ....settings import Stack
from ..startup import Validations, validations

_DEPENDS = "depends_on"


@dataclass(frozen=True, slots=True)
class Written:
    """
    A project as its compose files have it: no value of a variable is in this.

    + directory: the project's, as Compose is given it
    + config: what ``docker compose config --format json --no-interpolate`` prints
    + uses: for a service, others that it names as hosts
    + variables: for a service, the names in its environment, its env files included, each with the
      service or the port that it names, or nothing
    """

    directory: str
    config: Mapping[str, Any] = field(repr=False)
    uses: Mapping[str, Collection[str]]
    variables: Mapping[str, Mapping[str, str]]

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """By their names."""
        return self.config.get("services") or {}

    def waits(self, service: str) -> Mapping[str, Any]:
        """What a service waits for, and how."""
        return self.services[service].get(_DEPENDS) or {}


class _NoPlaceError(Exception):
    """A client that can't be given what it waits for; without a name, none can."""

    def __init__(self, client: str, why: str, place: Place | None = None) -> None:
        super().__init__(client)
        where = f" ({place.file.place(place.entry)})" if place else ""
        self.client, self.left = client, f"service {client}{where}: {why}" if client else why


def validated(
    files: Sources,
    own: Sequence[ComposeFile],
    written: Written,
    stack: Stack,
    clients: Sequence[str],
    before: Sequence[tuple[str, Edit]] = (),
) -> Proposal:
    """
    Each client waits until a service has ended that asks its server.

    + files: the stack's compose files
    + own: those that no other one includes: what is added there can name everything
    + written: the project, as they have it
    + stack: who is who
    + clients: which; empty: all
    + before: the edits that are made in any case
    """
    asked = [name for name in clients or sorted(written.services) if name in written.services]
    left = _unvalidated(files, _found(written, stack, asked), clients, written)
    while asked:
        found = _found(written, stack, asked)
        try:
            return replace(_proposal(files, own, written, found, before), left=tuple(left))
        except _NoPlaceError as error:
            left.append(error.left)
            asked = [name for name in asked if error.client not in ("", name)]
    return Proposal(left=tuple(left))


def _found(written: Written, stack: Stack, clients: Sequence[str]) -> Validations:
    # A secret's path starts as Compose was given the directory, which may have several names.
    if written.directory != stack.compose.directory:
        stack = replace(stack, compose=replace(stack.compose, directory=written.directory))
    return validations(
        written.config,
        stack,
        of=clients,
        uses=written.uses,
        variables=written.variables,
        directory=written.directory,
    )


def _unvalidated(
    files: Sources, found: Validations, clients: Sequence[str], written: Written
) -> list[str]:
    """Who can't be validated, and where that stands."""
    left = []
    for one in found.left:
        place = next(iter(files.service(one.client)), None)
        environment = entries(place.entry.value).get("environment") if place else None
        where = place and place.file.place(environment or place.entry)
        left.append(
            f"service {one.client}{f' ({where})' if where else ''}: not validated against"
            f" {one.server}: {one.because}"
        )
    known = {*found.waits, *(one.client for one in found.left)}
    return left + [
        f"service {name}: nothing says that it is a client of a Redis or PostgreSQL of the stack"
        for name in clients
        if name in written.services and name not in known
    ]


def _proposal(
    files: Sources,
    own: Sequence[ComposeFile],
    written: Written,
    found: Validations,
    before: Sequence[tuple[str, Edit]],
) -> Proposal:
    lacking = {
        client: names
        for client, waits in found.waits.items()
        if (names := [name for name in waits if not _waits(written, client, name)])
    }
    if not lacking:
        return Proposal()
    new = _loaded(found.services)
    home = _home(files, own, new)
    draft = _Draft(files, written, lacking, list(before), home)
    for client in sorted(lacking, key=draft.order):
        draft.client(client)
    if new:
        draft.services(home, found.services, new)
    return Proposal(
        tuple(draft.edits[len(before) :]),
        tuple(draft.does),
        override={
            "services": {
                **{c: {_DEPENDS: dict.fromkeys(n, _condition())} for c, n in lacking.items()},
                **new,
            }
        },
        waits=tuple(sorted(lacking)),
        new=tuple(new),
    )


def _waits(written: Written, client: str, name: str) -> bool:
    found = written.waits(client).get(name)
    if found is not None and found.get("condition") != COMPLETED:
        raise _NoPlaceError(
            client, f"it waits for {name}, but on another condition than {COMPLETED}"
        )
    return found is not None


@dataclass
class _Draft:
    """A proposal that is being made.

    + home: the file that gets the services
    + covered: the clients whose lines are written, be it those of another that they take over
    """

    sources: Sources
    written: Written
    lacking: Mapping[str, Sequence[str]]
    edits: list[tuple[str, Edit]]
    home: ComposeFile
    does: list[str] = field(default_factory=list)
    covered: set[str] = field(default_factory=set)

    def order(self, client: str) -> tuple[int, str]:
        """Those that others take settings over from come first."""
        places = self.sources.service(client)
        heirs = self.sources.heirs(client, places[0], _DEPENDS) if places else ()
        return -len(heirs), client

    def client(self, name: str) -> None:
        """Has a client wait."""
        if name in self.covered:
            return
        places = self.sources.service(name)
        if not places:
            raise _NoPlaceError(name, "it stands in no file that was read (an anchor)")
        # Rather beside the services: the other files may be used without that one.
        waiting = [p for p in places if _DEPENDS in entries(p.entry.value)]
        waiting.sort(key=lambda p: p.file is not self.home)
        place = next(iter(waiting), places[0])
        heirs = self.sources.heirs(name, place, _DEPENDS) & {*self.written.services}
        for heir in sorted(heirs):
            if self.lacking.get(heir) != self.lacking[name]:
                raise _NoPlaceError(
                    name, f"{heir} inherits its settings, and would wait, too", place
                )
        edits = _depend(place, self.lacking[name])
        if isinstance(edits, str):
            raise _NoPlaceError(name, edits, place)
        for edit in edits:
            self.take(name, place.file, edit)
        self.covered |= {name, *heirs}
        self.does += [
            f"service {client} waits for {', '.join(self.lacking[client])}"
            for client in (name, *sorted(heirs))
        ]

    def services(self, file: ComposeFile, text: str, new: Mapping[str, Any]) -> None:
        """Adds the services that they wait for."""
        section = file.section("services")
        edit: Edit | str = "it has no services"
        if section:
            flow = (f"{json.dumps(name)}: {json.dumps(service)}" for name, service in new.items())
            edit = add_service(file, section, _lines(file, text), ", ".join(flow))
        if isinstance(edit, str):
            raise _NoPlaceError("", f"no validation can be added to {file.path}: {edit}")
        self.take("", file, edit)
        self.does += [f"service {name} is added" for name in new]

    def take(self, client: str, file: ComposeFile, edit: Edit) -> None:
        """An edit, unless its very line is changed already."""
        if edit.replaces and any(
            path == file.physical and other.replaces and other.line == edit.line
            for path, other in self.edits
        ):
            why = "the same line is changed for networks: apply that patch, and run it again"
            raise _NoPlaceError(client, why if client else f"no validation is added: {why}")
        self.edits.append((file.physical, edit))


def _depend(place: Place, names: Sequence[str]) -> Sequence[Edit] | str:
    """The edits by which a service waits for more, or why there are none."""
    file, mapping = place.file, place.entry.value
    own = entries(mapping).get(_DEPENDS)
    blocks = [_block(file, name, COMPLETED) for name in names]
    flow = ", ".join(_flow(file, name, COMPLETED) for name in names)
    lines = [line for block in blocks for line in block]
    if own is None:
        if any(_DEPENDS in entries(node) for node in sources(mapping)):
            return "its `depends_on` comes by an anchor: write it out in the service itself"
        indented = (f"{' ' * unit(file)}{line}" for line in lines)
        key = scalar(file, _DEPENDS)
        return _one(add(file, place.entry, [f"{key}:", *indented], f"{key}: {{{flow}}}"))
    if own.alias or file.shared(own.value):
        return "its `depends_on` is shared with another by an anchor: write it out in each"
    if own.value.tag.startswith("!"):
        return f"its `depends_on` is marked {own.value.tag}"
    if not isinstance(own.value, SequenceNode) or not own.value.value:
        return _one(add(file, own, lines, flow))
    if not all(isinstance(item, ScalarNode) for item in own.value.value):
        return "its `depends_on` is no list of names"
    there = [str(item.value) for item in own.value.value]
    started = [_block(file, name, "service_started") for name in there]
    words = ", ".join(_flow(file, name, "service_started") for name in there)
    return to_mapping(file, own, [*started, *blocks], f"{{{words}, {flow}}}")


def _one(edit: Edit | str) -> Sequence[Edit] | str:
    return edit if isinstance(edit, str) else [edit]


def _block(file: ComposeFile, name: str, condition: str) -> list[str]:
    return [f"{scalar(file, name)}:", f"{' ' * unit(file)}condition: {condition}"]


def _flow(file: ComposeFile, name: str, condition: str) -> str:
    return f"{scalar(file, name)}: {{{scalar(file, 'condition')}: {scalar(file, condition)}}}"


def _condition() -> dict[str, str]:
    return {"condition": COMPLETED}


def _home(files: Sources, own: Sequence[ComposeFile], new: Mapping[str, Any]) -> ComposeFile:
    """The file in which a server stands that is asked; else the first one with services."""
    servers = [server for service in new.values() for server in service[_DEPENDS]]
    places = [place.file for server in servers for place in files.service(server)]
    with_services = [f for f in own if (s := f.section("services")) and not empty(s.value)]
    return next((file for file in places if file in own), (*with_services, *own)[0])


def _loaded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text) or {}
    return found


def _lines(file: ComposeFile, text: str) -> list[str]:
    """Rendered services from the column of their names on, with anchors that the file has not."""
    for name in dict.fromkeys(re.findall(r"command: &([\w-]+)$", text, re.MULTILINE)):
        new, number = name, 1
        while re.search(rf"&{new}\b(?!-)", file.text):
            number += 1
            new = f"{name}-{number}"
        text = re.sub(rf"(command: [&*]){name}$", rf"\g<1>{new}", text, flags=re.MULTILINE)
    return [line.removeprefix("  ") for line in text.rstrip("\n").split("\n")]
