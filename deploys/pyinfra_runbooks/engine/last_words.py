"""Why a container does not come up, as its log or the engine says it last. Pure.

Asked of those alone that are in trouble (`in_trouble`), or fail their own health check
(`complains`); no line of a log ever leaves its host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..core.answers import AnswerError
from ..core.unknown import Unknown
from .asked import Asking
from .docker import Container
from .look import Look
from .probe import Probe
from .shell import instant

_AT_MOST = 20  # containers of a stack: each is a command of its own on the host
_LATELY = 10.0  # seconds: what has run longer has started successfully, as Docker's own manual says
_FORMER = 90.0  # seconds: the engine waits up to 60 before it starts one again
_OF_NOW = 300.0  # seconds: what one that goes on running said before may be over
_EARLY = 1.0  # second: the engine notes a start a little late; what ends at once wrote before that


class What(StrEnum):
    """
    What a container's last words are about.

    + NEWER: its data was written by another version, which this one can't read
    + DAMAGED: its data can't be read
    + DENIED: a file or directory that it may not open or write
    + MISSING: a file that is not there
    + CONFIGURATION: a line of its configuration, or an option, that it refuses
    + ACL: the rules of its users
    + PORT: a port that is taken
    + MEMORY: it had too little memory
    + PROGRAM: what it is to execute can't be executed
    + ELSEWHERE: another one that it does not reach: no cause, but a symptom
    """

    NEWER = "newer"
    DAMAGED = "damaged"
    DENIED = "denied"
    MISSING = "missing"
    CONFIGURATION = "configuration"
    ACL = "acl"
    PORT = "port"
    MEMORY = "memory"
    PROGRAM = "program"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Words:
    """
    What is known of a container's last words.

    + what: what they are about
    + keys: what of them may leave a host: ``path``, ``line``, ``port``, ``host``, ``error`` …
    """

    what: What
    keys: Mapping[str, str] = field(default_factory=dict)

    def of(self, key: str) -> str:
        """What they say of something; empty: nothing."""
        return self.keys.get(key, "")

    @property
    def cause(self) -> bool:
        """Whether they name a cause: what is said of others is a symptom."""
        return self.what is not What.ELSEWHERE


def in_trouble(container: Container, at: float) -> bool:
    """
    Whether it does not come up: it ended with an error, or is started again and again.

    + at: when the host was looked at, in seconds since 1970
    """
    if container.status in ("exited", "created"):
        return container.exit_code != 0
    if container.running and container.restarts:
        return container.health == "unhealthy" or at - container.started.timestamp() < _LATELY
    return container.status in ("restarting", "dead")


def complains(container: Container, at: float) -> bool:
    """Whether it runs on, and fails its own health check: its log may say of whom it is refused."""
    return container.running and container.health == "unhealthy" and not in_trouble(container, at)


def _since(container: Container, at: float) -> str:
    """Of one that ran and ended only its last run counts; of one that was ended from outside, not
    what it said, but whether it was killed for lack of memory."""
    if container.stopped_from_outside and not container.running:
        return "none"
    started = container.started.timestamp()
    if complains(container, at):
        return instant(max(started - _EARLY, at - _OF_NOW))
    if started <= 0:
        return "-"
    return instant(started - (_FORMER if container.running else _EARLY))


def _asked(asking: Asking) -> Mapping[str, object] | None:
    members = asking.project.members
    at = asking.found.at
    unwell = (*(c for c in members if in_trouble(c, at)), *(c for c in members if complains(c, at)))
    found = unwell[:_AT_MOST]
    if not found:
        return None
    names = {name for c in members for name in (c.service, c.name)}
    names |= {name for c in members for e in c.networks.values() for name in e.names}
    return {
        "containers": tuple("\t".join((c.id, _since(c, at), *_directories(c))) for c in found),
        "names": tuple(sorted(filter(str.isprintable, names))),
    }


def _directories(container: Container) -> tuple[str, ...]:
    """Where its data may be; a tab or the like in a path makes it nobody's."""
    return tuple(m.target for m in container.mounts if m.target.isprintable())[:4]


def parse(lines: Sequence[str]) -> dict[str, Words | Unknown | None]:
    """What `ask_logs.sh` tells, by the ids of containers; None: no line is known."""
    found: dict[str, Words | Unknown | None] = {}
    for line in filter(None, lines):
        id_, _, rest = line.partition("\t")
        what, *keys = rest.split("\t")
        if what == "nothing":
            found[id_] = None
        elif what == "unread":
            found[id_] = Unknown("its log can't be read")
        elif what in list(What) and all("=" in key for key in keys):
            found[id_] = Words(What(what), dict(key.split("=", 1) for key in keys))
        else:
            raise AnswerError(f"what is said of logs is not understood: {line[:80]!r}")
    return found


LAST_WORDS: Probe[Asking, dict[str, Words | Unknown | None]] = Probe(
    "logs", "ask_logs.sh", parse, _asked
)
"""What the containers that are in trouble say last, by their ids."""


def unread(look: Look, container: Container) -> bool:
    """Whether a container is in trouble, and its log, which may say why, could not be read."""
    answer = look.of(LAST_WORDS)
    said = answer if isinstance(answer, Unknown) else answer.get(container.id)
    return in_trouble(container, look.at) and isinstance(said, Unknown)


def words_of(look: Look, container: Container) -> Words | None:
    """What a container that is in trouble said last; None: nothing that is known, or not asked."""
    return said_of(look, container) if in_trouble(container, look.at) else None


def said_of(look: Look, container: Container) -> Words | None:
    """The same, of one that runs on as well: of what it says of others."""
    if not in_trouble(container, look.at) and not complains(container, look.at):
        return None
    answer = look.of(LAST_WORDS)
    said = None if isinstance(answer, Unknown) else answer.get(container.id)
    return said if isinstance(said, Words) else None
