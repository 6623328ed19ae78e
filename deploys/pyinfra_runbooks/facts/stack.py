"""One look at a stack, and the health checks alone."""

from __future__ import annotations

from pyinfra.api import FactBase

from .. import look as looks
from ..findings import Unknown
from ..look import Answer, Look
from ..settings import Stack
from ..shell import look as scripts


class StackLook(FactBase[Look | Unknown]):
    """
    Looks once at a stack: what Compose declares, what Docker runs, what Redis and the API say.

    One command, read-only. It returns no environment, no command line and no secret.

    + stack: the stack to look at
    + hurried: whether health checks get next to no time in it; default: ``False``
    """

    def command(self, stack: Stack, hurried: bool = False) -> str:
        self.users = [user.name for user in scripts.users(stack)]
        self.categories = scripts.categories_needed(stack)
        self.mounted = scripts.mounted_logins(stack)
        self.directory = stack.compose.directory
        return scripts.look(stack, hurried)

    def process(self, output: list[str]) -> Look | Unknown:
        return looks.parse(output, self.users, self.categories, self.mounted, self.directory)

    @staticmethod
    def default() -> Look | Unknown:
        return Unknown("the host did not answer the look's command")


class StackHealth(FactBase[dict[int, Answer]]):
    """
    Runs a stack's health checks once, from the host; returns the answers by the checks' numbers.

    + stack: the stack to check
    """

    def command(self, stack: Stack) -> str:
        return scripts.health(stack)

    def process(self, output: list[str]) -> dict[int, Answer]:
        return looks.parse_answers(line.partition("|")[2] for line in output)

    @staticmethod
    def default() -> dict[int, Answer]:
        return {}
