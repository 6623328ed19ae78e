"""What a healthy look leaves on its host for those to come: who used which Redis."""

from __future__ import annotations

from pyinfra.api import FactBase, Host

from ..engine.look import Look
from ..engine.remembered import STATE
from ..engine.shell import script
from ..packs import findings as verification
from ..packs.clients.remembering import to_remember
from ..settings import Stack
from .asking import ask
from .plans import policy_of


class Remember(FactBase[list[str]]):
    """
    Leaves memories on a host, each in a small file of its own beside the audit; returns the names
    of those that are there whole. It touches no stack, and takes no lock.

    + memories: of each, its file's name and its line
    """

    def command(self, memories: tuple[tuple[str, str], ...]) -> str:
        return script("remember.sh", memories=tuple(map(" ".join, memories)), state=STATE)

    def process(self, output: list[str]) -> list[str]:
        return [line.removeprefix("kept ") for line in output if line.startswith("kept ")]

    @staticmethod
    def default() -> list[str]:
        return []


def remember(host: Host, stack: Stack, look: Look) -> bool:
    """
    Leaves on a host what is to be remembered of a look, if that found the stack healthy and there
    is anything new; mostly there is not, and this takes no command. Returns whether it did.

    + host: the host
    + stack: the stack
    + look: a look at it, with all that its health checks answered

    Where nothing can be written there is no memory, and what needs one is not judged.
    """
    memory = to_remember(look, look.whole(stack))
    if memory is None or verification.findings(look, stack, policy_of(host, stack)):
        return False
    return bool(ask(host, Remember, memories=(memory,)))
