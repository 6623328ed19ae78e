"""Which Docker a host has."""

from __future__ import annotations

from pyinfra.api import FactBase

from ..engine.shell import script

_KNOWN = {"engine": "Docker Engine", "compose": "Compose"}


class DockerVersions(FactBase[dict[str, str]]):
    """Returns the versions of a host's Docker Engine and Compose, by those names."""

    def command(self) -> str:
        return script("versions.sh")

    def process(self, output: list[str]) -> dict[str, str]:
        said = dict(line.split(" ", 1) for line in output if " " in line)
        return {name: said[word] for word, name in _KNOWN.items() if said.get(word)}

    @staticmethod
    def default() -> dict[str, str]:
        return {}
