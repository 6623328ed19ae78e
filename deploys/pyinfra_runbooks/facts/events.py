"""What happens to a stack, as its Docker tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyinfra.api import FactBase

from ..settings import Stack
from ..shell import events as scripts


@dataclass(frozen=True, slots=True)
class Happened:
    """
    What was waited for.

    + what: the event: ``network disconnect shop_back``; empty: nothing happened
    + now: what time it is on the host: a look from now on knows of all that was before;
      empty: it does not tell
    + said: what stood in the way of hearing any more
    """

    what: str = ""
    now: str = ""
    said: str = ""


class StackEvent(FactBase[Happened]):
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

    def process(self, output: list[str]) -> Happened:
        sent = dict(line.split(" ", 1) for line in output if re.match(r"(event|now|said) .", line))
        return Happened(sent.get("event", ""), sent.get("now", ""), sent.get("said", "")[:200])

    @staticmethod
    def default() -> Happened:
        return Happened(said="the host did not answer")
