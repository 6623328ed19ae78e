"""The audit on a host: what was changed and refused there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyinfra.api import FactBase

from .. import audit
from ..shell import audit as scripts


class AuditLog(FactBase[list[Mapping[str, Any]]]):
    """
    Returns the last lines of the audit on a host, the oldest first.

    + lines: how many; default: 20
    """

    def command(self, lines: int = 20) -> str:
        return scripts.last(lines)

    def process(self, output: list[str]) -> list[Mapping[str, Any]]:
        return [entry for line in output if (entry := audit.line(line))]

    @staticmethod
    def default() -> list[Mapping[str, Any]]:
        return []


class Noted(FactBase[list[str]]):
    """
    Writes a line to the audit; returns what stood in the way, or nothing.

    + script: what writes it, in a list of one that does not show itself
    """

    def command(self, script: list[str]) -> str:
        return script[0]

    def process(self, output: list[str]) -> list[str]:
        return output

    @staticmethod
    def default() -> list[str]:
        return []
