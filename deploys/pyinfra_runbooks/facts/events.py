"""What happens to a stack, as its Docker reports it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyinfra.api import FactBase

from ..engine.shell import events as scripts
from ..settings import Stack


@dataclass(frozen=True, slots=True)
class DockerEvent:
    """
    What was waited for.

    + what: the event: ``network disconnect shop_back``; empty: nothing happened
    + now: the host's time: a look from then on has seen all that happened before; empty: not known
    + said: why listening ended early
    """

    what: str = ""
    now: str = ""
    said: str = ""


class StackEvent(FactBase[DockerEvent]):
    """
    Waits until something happens to a stack, and returns what.

    + stack: the stack
    + since: from when on, in seconds since 1970
    + seconds: how long to wait
    + project: the Compose project
    + ids: its containers
    + networks: those that they are or should be on
    """

    def command(
        self,
        stack: Stack,
        since: str,
        seconds: int,
        project: str,
        ids: tuple[str, ...],
        networks: tuple[str, ...],
    ) -> str:
        return scripts.events(stack, since, seconds, project, ids, networks)

    def process(self, output: list[str]) -> DockerEvent:
        sent = dict(line.split(" ", 1) for line in output if re.match(r"(event|now|said) .", line))
        return DockerEvent(sent.get("event", ""), sent.get("now", ""), sent.get("said", "")[:200])

    @staticmethod
    def default() -> DockerEvent:
        return DockerEvent(said="the host did not answer")
