"""What a compose file leaves to Compose about networks, and the lines that would say it. Pure.

A service without ``networks`` is on the network ``default``; a network without ``name`` has one of
the project's name and its key. Both are written down as they are now: nothing is recreated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ....core.kind import kind
from ....engine.compose import Attachment, Declared, DeclaredNetwork, DeclaredService
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import Part
from ....engine.patching.additions import add, add_items, add_section, listed, scalar, unit
from ....engine.patching.compose_file import ComposeFile, empty, entries, sources
from ....engine.patching.inheritance import Place, Sources
from ....engine.patching.patches import Edit
from ....engine.patching.proposals import Proposal

UNDECLARED = kind(
    "undeclared",
    title="The compose files rely on defaults that can be written down",
    part=Part.NETWORK,
    means="Networks depend on the project's name, or clients start before their server serves.",
    known="The compose files, and what Compose resolves from them.",
    repair="The lines are shown as a patch; `--data confirm=true` writes them in place.",
    undo="The former files are kept beside them.",
)

_DEFAULT = "default"
_BUILT_IN = {"bridge", "host", "none"}  # Docker's own, which no compose file can name


@dataclass
class _Draft:
    """A proposal that is being made.

    + edited: the mappings that were given a key
    + sections: by file, the networks that it gets: their lines by their keys
    + further: by service, the networks that it gets besides what Compose resolves, by their keys:
      their names, or nothing where the project knows them
    """

    sources: Sources
    declared: Declared
    edits: list[tuple[str, Edit]] = field(default_factory=list)
    does: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    further: dict[str, dict[str, str]] = field(default_factory=dict)
    edited: list[object] = field(default_factory=list)
    sections: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def leave(self, about: str, why: str, place: Place | None = None) -> None:
        """Something is left as it is."""
        where = f" ({place.file.place(place.entry)})" if place else ""
        self.left.append(f"{about}{where}: {why}")

    def apart(self, file: ComposeFile, edit: Edit | str) -> Edit | str:
        """The edit, unless its line is replaced already: each is made of the line as it is."""
        if isinstance(edit, str) or not edit.replaces:
            return edit
        replaced = {(path, other.line) for path, other in self.edits if other.replaces}
        if (file.physical, edit.line) in replaced:
            return "this patch changes its line otherwise: run it again after that"
        return edit

    def take(self, about: str, place: Place, edit: Edit | str) -> bool:
        """An edit, unless there is only a reason why there is none."""
        edit = self.apart(place.file, edit)
        if isinstance(edit, str):
            self.leave(about, edit, place)
            return False
        self.edits.append((place.file.physical, edit))
        self.edited.append(place.entry.value)
        return True


def networks(
    files: Sources,
    declared: Declared,
    look: Look,
    attached: Sequence[str] = (),
    joins: Mapping[str, Mapping[str, str]] | None = None,
    alone: bool = False,
) -> Proposal:
    """
    Each service lists its networks, and each network of the project has a fixed name.

    + files: the stack's compose files
    + declared: what Compose resolves from them, the services of all profiles included
    + look: what runs
    + attached: services whose containers were attached to further networks by hand; these are
      declared, too
    + joins: services that get a network in common with others, and which: keys and names
    + alone: whether nothing but these is declared; default: ``False``
    """
    draft = _Draft(files, declared)
    further = {} if alone else dict(_by_hand(draft, look, attached))
    for name, keys in (joins or {}).items():
        further[name] = {**further.get(name, {}), **keys}
    for service in _in_order(draft):
        if not alone or service.name in further:
            _service(draft, service, further.get(service.name, {}))
    if not alone:
        _names(draft, look)
    for file in files.files:
        _section(draft, file, draft.sections.get(file.physical, {}))
    return Proposal(
        tuple(draft.edits),
        tuple(draft.does),
        tuple(draft.left),
        _document(draft.further),
        tuple(sorted(draft.further)),
    )


def _document(further: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Services with more networks, as a compose file."""
    if not further:
        return {}
    names = {key: name for keys in further.values() for key, name in keys.items() if name}
    return {
        "services": {service: {"networks": dict.fromkeys(k)} for service, k in further.items()},
        "networks": {key: {"name": name, "external": True} for key, name in names.items()},
    }


def _in_order(draft: _Draft) -> list[DeclaredService]:
    """Services as they stand in the files; those that are an alias of others after them."""

    def order(service: DeclaredService) -> tuple[bool, int]:
        places = draft.sources.find("services", service.name)
        return (any(p.entry.alias for p in places), places[0].entry.line if places else 0)

    return sorted(draft.declared.services.values(), key=order)


