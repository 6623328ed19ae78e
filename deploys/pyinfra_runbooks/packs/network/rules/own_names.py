"""A name that no other project has, for a server whose own name others answer to as well. Pure.

Its clients have to use it then: a line with a variable of theirs is never shown, so that is said in
words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.nodes import MappingNode, SequenceNode

from ....engine.compose import Declared, DeclaredService
from ....engine.look import Look
from ....engine.patching.additions import add, add_last, scalar, to_mapping, unit
from ....engine.patching.compose_file import empty, entries
from ....engine.patching.inheritance import Place, Sources
from ....engine.patching.patches import Edit
from ....engine.patching.proposals import Proposal


@dataclass(frozen=True, slots=True)
class OwnName:
    """
    A name that a service gets.

    + network: where, as Compose calls it
    + name: the name
    + instead: the one that others have there, too
    + clients: who uses that, and the variables that name it; none: what names it is not known
    """

    service: str
    network: str
    name: str
    instead: str = field(compare=False)
    clients: tuple[tuple[str, tuple[str, ...]], ...] = field(compare=False)

    def words(self) -> Iterator[str]:
        """What has to be done besides, by who knows the values of these variables."""
        for client, variables in self.clients:
            what = ", ".join(variables) or "whatever names it"
            yield f"and have {what} of {client} name {self.name} in the place of {self.instead}"
        services = " ".join((self.service, *(client for client, _ in self.clients)))
        yield f"then: docker compose up -d {services}"


def own_name(look: Look, network: str, name: str) -> OwnName | None:
    """
    What the service of a name is to be called by its clients; None: who they are is not known, or
    they meet it nowhere.

    + network: where others answer to that name
    """
    services = look.declared.services
    service = next((s for s in services.values() if name in _names(s, network)), None)
    if service is None:
        return None
    clients = _clients(look, service, name)
    shared = [n for n in service.networks if all(n in services[c].networks for c in clients)]
    shared.sort(key=lambda n: (look.declared.networks[n].external, n))
    wanted = f"{look.declared.name}-{service.name}"
    if not clients or not shared or _taken(look, wanted):
        return None
    key = look.declared.networks[shared[0]].key
    return OwnName(service.name, key, wanted, name, tuple(clients.items()))


def _names(service: DeclaredService, network: str) -> frozenset[str]:
    """What Compose has a service called on a network."""
    there = service.networks.get(network)
    return frozenset({service.name, *there.aliases}) if there else frozenset()


def _clients(look: Look, server: DeclaredService, name: str) -> dict[str, tuple[str, ...]]:
    """The services that use a name, and the variables that name it."""
    found: dict[str, tuple[str, ...]] = {}
    for service in look.declared.services.values():
        seen = [look.found.seen.get(c.id) for c in look.members(service.name)]
        named = {link.variable for s in seen if s for link in s.links if link.host == name}
        if service is not server and (named or name in service.uses):
            found[service.name] = tuple(sorted(named))
    return found


def _taken(look: Look, name: str) -> bool:
    """Whether anything on the host has that name."""
    names = {n for c in look.containers for e in c.networks.values() for n in e.names}
    return name in {*names, *(c.name for c in look.containers), *look.declared.services}


def own_names(files: Sources, declared: Declared, wanted: Mapping[str, OwnName]) -> Proposal:
    """
    The lines that give services another name.

    + files: the stack's compose files
    + declared: what Compose resolves from them
    + wanted: by service, what it is to be called
    """
    made = [_made(files, declared.services[service], own) for service, own in wanted.items()]
    edits = [edit for of, _ in made for edit in of]
    given = [own for (of, _), own in zip(made, wanted.values(), strict=True) if of]
    return Proposal(
        tuple(edits),
        tuple(f"service {o.service} is also called {o.name} on {o.network}" for o in given),
        tuple(left for _, left in made if left),
        _document(given),
        tuple(own.service for own in given),
    )


def _document(given: list[OwnName]) -> dict[str, Any]:
    """Services with one name more, as a compose file."""
    networks = {o.service: {"networks": {o.network: {"aliases": [o.name]}}} for o in given}
    return {"services": networks} if networks else {}


def _made(
    files: Sources, service: DeclaredService, own: OwnName
) -> tuple[list[tuple[str, Edit]], str]:
    """The edits for one service; or why there are none."""
    about, places = f"service {service.name}", files.service(service.name)
    if not places:
        return [], f"{about}: it stands in no file that was read (an anchor, an included file)"
    place = next((p for p in places if "networks" in entries(p.entry.value)), places[0])
    inherited = "others inherit its settings, and would have that name, too"
    made = inherited if files.heirs(service.name, place) else _edits(place, own)
    if isinstance(made, str):
        return [], f"{about} ({place.file.place(place.entry)}): {made}"
    return [(place.file.physical, edit) for edit in made], ""


def _edits(place: Place, own: OwnName) -> list[Edit] | str:
    file, name = place.file, scalar(place.file, own.name)
    indent, key = " " * unit(file), scalar(file, own.network)
    alone = [f"{key}:", f"{indent}aliases: [{name}]"]
    flow = f"{key}: {{aliases: [{name}]}}"
    there = entries(place.entry.value).get("networks")
    if there is None:
        block = ["networks:", *(f"{indent}{line}" for line in alone)]
        return _one(add(file, place.entry, block, f"networks: {{{flow}}}", bare=True))
    if there.alias or file.shared(there.value):
        return "its networks are written as an alias"
    if isinstance(there.value, SequenceNode):
        listed = [str(item.value) for item in there.value.value]
        blocks = [alone if n == own.network else [f"{scalar(file, n)}:"] for n in listed]
        each = (flow if n == own.network else f"{scalar(file, n)}: null" for n in listed)
        return to_mapping(file, there, blocks, f"{{{', '.join(each)}}}", bare=True)
    at = entries(there.value).get(own.network)
    if at is None:
        return "it lists its networks in several places"
    names = entries(at.value).get("aliases")
    if names is not None and isinstance(names.value, SequenceNode):
        return _one(add_last(file, names, own.name, bare=True))
    if names is None and (empty(at.value) or isinstance(at.value, MappingNode)):
        return _one(add(file, at, [f"aliases: [{name}]"], f"aliases: [{name}]", bare=True))
    return "it has names there by an anchor"


def _one(edit: Edit | str) -> list[Edit] | str:
    return edit if isinstance(edit, str) else [edit]
