"""The pause that a host keeps."""

from __future__ import annotations

from pyinfra.api import FactBase

from ..core import restraint
from ..core.restraint import Pause
from ..engine.shell import pause as scripts


class HostPause(FactBase[Pause | None]):
    """Returns who wants nothing to be changed on a host, until when and why; None: nobody."""

    def command(self) -> str:
        return scripts.kept()

    def process(self, output: list[str]) -> Pause | None:
        return restraint.pause(output[1:], int(output[0])) if output else None
