"""What plans are made of in tests: tasks, findings, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.kind import Kind, named
from pyinfra_runbooks.core.plan import Plan
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.core.task import Stage, Task

NONE, RECONNECT, RESTART, RECREATE = Disruption


@dataclass(frozen=True)
class Do(Task):
    """A task of a test: what it is called, when it is done, and what it makes needless."""

    name: str
    when: Stage = Stage.SERVERS
    over: frozenset[str] = frozenset()
    wants: frozenset[str] = frozenset()
    with_: str = ""
    ids: frozenset[str] = frozenset()

    verb = property(lambda self: self.name)
    stage = property(lambda self: self.when)
    supersedes = property(lambda self: self.over)
    needs = property(lambda self: self.wants)
    target = property(lambda self: self.with_)
    only = property(lambda self: self.ids)


def found(
    kind: Kind | str,
    answer: Any,
    subject: str = "cache",
    part: str = "redis",
) -> Finding[Any]:
    kind = named(kind) if isinstance(kind, str) else kind
    return kind.found(subject, "is odd", "seen", answer, part)


def do(name: str, disruption: Disruption = NONE, **about: Any) -> Remedy[Do]:
    return Remedy(f"{name} it", disruption, Do(name, **about))


REFUSED = Refusal("it is", "look")
ANY = Policy()


def done(made: Plan) -> list[tuple[str, str]]:
    return [(step.task.verb, step.thing) for step in made.steps]
