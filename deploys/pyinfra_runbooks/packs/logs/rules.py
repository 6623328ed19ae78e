"""Why a container does not come up, as it said itself before it ended.

Each is the cause of what else is found of its container, and of those that need it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.finding import Finding
from ...core.kind import Kind, kind
from ...core.resolution import Refusal, Symptom
from ...engine.docker import Container
from ...engine.last_words import What, Words, in_trouble, words_of
from ...engine.look import Look
from ...engine.parts import Part
from ...engine.rules import jobs, places
from ...engine.rules.last_words import logs
from ...engine.rules.own_checks import served
from ...settings import Stack
from .wording import Worded, worded

_KNOWN = "The last lines of its log, or the engine's own error; only known phrases are shown."
_CONSEQUENCES = (
    *("redis-restart-loop", "redis-stopped", "redis-silent", "not-running", "restarting"),
    *("api-stopped", "api-restart-loop", "api-unhealthy", "refuses", "unhealthy"),
)

DATA_NEWER = kind(
    "data-newer",
    title="A server can't read its data: another version wrote it",
    part=Part.HEALTH,
    means="It does not start with this image. The data is whole, and the image that wrote it reads"
    " it.",
    known=f"{_KNOWN} The first bytes of its file say which Redis wrote it.",
    repair="Nothing: a person puts the former image back, or has the data converted.",
    explains=_CONSEQUENCES,
)
DATA_DAMAGED = kind(
    "data-damaged",
    title="A server can't read its data: it is damaged",
    part=Part.HEALTH,
    means="It does not start with this data.",
    known=_KNOWN,
    repair="Nothing: a person copies the data before anything is done to it.",
    explains=_CONSEQUENCES,
)
START_DENIED = kind(
    "start-denied",
    title="A container may not open or write a file that it needs",
    part=Part.HEALTH,
    means="It ends each time it is started.",
    known=_KNOWN,
    repair="Nothing, unless the inventory declares the file (ACL, secret): a person corrects owner"
    " and mode.",
    explains=_CONSEQUENCES,
)
FILE_MISSING = kind(
    "file-missing",
    title="A file that a container needs is not there",
    part=Part.HEALTH,
    means="It ends each time it is started.",
    known=_KNOWN,
    repair="Nothing: a person mounts it, or puts it into the image.",
    explains=_CONSEQUENCES,
)
CONFIGURATION_REFUSED = kind(
    "configuration-refused",
    title="A server refuses its configuration",
    part=Part.HEALTH,
    means="It ends each time it is started.",
    known=f"{_KNOWN} A value never is.",
    repair="Nothing: a person corrects the line, or the variable that is empty.",
    explains=_CONSEQUENCES,
)
ACL_REFUSED = kind(
    "acl-refused",
    title="Redis refuses its ACL",
    part=Part.REDIS,
    means="It ends each time it is started: one wrong line is enough.",
    known=_KNOWN,
    repair="A declared ACL is written, and Redis restarted; a person corrects any other.",
    explains=_CONSEQUENCES,
)
PORT_TAKEN = kind(
    "port-taken",
    title="A port that a container needs is in use",
    part=Part.HEALTH,
    means="It ends each time it is started, or can't be started.",
    known=_KNOWN,
    repair="Nothing: what has the port may be right.",
    explains=_CONSEQUENCES,
)
MEMORY_SHORT = kind(
    "memory-short",
    title="A container had too little memory",
    part=Part.HEALTH,
    means="It was killed, or ended; it may do so again.",
    known=f"{_KNOWN} The engine says which container the kernel killed.",
    repair="Nothing but a start, where its own finding says so: its limit, or the host's memory, is"
    " a person's.",
    explains=_CONSEQUENCES,
)
CANNOT_EXECUTE = kind(
    "cannot-execute",
    title="What a container is to execute can't be executed",
    part=Part.HEALTH,
    means="Nothing of it ever runs.",
    known=_KNOWN,
    repair="Nothing: command, entrypoint or image are corrected by a person.",
    explains=_CONSEQUENCES,
)

KINDS: dict[What, Kind] = {
    What.NEWER: DATA_NEWER,
    What.DAMAGED: DATA_DAMAGED,
    What.DENIED: START_DENIED,
    What.MISSING: FILE_MISSING,
    What.CONFIGURATION: CONFIGURATION_REFUSED,
    What.ACL: ACL_REFUSED,
    What.PORT: PORT_TAKEN,
    What.MEMORY: MEMORY_SHORT,
    What.PROGRAM: CANNOT_EXECUTE,
}


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """The causes that containers name themselves, once for each service."""
    seen: set[tuple[str, What]] = set()
    for container in places.managed_containers(look, stack):
        words = words_of(look, container) if in_trouble(container, look.at) else None
        if words is None or not words.cause or jobs.validates(look, container):
            continue
        if _serves(look, container):
            continue
        if (container.service, words.what) not in seen:
            seen.add((container.service, words.what))
            yield _finding(look, stack, container, words)


def _serves(look: Look, container: Container) -> bool:
    """Whether it came up after all: then what an earlier run of it said is over."""
    answers = served(look.server(container.service)) or container.health == "healthy"
    return container.running and answers


def _finding(look: Look, stack: Stack, container: Container, words: Words) -> Finding[None]:
    said: Worded = worded(container, words)
    answer: Refusal | Symptom = Refusal(said.because, f"{said.instead}; {logs(container)}")
    if _looked_after(look, stack, container, words):
        # A declared ACL, and a secret, are put right by findings of their own, which say so.
        answer = Symptom(logs(container))
    return KINDS[words.what].found(
        container.service,
        said.problem,
        f"{container.name} ({_state(container)}) said last: {said.evidence}",
        answer,
        _part(stack, container),
    )


def _looked_after(look: Look, stack: Stack, container: Container, words: Words) -> bool:
    redis, path = stack.server(container.service), words.of("path")
    if redis and redis.users and (words.what is What.ACL or redis.acl_file == path):
        return True
    service = look.declared.services.get(container.service)
    mount = service.mount(path) if service else None
    return bool(mount and mount.secret in {secret.name for secret in stack.secrets})


def _state(container: Container) -> str:
    if container.status in ("restarting", "running"):
        return f"restarted {container.restarts} times"
    return f"{container.status}, exit code {container.exit_code}"


def _part(stack: Stack, container: Container) -> str:
    if stack.server(container.service):
        return Part.REDIS
    return Part.API if stack.client(container.service) else Part.HEALTH
