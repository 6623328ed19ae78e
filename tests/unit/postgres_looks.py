"""Looks at a stack with a PostgreSQL, and what is found in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from looks import (
    healthy,
    with_reply,
)
from looks import stack as declared

from pyinfra_runbooks import HostFile, Stack
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.postgres import Postgres
from pyinfra_runbooks.packs.postgres.pack import PACK
from pyinfra_runbooks.packs.postgres.probe import POSTGRES
from pyinfra_runbooks.packs.postgres.seen import (
    Disk,
    Login,
    Ready,
    Role,
    Seen,
    Server,
)

FILE = "/srv/shop/keys/db.txt"
DECLARED = Postgres("db", user="app", password=HostFile("keys/db.txt"))
GIVEN = Postgres("db")
ROLE = Role(login=True, expired=False, clients=0)
SERVER = Server("17.2", False, "*", "postgres", True, ROLE)
SEEN = Seen(
    socket=Ready.ACCEPTING,
    network=Ready.ACCEPTING,
    user="app",
    database="app",
    at="172.30.0.9:5432",
    server=SERVER,
    login=Login.WORKS,
    disks=(Disk(1 << 20, 3 << 20, "/data"),),
)
SAYS = 'password authentication failed for user "app"'
REFUSED = replace(SEEN, login=Login.PASSWORD, says=SAYS)


def stack(postgres: Postgres = DECLARED) -> Stack:
    return declared(components=(*declared().components, postgres))


def seeing(seen: Seen | Unknown = SEEN, **changes: Any) -> Look:
    if isinstance(seen, Seen):
        seen = replace(seen, **changes)
    return with_reply(healthy(), POSTGRES, seen, "db")


def found(look: Look, postgres: Postgres = DECLARED) -> list[Finding[Any]]:
    return [f for judge in PACK.judges for f in judge(look, stack(postgres), postgres)]


def judged(look: Look, postgres: Postgres = DECLARED, **policy: Any) -> list[Finding[Any]]:
    """With what follows for a run."""
    everything = verification.everything(look, stack(postgres), Policy(**policy))
    return [f for f in everything if f.part == PACK.part]


def server(**changes: Any) -> Seen:
    """The password is refused, and the server says something else of itself."""
    return replace(REFUSED, server=replace(SERVER, **changes))


def role(**changes: Any) -> Seen:
    return server(role=replace(ROLE, **changes))
