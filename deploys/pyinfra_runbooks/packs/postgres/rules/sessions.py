"""Whether PostgreSQL has room for further clients.

Once it has none, a login is refused in its own words, and so is one's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Note
from ....core.unknown import Unknown
from ....engine.look import Look
from ....settings import Stack
from ..probe import POSTGRES
from ..seen import Limit, Seen, Sessions
from ..settings import Postgres
from ..steps import PART

CROWDED = kind(
    "postgres-crowded",
    title="PostgreSQL has few connections left",
    part=PART,
    means="It serves; once none is left, it refuses further clients: too many clients already.",
    known="Its clients' sessions, against `max_connections` without what is kept for superusers,"
    " and against limits of the role and its database; from Postgres(crowded=...) on: 90 %.",
    repair="Nothing: a person finds out who holds them: `SELECT usename, client_addr, state,"
    " count(*) FROM pg_stat_activity GROUP BY 1, 2, 3`. Idle ones are a pool, which may be as large"
    " as it is meant to be: then raise `crowded`. Those that are idle in a transaction were"
    " forgotten: `pg_terminate_backend`. A larger `max_connections` takes a restart, and memory.",
    breaks_health=False,
)


def findings(look: Look, _: Stack, postgres: Postgres) -> Iterator[Finding[None]]:
    """How many of the sessions that there may be there are."""
    seen = look.of(POSTGRES, postgres.service)
    if isinstance(seen, Unknown) or not seen.sessions:
        return
    near = [limit for limit in seen.sessions.limits if limit.percent >= postgres.crowded]
    if near:
        shown = "; ".join((*(_figures(limit, seen) for limit in near), *_whose(seen.sessions)))
        yield CROWDED.found(postgres.service, "has few connections left", shown, Note())


def _figures(limit: Limit, seen: Seen) -> str:
    """
    >>> _figures(Limit("server", 92, 97), Seen())
    '92 of the 97 sessions that max_connections leaves to clients'
    """
    whose = {
        "server": "that max_connections leaves to clients",
        "role": f"that the role {seen.user} may have",
        "database": f"that the database {seen.database} may have",
    }
    return f"{limit.used} of the {limit.most} sessions {whose[limit.of]}"


def _whose(sessions: Sessions) -> Iterator[str]:
    """Who has most of them, and what they do, which tells a pool from a leak."""
    role, held = sessions.crowd
    if role:
        yield f"{held} of all are of {role}"
    if sessions.idle is not None:
        yield f"{sessions.idle} are idle, {sessions.in_transaction} idle in a transaction"
