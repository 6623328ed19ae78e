"""Whether the role that clients log in as still has the password that Compose gives them.

Images read POSTGRES_PASSWORD once, when they make the first database: what it says later changes no
role, and a role that got another password since is none the worse for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Later, Note, Refusal, Remedy, Symptom
from ....core.unknown import Unknown
from ....engine.files import older
from ....engine.look import Inside, Look
from ....engine.parts import UNSERVED
from ....engine.rules.circumstances import circumstances
from ....settings import Stack
from ..probe import POSTGRES
from ..seen import Login, Ready, Seen, Server
from ..settings import Postgres
from ..steps import PART, Step
from . import disk

_HOLDS_UP = ("api-unhealthy",)  # No restart of a client helps before.

PASSWORD = kind(
    "postgres-password",
    title="A PostgreSQL role does not have the password that Compose gives",
    part=PART,
    means="Clients that log in with it are refused; clients that are logged in already are served.",
    known="A login from the container's own address, as its clients log in, is refused (28P01).",
    repair="The role takes that password: `ALTER ROLE`, over the server's own socket, with a"
    " verifier that is made inside the container; a login proves it, or its former one is put back."
    " A job does it only where the inventory declares it, Postgres(user=..., password=...), and"
    " no client is logged in as that role, which may have the former one.",
    undo="ALTER ROLE ... PASSWORD, with the former one, which is not kept",
    explains=UNSERVED,
    holds_up=_HOLDS_UP,
)
GIVEN = kind(
    "postgres-given",
    title="Compose gives PostgreSQL a password that its role no longer has",
    part=PART,
    means="Its present clients have another one; clients that use the compose file's are refused.",
    known="A login with POSTGRES_PASSWORD, or with what its file says, is refused, and others are"
    " logged in as that role.",
    repair="Nothing: its clients would be refused. To have it judged:"
    " Postgres(user=..., password=...).",
    breaks_health=False,
)
REFUSES = kind(
    "postgres-refuses",
    title="PostgreSQL refuses its clients' role, and not for its password",
    part=PART,
    means="Clients that log in as that role are not served.",
    known="A login from the container's own address is refused, in words that are shown.",
    repair="Nothing: `pg_hba.conf`, the role, its database or `max_connections`, as the words say.",
    explains=UNSERVED,
    holds_up=_HOLDS_UP,
)
OPEN = kind(
    "postgres-open",
    title="PostgreSQL lets in its clients' role without a password",
    part=PART,
    means="Any client that reaches it reads and writes all that this role may.",
    known="A login from the container's own address, without a password, is accepted.",
    repair="Nothing: `pg_hba.conf` says `trust`; as POSTGRES_HOST_AUTH_METHOD may have done.",
)
UNTRIED = kind(
    "postgres-untried",
    title="No login at PostgreSQL was tried",
    part=PART,
    means="Nothing proves the role's password. Where the inventory declares it, that was to be"
    " proved, and the stack is not healthy; where it does not, this is a note.",
    known="Nothing says what the password is, its file can't be read, its container is not one that"
    " may get it, or it has no address on a network.",
    repair="Nothing: what stands in its way is shown. To have it judged where it is not declared:"
    " Postgres(user=..., password=...).",
)


def findings(look: Look, stack: Stack, postgres: Postgres) -> Iterator[Finding[Step]]:
    """What came of a login, as its clients log in."""
    name, seen = postgres.service, look.of(POSTGRES, postgres.service)
    if isinstance(seen, Unknown) or seen.socket is not Ready.ACCEPTING:
        return  # Why not is a finding of its own.
    if seen.network is Ready.UNASKED:
        said = "its container has no address on a network, from which a login would count"
        yield _untried(postgres, seen, said)
    if seen.network is not Ready.ACCEPTING:
        return
    who = f"{seen.user} at {seen.at}"
    where = f"docker compose logs --tail 20 {name}"
    if seen.login is Login.PASSWORD:
        yield _refused(look, stack, postgres, seen)
    elif seen.login is Login.REFUSED and not disk.says_so(seen):
        yield REFUSES.found(
            name,
            f"refuses {seen.user}",
            f"a login as {who} to {seen.database} was refused: {seen.says}",
            Refusal(
                "it is not for its password",
                f"correct the role, the database or pg_hba.conf; the server's words: {where}",
            ),
        )
    elif seen.login is Login.OPEN:
        said = f"a login as {who} was accepted without a password"
        because = "clients may rely on it, and a person has to decide who may log in"
        instead = "pg_hba.conf: scram-sha-256 in the place of trust, once all give a password"
        yield OPEN.found(
            name,
            f"lets in {seen.user} without a password",
            said,
            Refusal(because, f"{instead}; or live with it: Accepted({OPEN.id!r}, ...)"),
        )
    elif seen.login is Login.UNTRIED:
        said = f"a login as {who} was not tried: {seen.says}"
        yield _untried(postgres, seen, said)


def _untried(postgres: Postgres, seen: Seen, said: str) -> Finding[Step]:
    """What is declared is to be proved. That it has no network is a finding of every service."""
    answer: Refusal | Symptom = Refusal(
        "the inventory declares its password, and no login proves it",
        "repair what stands in its way; its container has to mount the file of the password, one"
        " line, and be on a network",
    )
    if seen.network is Ready.UNASKED:
        answer = Symptom("once it is on its network, look again")
    problem = f"was not asked to let in {seen.user}"
    return UNTRIED.found(postgres.service, problem, said, answer if postgres.password else Note())


def _refused(look: Look, stack: Stack, postgres: Postgres, seen: Seen) -> Finding[Step]:
    """Who is logged in has another password, where nobody has said that this one counts."""
    clients = seen.server.role.clients if seen.server and seen.server.role else 0
    said = f"a login as {seen.user} at {seen.at} was refused: {seen.says}"
    said += f"; clients that are logged in as it: {clients}"
    if stale := _stale(look, stack, postgres):
        said += f"; {', '.join(stale)} still mounts the file that was there before"
    problem = f"refuses the password that Compose gives {seen.user}"
    if clients and not postgres.password:
        return GIVEN.found(postgres.service, problem, said)
    return PASSWORD.found(postgres.service, problem, said, _answer(look, stack, postgres, seen))


def _answer(look: Look, stack: Stack, postgres: Postgres, seen: Seen) -> Remedy[Step] | Refusal:
    """Its remedy; a job does it only where the inventory says that this password counts."""
    by_hand = f"in psql: \\password {seen.user}"
    if seen.server is None:
        because = f"its own socket lets nobody in who could set it ({seen.closed})"
        return Refusal(because, f"as an administrator of that server, {by_hand}")
    if unfit := _unfit(seen.server, seen.user):
        return unfit
    clients = seen.server.role.clients if seen.server.role else 0
    return Remedy(
        f"have the role {seen.user} take that password (ALTER ROLE)",
        Disruption.RECONNECT if clients else Disruption.NONE,
        Step.SET_PASSWORD,
        circumstances(look, stack, "set-password", postgres.service, seen.user),
        needs_person=_doubt(postgres, seen.user, clients),
    )


def _doubt(postgres: Postgres, user: str, clients: int) -> Refusal | None:
    """Why only a person may have it done."""
    if postgres.password and clients:
        return Refusal(
            f"{clients} clients are logged in as {user}: they may have its former password, as in"
            " the middle of a rotation, and would be refused at their next login",
            "once they have what the file says, have a person run this; or put the former"
            f" password back into {postgres.password.path}",
        )
    if postgres.password:
        return None
    return Refusal(
        "its container was given this password when its first database was made; the role may"
        " have got another one since, which its clients have",
        "declare the file that they have it from: Postgres(user=..., password=HostFile(...));"
        " or have a person run this",
    )


def _stale(look: Look, stack: Stack, postgres: Postgres) -> list[str]:
    """The clients that mount an older file than the host has: a sign of a rotation."""
    path = stack.compose.path(postgres.password.path) if postgres.password else ""
    host = look.files.get(path)
    return sorted(
        {
            container.name
            for client in stack.clients
            for container in look.members(client.service)
            for mount in container.mounts
            if mount.source == path
            and isinstance(inside := look.inside(client.service), Inside)
            and (seen := inside.files.get(mount.target))
            and host
            and older(host, seen)
        }
    )


def _unfit(server: Server, user: str) -> Refusal | None:
    """Why another password would not help, or can't be set here."""
    role = server.role
    if server.standby:
        return Refusal(
            "it is a standby, whose roles are those of the server that it follows",
            "repair it on the server that it follows: SELECT sender_host FROM pg_stat_wal_receiver",
        )
    if role is None:
        return Refusal(
            f"there is no role {user}",
            f"in psql: CREATE ROLE {user} LOGIN; \\password {user}; or name the one that clients"
            " use: Postgres(user=...)",
        )
    if not role.login:
        return Refusal(f"{user} may not log in at all", f"ALTER ROLE {user} LOGIN")
    if role.expired:
        return Refusal(
            f"the password of {user} has expired, so another one would not be taken either",
            f"ALTER ROLE {user} VALID UNTIL 'infinity'",
        )
    if not server.superuser:
        return Refusal(
            f"{server.admin}, who is let in over its own socket, is no superuser",
            f"as a superuser, in psql: \\password {user}",
        )
    return None


def later(look: Look, stack: Stack) -> list[Later]:
    """Where no login could be tried, since it does not accept any yet."""
    return [
        Later(
            postgres.service,
            Step.SET_PASSWORD.verb,
            "have the role take the password that is declared, if it is refused",
            Disruption.NONE,
        )
        for postgres in stack.of(Postgres)
        if postgres.password and not _tried(look, postgres)
    ]


def _tried(look: Look, postgres: Postgres) -> bool:
    seen = look.of(POSTGRES, postgres.service)
    return not isinstance(seen, Unknown) and seen.network is Ready.ACCEPTING
