"""Whether PostgreSQL is ready, and its clients can reach it.

That its container does not run, lacks a network, or refuses its port, is found of every service.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Refusal, Symptom
from ....core.unknown import Unknown
from ....engine.look import Look
from ....engine.parts import UNSERVED
from ....engine.rules.last_words import says_why
from ....settings import Stack
from ..probe import POSTGRES
from ..seen import Ready, Seen
from ..settings import Postgres
from ..steps import PART

_CONSEQUENCES = ("refuses", "validation-failed", *UNSERVED)
_HOLDS_UP = ("api-unhealthy",)  # No restart of a client helps before.

SEVERAL = kind(
    "postgres-several",
    title="Several containers may be PostgreSQL",
    part=PART,
    means="None of them is asked, and none gets a password, since labels prove nothing.",
    known="`docker ps -a`: more than one container has the labels of the service.",
    repair="Nothing: a person has to find out where the others come from.",
    waivable=False,
)
SILENT = kind(
    "postgres-silent",
    title="PostgreSQL does not answer",
    part=PART,
    means="Its container runs, but serves nobody.",
    known="`pg_isready` inside the container gets no answer, or can't be run there.",
    repair="Nothing: its log says why. It is not restarted, since it may be recovering its data.",
    waivable=False,
    explains=_CONSEQUENCES,
    holds_up=_HOLDS_UP,
)
STARTING = kind(
    "postgres-starting",
    title="PostgreSQL is starting up",
    part=PART,
    means="It rejects connections until it has recovered its data, or made its first database.",
    known="`pg_isready` says that it rejects connections; or it listens on its socket alone.",
    repair="None is needed: a run waits for it.",
    clears_itself=True,
    explains=_CONSEQUENCES,
    holds_up=_HOLDS_UP,
)
UNREACHABLE = kind(
    "postgres-unreachable",
    title="PostgreSQL listens to its own container only",
    part=PART,
    means="Its health check asks there, and succeeds; no other container is served.",
    known="`pg_isready` on its socket, and on its container's own address.",
    repair="Nothing: set `listen_addresses`, and restart it, which ends every session.",
    explains=_CONSEQUENCES,
    holds_up=_HOLDS_UP,
)


def findings(look: Look, stack: Stack, postgres: Postgres) -> Iterator[Finding[None]]:
    """One container, which runs, is ready, and takes connections from the network."""
    name, containers = postgres.service, look.members(postgres.service)
    if len(containers) > 1:
        yield SEVERAL.found(
            name,
            f"has {len(containers)} containers, so none of them is asked",
            "; ".join(c.distinguished for c in containers),
            Refusal(
                "labels prove nothing, so it is not known which of them is the server",
                f"see where each comes from: docker inspect {' '.join(c.name for c in containers)};"
                " then remove those that are not yours",
            ),
        )
    if [container.running for container in containers] != [True]:
        return  # That is a finding of every service.
    seen = look.of(POSTGRES, name)
    where = f"docker logs --tail 20 {containers[0].name}"
    if isinstance(seen, Unknown) or seen.socket in (Ready.SILENT, Ready.UNASKED):
        because = "nothing proves that a restart would help, and it ends every session"
        said = "pg_isready gets no answer on its socket"
        yield SILENT.found(
            name,
            "does not answer",
            seen.reason if isinstance(seen, Unknown) else said,
            Symptom(where) if says_why(look, containers[0]) else Refusal(because, where),
        )
    elif seen.socket is Ready.REJECTING:
        said = "pg_isready says that it rejects connections"
        yield STARTING.found(name, "is starting up, or recovers its data", said, Symptom(where))
    elif seen.network is Ready.SILENT:
        yield _unreachable(name, seen, where)


def _unreachable(name: str, seen: Seen, where: str) -> Finding[None]:
    """The official image makes its first database by a server that listens on its socket alone."""
    listens = seen.server.listens if seen.server else None
    said = f"it answers on its socket, and not at {seen.at}"
    if listens == "":
        said += "; its listen_addresses is empty"
        return STARTING.found(name, "is making its first database", said, Symptom(where))
    if listens is not None:
        said += f"; its listen_addresses is {listens}"
    answer = Refusal(
        "listen_addresses and port are read only when it starts, and a restart ends every session",
        "set listen_addresses = '*', and restart it when its sessions may end; if its clients use"
        f" another port, name that in the inventory: Service({name!r}, port=...)",
        in_inventory=True,
    )
    return UNREACHABLE.found(name, "can't be reached from its network", said, answer)
