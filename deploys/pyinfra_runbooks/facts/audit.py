"""The audit on a host: what was changed and refused there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyinfra.api import FactBase

from ..core import audit
from ..engine.found import Found
from ..engine.shell import audit as scripts
from ..settings import Stack


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


class AppendAudit(FactBase[list[str]]):
    """
    Notes a refusal in the audit; returns why it could not, or nothing.

    The line comes over stdin, and the reason in another one.

    + stack: the stack; None: it was about none
    + found: what the host ran when it was looked at
    """

    def command(self, stack: Stack | None, found: Found) -> str:
        return scripts.refused(stack, found)

    def process(self, output: list[str]) -> list[str]:
        return output

    @staticmethod
    def default() -> list[str]:
        return []
