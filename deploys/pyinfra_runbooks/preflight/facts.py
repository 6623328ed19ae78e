"""The two looks of a preflight, as facts: one command each."""

from __future__ import annotations

from pyinfra.api import FactBase

from ..core.unknown import Unknown
from ..engine.found import Found as Running
from ..settings import Stack
from . import answers, probe
from .questions import Questions
from .seen import Asked, Found, Unresolved


class Undeployed(FactBase[Found | Unresolved | Unknown]):
    """
    Looks at a host before its stack comes up: what Compose declares, and what is there of it.

    Reads only, and needs no container of the stack.

    + stack: the stack
    + found: what the host runs
    """

    def command(self, stack: Stack, found: Running) -> str:
        self.found = found
        return probe.see(stack, found)

    def process(self, output: list[str]) -> Found | Unresolved | Unknown:
        return answers.found(output, self.found)

    @staticmethod
    def default() -> Found | Unresolved | Unknown:
        return Unknown("the host did not answer the look's command")


class ImagesAsked(FactBase[Asked]):
    """
    Asks images for their users, and each Redis whether it takes its configuration and its ACL.

    Containers are made for that and removed. Those in which a server runs have no network, no log
    and nothing to write to.

    + stack: the stack
    + found: what the host runs
    + questions: what to ask
    """

    def command(self, stack: Stack, found: Running, questions: Questions) -> str:
        return probe.ask(stack, found, questions.images, questions.trials, questions.inodes)

    def process(self, output: list[str]) -> Asked:
        return answers.asked(output)

    @staticmethod
    def default() -> Asked:
        return Asked()
