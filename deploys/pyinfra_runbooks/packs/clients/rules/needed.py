"""Whether what the API needs runs, or has ended with code 0: before, no restart of it helps."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.resolution import Later, Refusal, Remedy, Symptom
from ....core.task import Stage, Task
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import Part
from ....engine.rules import jobs, waiting
from ....engine.rules.circumstances import circumstances
from ....engine.rules.last_words import logs, says_why
from ....engine.rules.network_settings import not_there
from ....engine.rules.stopped import NOT_RUNNING, VALIDATION_FAILED, stopped
from ....engine.rules.writers import at_it
from ....settings import Stack
from .api import unready


@dataclass(frozen=True, slots=True)
class Start(Task):
    """Start a container as it is, or unpause it.

    + job: whether it has to end then, with code 0
    + after: the servers that it needs, and that are started before
    """

    service: str
    container: str
    job: bool = False
    after: frozenset[str] = frozenset()

    @property
    def verb(self) -> str:
        return "run" if self.job else "start"

    @property
    def target(self) -> str:
        return self.container

    @property
    def stage(self) -> Stage:
        return Stage.JOBS if self.job else Stage.NEEDED

    @property
    def needs(self) -> frozenset[str]:
        return self.after


NeededFinding = Finding[Start]


def findings(look: Look, stack: Stack) -> Iterator[NeededFinding]:
    """Servers that the API can't do without, and that were stopped or paused; then its validations.

    Redis is none of these: its own rules say how it is started.
    """
    starting: set[str] = set()
    for container in stopped(look, stack):
        if jobs.validates(look, container):
            yield _validation(look, stack, container, starting)
            continue
        users = ", ".join(jobs.needed_by(look, container.service))
        yield NOT_RUNNING.found(
            container.service,
            "is not running",
            f"{container.name} is {container.status}, exit code {container.exit_code};"
            f" needed by {users}",
            answer := _answer(look, stack, container),
            Part.API,
        )
        if isinstance(answer, Remedy):
            starting.add(container.service)


def _validation(
    look: Look, stack: Stack, container: Container, starting: Collection[str]
) -> NeededFinding:
    """A start-up validation that failed, or has not run: a symptom, while its server is the cause.

    + starting: what is started before it is run again
    """
    ended = container.status == "exited"
    who = ", ".join(jobs.kept_back(look, container.service))
    seen = f"{container.name} ended with code {container.exit_code}" if ended else container.status
    servers = frozenset(look.declared.services[container.service].waits_for) & frozenset(starting)
    again = Remedy(
        "run it again, until it has ended with code 0",
        Disruption.NONE,
        Start(container.service, container.id, job=True, after=servers),
        circumstances(look, stack, "run", container.name),
    )
    logs = shlex.join(("docker", "logs", "--tail", "1", container.name))
    return VALIDATION_FAILED.found(
        container.service,
        "failed" if ended else "has not run",
        f"{seen}, so Compose did not start {who}; why: {logs}",
        Symptom(logs, then=(Later(container.service, "run", again.does, Disruption.NONE),))
        if unready(look, stack, container, starting)
        else again,
        Part.API,
    )


def _answer(look: Look, stack: Stack, container: Container) -> Remedy[Start] | Refusal | Symptom:
    verb = "unpause" if container.status == "paused" else "start"
    by_hand = shlex.join(("docker", verb, container.name))
    if because := jobs.not_once_more(look, stack, container):
        return Symptom(logs(container)) if says_why(look, container) else because
    if waits := waiting.symptom(look, stack, container):
        return waits
    declared = container.service in {s.name for s in stack.services}
    on_purpose = Refusal(
        "it may have been stopped on purpose, and the inventory does not name it",
        f"{by_hand}; or name it, so that jobs start it: Stack(services=...)",
    )
    return at_it(look, container) or Remedy(
        f"{verb} it",
        Disruption.NONE,
        Start(container.service, container.id),
        circumstances(look, stack, verb, container.name),
        needs_person=None if declared else on_purpose,
        needs=frozenset() if verb == "unpause" else not_there(look, container),
    )