def _service(draft: _Draft, service: DeclaredService, further: Mapping[str, str]) -> None:
    """Has a service list its networks."""
    about, places = f"service {service.name}", draft.sources.service(service.name)
    implicit = _is_default(draft.declared, service)
    lists = [p for p in places if "networks" in draft.sources.keys(p)]
    if lists and further:
        _list_more(draft, about, service.name, lists[0], further)
    elif lists and implicit and not any(map(_says_something, lists)):
        draft.leave(about, "its `networks` is empty or reset", lists[0])
    if lists or not (implicit or further):
        return
    if not places:
        draft.leave(about, "it stands in no file that was read (an anchor, an included file)")
        return
    place = places[0]
    if any(node is place.entry.value for node in draft.edited):
        return  # It is an alias of one that lists them now.
    for heir in sorted(draft.sources.heirs(service.name, place)):
        other = draft.declared.services.get(heir)
        if further or (other and not _is_default(draft.declared, other)):
            draft.leave(
                about, f"{heir} inherits its settings, and would be on these networks, too", place
            )
            return
    block, flow = listed(place.file, "networks", [_DEFAULT, *further])
    if draft.take(about, place, add(place.file, place.entry, block, flow, bool(further))):
        draft.does.append(f"{about} lists {', '.join([_DEFAULT, *further])}")
        _note_further(draft, service.name, place, {_DEFAULT: ""} if further else {}, further)


def _list_more(
    draft: _Draft, about: str, name: str, place: Place, further: Mapping[str, str]
) -> None:
    """A service that lists networks gets more of them."""
    own = entries(place.entry.value).get("networks")
    if own is None:
        draft.leave(about, "its networks come by an anchor or `extends`", place)
    elif draft.take(
        about, Place(place.file, own), add_items(place.file, own, [*further], bare=True)
    ):
        draft.does.append(f"{about} also lists {', '.join(further)}")
        _note_further(draft, name, place, {}, further)


def _note_further(
    draft: _Draft, name: str, place: Place, also: Mapping[str, str], further: Mapping[str, str]
) -> None:
    """What is listed has to be defined; in the same file, so that each one stays whole alone."""
    if not further:
        return
    known = {network.key for network in draft.declared.networks.values()}
    draft.further[name] = {**also, **{k: "" if k in known else n for k, n in further.items()}}
    for key, network in further.items():
        if key not in known:
            lines = [f"name: {scalar(place.file, network)}", "external: true"]
            draft.sections.setdefault(place.file.physical, {})[key] = lines


def _names(draft: _Draft, look: Look) -> None:
    """Has each network that the project makes keep the name that it has."""
    ours = [n for n in draft.declared.networks.values() if not n.external]
    unnamed = [n for n in ours if not _has_name(draft, n)]
    if other := _second_project(draft, look):
        if unnamed:
            draft.leave(
                "networks",
                f"no fixed name: project {other} on this host is brought up from the same files, or"
                " from a copy, and both would be on one network",
            )
        return
    for network in unnamed:
        about, places = f"network {network.key}", draft.sources.find("networks", network.key)
        if places:
            _name(draft, about, network, places[0])
        elif network.key == _DEFAULT:
            file = _file_for_sections(draft)
            lines = [f"name: {scalar(file, network.name)}"]
            draft.sections.setdefault(file.physical, {})[_DEFAULT] = lines
        else:
            draft.leave(about, "it stands in no file that was read (an anchor, an included file)")


def _name(draft: _Draft, about: str, network: DeclaredNetwork, place: Place) -> None:
    text = f"name: {scalar(place.file, network.name)}"
    if scalar(place.file, "name") != "name":
        text = f'"name": {scalar(place.file, network.name)}'
    if place.file.shared(place.entry.value):
        draft.leave(about, "it shares its settings with another by an anchor", place)
    elif draft.take(about, place, add(place.file, place.entry, [text], text)):
        draft.does.append(f"{about} is called {network.name}")


