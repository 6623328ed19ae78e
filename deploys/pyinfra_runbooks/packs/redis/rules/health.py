"""Whether Redis serves: it has its data, can save it, and lets in its users and no other client."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Symptom
from ....core.unknown import Unknown
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....engine.rules.places import is_scaled
from ....settings import Redis, Stack
from .found import unasked
from .serving import REDIS_SILENT, silent

LOADING = kind(
    "loading",
    title="Redis is still loading its data",
    part=Part.HEALTH,
    means="It answers with LOADING until it is done.",
    known="`INFO` says loading:1.",
    repair="None is needed: a run waits for it.",
    clears_itself=True,
    explains=UNSERVED,
)
SAVE_FAILED = kind(
    "save-failed",
    title="Redis can't save its data",
    part=Part.HEALTH,
    means="It refuses writes, and must not be stopped: it would lose what it holds.",
    known="`INFO` says that the last save, or write to the AOF, failed.",
    repair="Nothing: make room, or correct the permissions of its directory; then `BGSAVE`.",
    explains=UNSERVED,
)
REFUSES_USER = kind(
    "refuses-user",
    title="Redis refuses a declared user",
    part=Part.HEALTH,
    means="Clients that log in as that user are not served.",
    known="`AUTH` with the declared password is refused.",
    repair="That of its cause: the ACL, a file or a mount.",
    clears_itself=True,
    explains=UNSERVED,
)
OPEN = kind(
    "open",
    title="Redis accepts clients without credentials",
    part=Part.HEALTH,
    means="Every client that reaches it reads and writes everything.",
    known="`PING` without credentials is answered, or the default user has `nopass`.",
    repair="That of its cause: the ACL, a file or a mount.",
    clears_itself=True,
)


def findings(look: Look, stack: Stack, redis: Redis) -> Iterator[Finding[None]]:
    """Declared users get in, and no other client does."""
    name, server = redis.service, look.server(redis.service)
    where = Symptom(f"docker compose logs --tail 20 {name}")
    if isinstance(server, Unknown):
        if is_scaled(look, redis):
            return  # That none of its replicas is asked is said.
        runs = any(container.running for container in look.members(name))
        if runs and unasked(look, stack, name):
            return  # Which is said, and is no more than a note.
        if not silent(look, redis):  # Then that is the finding.
            yield REDIS_SILENT.found(name, "can't be asked", server.reason, where, Part.HEALTH)
        return
    if server.loading:
        yield LOADING.found(name, "is still loading its data", server.loading, where)
    if server.failed_save:
        seen = f"its last save failed ({server.failed_save}), after which it refuses writes"
        yield SAVE_FAILED.found(name, "can't save its data", seen, where)
    declared = [user.name for user in redis.users] or [login.name for login in redis.logins]
    for user in declared:
        if server.login_sent and not server.unaskable and not server.logins.get(user):
            seen = f"AUTH {user} was refused"
            yield REFUSES_USER.found(name, f"refuses the login of {user}", seen, where)
    # Where no login is declared, whom it lets in may be as it is meant.
    if declared and server.admits_unauthenticated:
        seen = "PING without credentials was answered" if server.open else "default has nopass"
        yield OPEN.found(name, "accepts unauthenticated clients", seen, where)
