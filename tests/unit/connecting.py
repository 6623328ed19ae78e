"""An invented stack that was looked at while all was well, and its clients' connections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from looks import (
    BACK,
    container,
    endpoint,
    healthy,
    joined,
    stack,
    with_endpoint,
    with_info,
    with_redis,
)

from pyinfra_runbooks.engine.discovery.seen import Link, Seen
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.remembered import Memory, Remembered
from pyinfra_runbooks.packs.redis.connections import Connections, Refused
from pyinfra_runbooks.settings import Stack

NOW = 1_800_000_000.0
OWN, WEB, JOBS, DB = "172.30.0.2", "172.30.0.3", "172.30.0.4", "172.30.0.5"
LONG_AGO = datetime.fromtimestamp(NOW, UTC) - timedelta(days=1)
QUICK = Connections(WEB, OWN, 2, 0, 0, 80_000, 1, frozenset({"get", "set"}))
WAITING = Connections(JOBS, OWN, 1, 1, 0, 80_000, 1, frozenset({"brpop"}), 1)
DEAF = Connections(JOBS, OWN, 1, 0, 0, 100, 1, frozenset({"ping", "client|setinfo"}))
STATS = {"uptime_in_seconds": "86000", "cmdstat_brpop": "calls=7,usec=1", "cmdstat_set": "calls=9"}


def busy(*connected: Connections, refused: Iterable[Refused] = (), **info: Any) -> Look:
    """
    A healthy look at the stack, with a worker ``jobs`` and these connections to ``cache``.

    + info: what else ``INFO`` says
    """
    look = healthy()
    for service, address in (("cache", OWN), ("web", WEB), ("db", DB)):
        look = with_endpoint(look, service, address=address)
    jobs = container("jobs", "shop-jobs-1", {BACK: endpoint("jobs", address=JOBS)})
    look = joined(look, jobs)
    services = look.declared.services
    worker = replace(services["web"], name="jobs", networks={BACK: services["web"].networks[BACK]})
    look = replace(
        look,
        declared=replace(look.declared, services={**services, "jobs": worker}),
        containers=tuple(replace(c, started=LONG_AGO) for c in look.containers),
        at=NOW,
    )
    told = {**STATS, **info}
    look = with_redis(look, connected=connected, turned_away=tuple(refused))
    return with_info(look, **told)


def remembering(look: Look, ago: float = 600, of: str = "shop", **used: Any) -> Look:
    """
    The same, where earlier looks have left this.

    + ago: seconds since the last of them
    + of: the project that they were about
    + used: how each service used its Redis, as `Used`
    """
    memory = Memory("/srv/shop", of, look.at - ago, {"cache": used})
    found = replace(look.found, remembered=Remembered({("/srv/shop", of): memory}))
    return replace(look, found=found)


def linked(look: Look, **links: Link) -> Look:
    """The look, where services name others in their environment."""
    seen = {
        c.id: Seen("serve", links=(links[c.service],) if c.service in links else ())
        for c in look.containers
    }
    return replace(look, found=replace(look.found, seen=seen))


def shop(**changes: Any) -> Stack:
    """The inventory's side of it."""
    return stack(services=("cache", "web", "jobs", "db"), **changes)
