"""What a service of a compose file takes over from others, by ``<<`` and by ``extends``. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, ScalarNode

from .compose_file import ComposeFile, Entry, entries, sources


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service stands."""

    file: ComposeFile
    entry: Entry


@dataclass(frozen=True, slots=True)
class Sources:
    """
    A stack's compose files.

    + directory: the project's, once links are followed
    + files: in Compose's order
    """

    directory: str
    files: Sequence[ComposeFile]

    def find(self, section: str, name: str) -> list[Place]:
        """Where a key of a section stands, in the order of the files."""
        found = [(file, file.part(section).get(name)) for file in self.files]
        return [Place(file, entry) for file, entry in found if entry]

    def service(self, name: str) -> list[Place]:
        """Where a service stands, from the last place on that replaces all before it."""
        places = self.find("services", name)
        later = [n for n, place in enumerate(places) if place.entry.value.tag == "!override"]
        return places[later[-1] :] if later else places

    def base(self, place: Place) -> list[Place]:
        """Where the service stands that this one extends; nowhere, if not in these files."""
        named = self._extends(place)
        return [p for p in self.find("services", named[1]) if p.file is named[0]] if named else []

    def keys(self, place: Place, seen: frozenset[int] = frozenset()) -> set[str]:
        """The keys that a service has, its own and those that it takes over."""
        mapping = place.entry.value
        if id(mapping) in seen:  # a circle, which Compose refuses
            return set()
        found = {name for node in (mapping, *sources(mapping)) for name in entries(node)}
        for base in self.base(place):
            found |= self.keys(base, seen | {id(mapping)})
        return found

    def heirs(self, name: str, place: Place, key: str = "networks") -> set[str]:
        """The services that take over this key of a service, directly or through another one."""
        found: set[str] = set()
        todo = [(name, place)]
        while todo:
            for heir in self._next(*todo.pop(), key):
                if heir[0] not in found | {name}:
                    found.add(heir[0])
                    todo.append(heir)
        return found

    def _next(self, name: str, place: Place, key: str) -> Iterator[tuple[str, Place]]:
        mapping = place.entry.value
        for file in self.files:
            for other, entry in file.part("services").items():
                if other == name and file is place.file:
                    continue
                # A mapping's own key counts more than one that it merges; extends adds up.
                merges = any(node is mapping for node in sources(entry.value))
                if (
                    entry.value is mapping
                    or (merges and key not in entries(entry.value))
                    or self._extends(Place(file, entry)) == (place.file, name)
                ):
                    yield other, Place(file, entry)

    def _extends(self, place: Place) -> tuple[ComposeFile, str] | None:
        """The file and the name of the service that is extended."""
        extends = entries(place.entry.value).get("extends")
        if extends is None:
            return None
        if isinstance(extends.value, ScalarNode):
            return place.file, str(extends.value.value)
        parts = entries(extends.value) if isinstance(extends.value, MappingNode) else {}
        service, path = parts.get("service"), parts.get("file")
        if service is None:
            return None
        if path is None:
            return place.file, str(service.value.value)
        there = posixpath.normpath(posixpath.join(self.directory, str(path.value.value)))
        file = next((file for file in self.files if there in (file.path, file.physical)), None)
        return (file, str(service.value.value)) if file else None
