"""What the containers' own health checks say, which is all that there is where none is declared."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Note, Symptom
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.own_checks import OwnCheck, State
from ....engine.parts import Part
from ....engine.rules.own_checks import asked_otherwise, named, rests_on, states
from ....settings import Stack

OWN_CHECK_FAILS = kind(
    "own-check-fails",
    title="A container's own health check fails",
    part=Part.HEALTH,
    means="What it serves is broken, as far as its image or the compose file can tell.",
    known="Docker calls it `unhealthy`. What was just started, or was paused, is waited for.",
    repair="That of its cause. A note where checks are declared, which prove health instead.",
    clears_itself=True,
)
OWN_CHECK_MISTAKEN = kind(
    "own-check-mistaken",
    title="A container's own health check can't work",
    part=Part.HEALTH,
    means="Docker calls the container unhealthy, whatever it serves: nothing is known by that.",
    known="It ended with 126 or 127: its program is not in the image.",
    repair="Nothing: correct `healthcheck` in the compose file.",
    breaks_health=False,
)
CHECK_CANNOT_FAIL = kind(
    "check-cannot-fail",
    title="A container's own health check can't fail when it should",
    part=Part.HEALTH,
    means="It passes while the service is broken, and nothing else asks the service.",
    known="Its command, which is read on the host and stays there: `|| true`, `curl` without `-f`,"
    " `redis-cli` without `-e`, which ends with 0 on NOAUTH and LOADING.",
    repair="Nothing: correct `healthcheck` in the compose file, or declare a check.",
    breaks_health=False,
)
_BECAUSE = {
    "always": "its command ends with 0 whatever happens, as with `|| true`",
    "redis": "redis-cli ends with 0 where the answer is NOAUTH or LOADING; with -e it would not",
    "curl": "curl ends with 0 whatever the status is; with -f it would not",
}


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """Of each service that nothing else asks."""
    for container, state in states(look, stack):
        service = container.service
        judged = named(stack, service) or asked_otherwise(look, stack, service)
        if state is State.FAILS and not judged:
            yield _fails(look, stack, container)
        elif state is State.MISTAKEN and not judged:
            yield OWN_CHECK_MISTAKEN.found(
                service,
                "has a health check that can't work",
                f"{container.name} is unhealthy, and its check ended with"
                f" {_code(look, container)}: no such program",
                Note(),
            )
        elif state is State.PASSES and rests_on(look, stack, service):
            checked = _own(look, container)
            if checked and checked.cannot_fail:
                yield CHECK_CANNOT_FAIL.found(
                    service,
                    "has a health check that can't fail when it should",
                    f"{container.name}: {_BECAUSE[checked.cannot_fail]}",
                    Note(),
                )


def _fails(look: Look, stack: Stack, container: Container) -> Finding[None]:
    checked = _own(look, container)
    if container.health == "starting":
        problem, seen = "has not passed its own health check since it was started", "is starting"
    else:
        problem, seen = "fails its own health check", "is unhealthy"
    if checked and checked.streak:
        seen += f", {checked.streak} times in a row"
    if checked and checked.code is not None:
        seen += f", the last run ended with {checked.code}"
    where = Symptom(f"docker compose logs --tail 20 {container.service}")
    return OWN_CHECK_FAILS.found(
        container.service, problem, f"{container.name} {seen}", Note() if stack.health else where
    )


def _own(look: Look, container: Container) -> OwnCheck | None:
    return look.found.own_checks.get(container.id)


def _code(look: Look, container: Container) -> int | None:
    checked = _own(look, container)
    return checked.code if checked else None
