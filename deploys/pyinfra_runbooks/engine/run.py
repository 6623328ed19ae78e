"""What a run knows of a host, in one place: it can be printed, and built in a test.

It knows a Look and a Stack, which `core` does not, so it is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from ..core.plan import Plan, Scope
from ..core.policy import Policy
from ..core.unknown import Unknown
from ..settings import Stack
from .look import Before, Look
from .patching.patches import Patch


@dataclass(frozen=True, slots=True)
class Seen:
    """A look, and when it was taken.

    + look: what was seen; or why nothing could be
    + at: when, by a monotonic clock
    + executing: whether the run was executing by then, and not preparing
    """

    look: Look | Unknown
    at: float
    executing: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """A lock that this run has; it ends with the connection over which it was taken."""

    connection: object
    at: float


@dataclass
class StackRun:
    """
    One stack on that host.

    + stack: what is declared of it
    + policy: what this run may do with it; None: not read yet
    + seen: the look that counts; None: a new one has to be taken
    + planned: a look, and the plans that were made from it, by their scopes
    + changed: whether this run changed it, or may have
    + before: who was connected before it changed anything; None: it has changed nothing
    + settled: whether clients had their time to come back since the last change
    + said: what was said of it, so that nothing is said twice
    + shown: the steps that were shown before anything was done, by the scopes of their plans
    + hold: the lock, once it is taken
    + declaration: a look, what was asked for, and so what is left to declare in its compose files
    + patches: the patches of its compose files that were shown, by what was asked for
    """

    stack: Stack
    policy: Policy | None = None
    seen: Seen | None = None
    planned: tuple[Look, dict[Scope, Plan]] | None = None
    changed: bool = False
    before: Before | None = None
    settled: bool = False
    said: set[tuple[str, ...]] = field(default_factory=set)
    shown: dict[Scope, Plan] = field(default_factory=dict)
    hold: Hold | None = None
    declaration: tuple[Look, Any, Any] | None = None
    patches: dict[Any, tuple[Patch, ...]] = field(default_factory=dict)


@dataclass
class HostRun:
    """
    What this run knows of one host.

    + runbook: the file that is run
    + stacks: the stacks that it is about, mostly one
    + lost: whether its connection ended unexpectedly
    + kept_alive: the connection that sends keep-alives
    + in_journal: whether the journal's first entry, which names the hosts, was written
    + operations: those of pyinfra's, by their hashes, of which all that they do was shown
    """

    runbook: str = ""
    stacks: list[StackRun] = field(default_factory=list)
    lost: bool = False
    kept_alive: object = None
    in_journal: bool = False
    operations: set[str | None] = field(default_factory=set)

    def of(self, stack: Stack) -> StackRun:
        """What is known of one of its stacks."""
        found = next((known for known in self.stacks if known.stack == stack), None)
        if found is None:
            found = StackRun(stack)
            self.stacks.append(found)
        return found

    @property
    def changed(self) -> bool:
        """Whether this run changed it, or may have."""
        return any(known.changed for known in self.stacks)

    def hold(self, directory: str) -> Hold | None:
        """The lock on the stack in a directory, however it is declared."""
        same = (s for s in self.stacks if s.stack.compose.directory == directory)
        return next((s.hold for s in same if s.hold), None)

    def forget(self) -> None:
        """The next look is a new one."""
        for known in self.stacks:
            known.seen = None

    def lines(self) -> Iterator[str]:
        """All of it in some lines; no value of a secret is in that."""
        yield f"what this run knows of the host: {self.runbook or 'no runbook'}"
        yield f"  changed: {_yes(self.changed)}; connection lost: {_yes(self.lost)}"
        for known in self.stacks:
            yield from _stack(known)


_RUNS: WeakKeyDictionary[Any, HostRun] = WeakKeyDictionary()


def run_of(host: Any) -> HostRun:
    """
    What this run knows of a host.

    + host: pyinfra's
    """
    return _RUNS.setdefault(host, HostRun())


def _stack(known: StackRun) -> Iterator[str]:
    yield f"  {known.stack.compose.directory}: lock: {'held' if known.hold else 'not taken'}"
    look = known.seen.look if known.seen else None
    if isinstance(look, Unknown):
        yield f"    could not look: {look.reason}"
    elif look is None:
        yield "    the next look is a new one"
    else:
        yield f"    project {look.declared.name}, looked at {look.at:.0f}"
    if known.policy:
        yield f"    at most {known.policy.cap}, unattended: {_yes(known.policy.unattended)}"
    plans = [*known.planned[1].values()] if known.planned else []
    for finding in plans[0].findings if plans else ():
        yield f"    {finding.headline()}: {finding.resolution.type}"
    for plan in known.shown.values():
        for step in plan.steps:
            thing, verb, target = step.key
            yield f"    shown: {verb} {thing} {target}".rstrip()


def _yes(value: bool) -> str:
    return "yes" if value else "no"