def _section(draft: _Draft, file: ComposeFile, added: Mapping[str, Sequence[str]]) -> None:
    """Networks that a file defines from now on, in one edit."""
    if not added:
        return
    indent = " " * unit(file)
    block, flow = [], []
    for key, lines in added.items():
        members = [_member(file, line) for line in lines]
        block += [f"{scalar(file, key)}:", *(f"{indent}{line}" for line in lines)]
        flow.append(f"{scalar(file, key)}: {{{', '.join(members)}}}")
    section = file.section("networks")
    if section:
        edit = add(file, section, block, ", ".join(flow))
    else:
        whole = f"{scalar(file, 'networks')}: {{{', '.join(flow)}}}"
        edit = add_section(file, ["networks:", *(f"{indent}{line}" for line in block)], whole)
    edit = draft.apart(file, edit)
    if isinstance(edit, str):
        draft.leave(f"networks {', '.join(added)} ({file.path})", edit)
        return
    draft.edits.append((file.physical, edit))
    for key, lines in added.items():
        draft.does.append(f"network {key} is defined, {', '.join(lines)}")


def _member(file: ComposeFile, line: str) -> str:
    key, _, value = line.partition(": ")
    return f"{scalar(file, key)}: {value}"


def _by_hand(
    draft: _Draft, look: Look, attached: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """By service, the networks that its containers are on, undeclared, and that are asked for."""
    for service in draft.declared.services.values():
        members = look.members(service.name)
        expected = {*service.networks}
        extra = sorted({n for c in members for n in c.networks} - expected - _BUILT_IN)
        lacking = sorted({n for c in members for n in expected - {*c.networks}})
        about, asked = f"service {service.name}", service.name in attached
        if service.network_mode or not extra:
            if asked:
                draft.leave(about, "none of its containers is on a network that is not declared")
        elif lacking:
            draft.leave(
                about,
                f"it is on {', '.join(extra)} and not on {', '.join(lacking)}, as declared: that is"
                " drift, and nothing to declare; runbooks/network.py repairs it",
            )
        elif asked:
            yield service.name, {_key(draft.declared, network): network for network in extra}
        else:
            draft.leave(
                about,
                f"it was attached to {', '.join(extra)} by hand; if it is declared, the next `up`"
                f" recreates it: --data attached={service.name}",
            )


def _key(declared: Declared, network: str) -> str:
    """The key of a network, or one for a network that the project does not know."""
    if network in declared.networks:
        return declared.networks[network].key
    taken = {n.key for n in declared.networks.values()}
    key = re.sub(r"[^A-Za-z0-9._-]", "-", network)
    return f"{key}-external" if key in taken else key


def _is_default(declared: Declared, service: DeclaredService) -> bool:
    """Whether a service is on the network ``default``, and nothing else is said about that."""
    if service.network_mode or len(service.networks) != 1:
        return False
    [(name, attachment)] = service.networks.items()
    return declared.networks[name].key == _DEFAULT and attachment == Attachment()


def _says_something(place: Place) -> bool:
    own = entries(place.entry.value).get("networks")
    return own is None or (
        not empty(own.value) and bool(own.value.value) and own.value.tag[:2] != "!r"
    )


def _has_name(draft: _Draft, network: DeclaredNetwork) -> bool:
    return any(
        "name" in entries(node)
        for place in draft.sources.find("networks", network.key)
        for node in (place.entry.value, *sources(place.entry.value))
    )


def _file_for_sections(draft: _Draft) -> ComposeFile:
    files = draft.sources.files
    return next((file for file in files if file.section("networks")), files[0])


def _second_project(draft: _Draft, look: Look) -> str | None:
    """Another project on the host that is made of these files, or seems to be made of a copy.

    Under one fixed name both would be on a network, and answer to each other's names there.
    """
    ours = {path for file in draft.sources.files for path in (file.path, file.physical)}
    keys = {n.key for n in draft.declared.networks.values() if not n.external}
    others: dict[str, list[Container]] = {}
    for container in look.containers:
        if container.project not in ("", draft.declared.name):
            others.setdefault(container.project, []).append(container)
    for project, containers in sorted(others.items()):
        services = {c.service for c in containers}
        there = {name for c in containers for name in c.networks}
        copy = services == {*draft.declared.services} and {f"{project}_{k}" for k in keys} <= there
        if copy or any(ours & {*c.config_files} for c in containers):
            return project
    return None


def recreated_anyway(look: Look) -> list[str]:
    """The containers that the next ``up`` recreates, whatever is declared.

    Of one in the network of another service the hash tells nothing: `up` counts that one's id.
    """
    services = {
        name: service
        for name, service in look.declared.services.items()
        if not service.network_mode.startswith("service:")
    }
    return sorted(
        container.name
        for container in look.members()
        if container.service in services
        and services[container.service].config_hash
        and container.config_hash
        and (
            container.config_hash != services[container.service].config_hash
            or container.id in look.moved_tags
        )
    )
