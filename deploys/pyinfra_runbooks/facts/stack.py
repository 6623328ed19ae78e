"""One look at a stack, and the health checks alone."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api import FactBase, Host

from ..core.unknown import Unknown
from ..engine import found as founds
from ..engine import look as looks
from ..engine.asked import Asking
from ..engine.found import Found
from ..engine.look import Answer, Look
from ..engine.probe import answers
from ..engine.reach import Reach
from ..engine.shell.packed import packed
from ..packs import look as scripts
from ..packs.checks.asking import checks
from ..packs.discovery import completed
from ..packs.network.asking import Pair, questions, reaches
from ..packs.redis import asking, replies
from ..packs.redis.server import Server
from ..settings import Redis, Stack
from .asking import Hidden, ask


class HostFound(FactBase[Found | Unknown]):
    """
    Finds all that a host runs: the first command of a look.

    Read-only, and carries no secret. It returns no environment and no command line.

    + stack: the stack that is looked for; default: whatever is there
    + others: more of them
    + unattended: whether no person started the run; default: ``False``
    """

    def command(
        self,
        stack: Stack | None = None,
        unattended: bool = False,
        others: Sequence[Stack] = (),
    ) -> str:
        return scripts.find(*((stack,) if stack else ()), *others, unattended=unattended)

    def process(self, output: list[str]) -> Found | Unknown:
        return founds.parse(output)

    @staticmethod
    def default() -> Found | Unknown:
        return Unknown("the host did not answer the look's command")


class StackLook(FactBase[Look | Unknown]):
    """
    Asks what Compose declares for a stack, and what its Redis and their clients say: the second
    command of a look.

    Read-only. It returns no environment, no command line and no secret.

    + stack: the stack to look at
    + found: what its host runs
    + quick: whether health checks get next to no time in it; default: ``False``
    """

    def command(self, stack: Stack, found: Found, quick: bool = False) -> str:
        self.stack, self.found = stack, found
        return packed(scripts.look(stack, found, quick))

    def process(self, output: list[str]) -> Look | Unknown:
        questions = scripts.questions(Asking.of(self.stack, self.found))
        return looks.parse(output, self.found, self.stack, _server, questions)

    @staticmethod
    def default() -> Look | Unknown:
        return Unknown("the host did not answer the look's command")


class HostLook(FactBase[tuple[Look | Unknown, ...]]):
    """
    The same about several stacks of a host, in one command; one that can't be looked at hides no
    other one.

    + stacks: the stacks to look at
    + found: what their host runs
    + quick: whether health checks get next to no time in it; default: ``False``
    """

    def command(self, stacks: Sequence[Stack], found: Found, quick: bool = False) -> str:
        self.stacks, self.found = stacks, found
        return packed(scripts.look_at_all(stacks, found, quick))

    def process(self, output: list[str]) -> tuple[Look | Unknown, ...]:
        reply = answers(output, ())
        if isinstance(reply, Unknown):
            return tuple(reply for _ in self.stacks)
        return tuple(
            looks.of_several(
                reply.of(part),
                self.found,
                stack,
                _server,
                scripts.questions(Asking.of(stack, self.found)),
            )
            for part, stack in zip(scripts.parts(self.stacks), self.stacks, strict=True)
        )

    @staticmethod
    def default() -> tuple[Look | Unknown, ...]:
        return ()


def _server(redis: Redis, lines: list[str]) -> Server:
    """What a Redis of the stack said."""
    return replies.answers(
        lines,
        users=[login.name for login in redis.logins],
        categories=asking.categories_needed(redis),
        mounted=asking.mounted_logins(redis),
        held=redis.held is not None,
    )


def look_once(
    host: Host, stack: Stack, quick: bool = False, unattended: bool = False
) -> Look | Unknown:
    """
    One look at a stack: what its host runs is found, then those are asked who are the stack's.

    + host: the host
    + stack: the stack to look at
    + quick: whether health checks get next to no time in it; default: ``False``
    + unattended: whether no person started the run; default: ``False``
    """
    # Every part has a deadline of its own; a project's directory may hang as a whole.
    limit = _LONGEST * stack.timeouts.look
    found = ask(host, HostFound, stack=stack, unattended=unattended, _timeout=limit)
    if isinstance(found, Unknown):
        return found
    stack = completed(stack, found)
    secrets = Hidden(asking.stdin_lines(Asking.of(stack, found)))
    return ask(
        host, StackLook, stack=stack, found=found, quick=quick, _stdin=secrets, _timeout=limit
    )


def find(host: Host, stacks: Sequence[Stack], unattended: bool = False) -> Found | Unknown:
    """
    What a host runs: the first command of a look.

    + stacks: those that are declared for it
    """
    return ask(host, HostFound, others=stacks, unattended=unattended, _timeout=_limit(stacks))


def look_at_several(
    host: Host, stacks: Sequence[Stack], found: Found, quick: bool = False
) -> tuple[Look | Unknown, ...]:
    """
    Looks at several stacks of a host in one command.

    + host: the host
    + stacks: the stacks to look at
    + found: what the host runs
    + quick: whether health checks get next to no time in it; default: ``False``
    """
    whole = [completed(stack, found) for stack in stacks]
    secrets = Hidden(
        line for stack in whole for line in asking.stdin_lines(Asking.of(stack, found))
    )
    seen = ask(
        host,
        HostLook,
        stacks=whole,
        found=found,
        quick=quick,
        _stdin=secrets,
        _timeout=_limit(whole),
    )
    return seen or tuple(StackLook.default() for _ in whole)


def _limit(stacks: Sequence[Stack]) -> int:
    """Every part has a deadline of its own; a project's directory may hang as a whole."""
    return _LONGEST * scripts.patience(stacks)


_LONGEST = 10
"""How many times as long as Docker may take for an answer one command of a look may take."""


class StackHealth(FactBase[dict[int, Answer]]):
    """
    Runs a stack's health checks once, from the host; returns the answers by the checks' numbers.

    + stack: the stack to check
    + found: what its host runs: where its services are
    """

    def command(self, stack: Stack, found: Found) -> str:
        self.names = [check.name for check in checks(Asking.of(stack, found))]
        return packed(scripts.health(stack, found))

    def process(self, output: list[str]) -> dict[int, Answer]:
        return looks.parse_checks(answers(output, self.names))

    @staticmethod
    def default() -> dict[int, Answer]:
        return {}


class StackReach(FactBase[dict[tuple[str, str], Reach | Unknown]]):
    """
    What clients make of their names for servers, in their own network namespaces: the third command
    of a look, where the other two show no cause. `Look.reaches` has it.

    Read-only; without root a container that shares the client's network runs for up to half a
    minute.

    + stack: the stack
    + pairs: the clients and servers
    """

    def command(self, stack: Stack, pairs: Sequence[Pair]) -> str:
        self.pairs = pairs
        return packed(scripts.reach(stack, pairs))

    def process(self, output: list[str]) -> dict[tuple[str, str], Reach | Unknown]:
        names = [question.name for question in questions(self.pairs)]
        return reaches(self.pairs, answers(output, names))

    @staticmethod
    def default() -> dict[tuple[str, str], Reach | Unknown]:
        return {}
