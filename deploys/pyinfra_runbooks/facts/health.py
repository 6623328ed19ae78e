"""Waiting for health: the checks, again and again, up to a deadline."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from pyinfra.api import Host

from ..core.unknown import Unknown
from ..engine.found import Found
from ..engine.look import Before, Look
from ..engine.projects import project
from ..engine.rules.checks import failed_checks
from ..engine.run import run_of
from ..packs.checks.asking import of_services
from ..packs.findings import missing, readable
from ..settings import Check, Stack
from . import journal
from .asking import ask, gone
from .looks import forget, last_found, look_at
from .stack import HostFound, StackHealth, look_once

PAUSE = 0.1
"""Seconds between two rounds of checks."""

BETWEEN_FINDS = 1.0
"""Seconds between two questions to Docker, which asks its containers every few seconds itself."""


def await_health(
    host: Host,
    stack: Stack,
    seconds: float,
    checks: Sequence[Check] | None = None,
    successes: int = 1,
) -> list[str]:
    """
    Asks until the checks succeed; returns what the last failures said, or nothing.

    + host: where to ask from
    + stack: the stack
    + seconds: how long to go on asking
    + checks: which of the stack's checks; default: all
    + successes: how often in a row they have to succeed; default: 1
    """
    deadline = time.monotonic() + seconds
    in_a_row, found, noted = 0, last_found(host, stack), None
    while True:
        found = found if found.containers else _find(host, stack)
        answers = ask(host, StackHealth, stack=stack, found=found)
        if gone(host):
            return ["the host is gone"]
        failed = failed_checks(answers, stack, checks)
        in_a_row = 0 if failed else in_a_row + 1
        if noted != (noted := (in_a_row, *failed)):
            journal.note("waiting", host, stack, passed=in_a_row, of=successes, failed=failed)
        if failed:
            found = Found()  # Its containers may be others now.
        if in_a_row >= successes:
            return []
        if time.monotonic() >= deadline:
            return failed or ["the checks did not succeed often enough in a row"]
        time.sleep(PAUSE)


def await_own_checks(host: Host, stack: Stack, services: Collection[str], seconds: float) -> None:
    """
    Waits until Docker calls all containers of these services healthy.

    + host: the host
    + stack: the stack
    + services: those that have a health check of their own
    + seconds: how long at most
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ask(host, HostFound, stack=stack)
        if gone(host) or isinstance(found, Unknown):
            return
        members = project(found, stack.compose).members
        if all(c.health in ("", "healthy") for c in members if c.service in services):
            return
        time.sleep(BETWEEN_FINDS)


def await_clients(
    host: Host, stack: Stack, seconds: float, services: Collection[str] | None = None
) -> None:
    """
    Waits until who was connected before this run changed anything is so again, and waits on its
    queue again; who is not by then is looked at in full. What can't be seen is not over: it is
    waited for, too.

    + host: the host
    + stack: the stack
    + seconds: how long at most
    + services: the clients to wait for; default: all
    """
    known, deadline = run_of(host).of(stack), time.monotonic() + seconds
    late = _Late.of(known.before, services) if known.before else None
    if late:
        late = late.after(look_at(host, stack), stack)
    known.settled = True
    if late and late.services:
        forget(host)
    while late and late.services and time.monotonic() < deadline:
        time.sleep(BETWEEN_FINDS)
        look = look_once(host, stack, quick=True)
        if gone(host):
            return
        if isinstance(look, Look):
            late = late.after(replace(look, before=known.before), stack)


class _Late(NamedTuple):
    """Who has yet to come back.

    + services: these clients
    + about: the services that it is about; None: all
    + readable: the Redis whose clients could be seen already
    """

    services: frozenset[str]
    about: frozenset[str] | None
    readable: frozenset[str]

    @classmethod
    def of(cls, before: Before, about: Collection[str] | None) -> _Late:
        """All who were connected before."""
        were = frozenset().union(*before.clients.values())
        late = cls(were, None if about is None else frozenset(about), frozenset(before.clients))
        return late._replace(services=late._of_those(were))

    def after(self, look: Look | Unknown, stack: Stack) -> _Late:
        """The same, after another look: who was late is so still, where that can't be seen."""
        if isinstance(look, Unknown):
            return self
        now = readable(look, stack)
        still = self.services if self.readable - now else frozenset()
        found = self._of_those(missing(look, stack))
        return self._replace(services=found | still, readable=self.readable | now)

    def _of_those(self, services: frozenset[str]) -> frozenset[str]:
        return services if self.about is None else services & self.about


def _find(host: Host, stack: Stack) -> Found:
    """Where the stack's services are, if it is asked there."""
    found = ask(host, HostFound, stack=stack) if of_services(stack) else Found()
    return Found() if isinstance(found, Unknown) else found
