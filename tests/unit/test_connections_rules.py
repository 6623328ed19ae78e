"""Clients that are refused, take nothing or have no connection; and those of a sound stack."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from connecting import (
    DEAF,
    JOBS,
    LONG_AGO,
    OWN,
    QUICK,
    WAITING,
    WEB,
    busy,
    linked,
    remembering,
    shop,
)
from looks import (
    attached,
    inside_web,
    unhealthy,
    with_acl,
    with_container,
    with_declared,
    with_info,
    with_redis,
)
from mounts import KEY_INSIDE

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Note, Refusal, Remedy, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.discovery.seen import Link
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.remembered import Remembered, Used
from pyinfra_runbooks.packs import findings as all_packs
from pyinfra_runbooks.packs.clients.rules import connections
from pyinfra_runbooks.packs.redis.connections import Connections, Refused
from pyinfra_runbooks.settings import Stack

REFUSED, DEAF_KIND, GONE = "client-refused", "client-takes-nothing", "client-not-connected"
WORKER, USUAL = Used("t", lively=True), Used("ccc", lasting=True, lively=True)
NOBODY: dict[str, Any] = {"uptime_in_seconds": "90", "cmdstat_brpop": "", "cmdstat_get": "calls=1"}
"""Redis was started, and nobody has waited on a queue since."""


def found(look: Look, stack: Stack | None = None) -> list[Finding[Any]]:
    return list(connections.findings(look, stack or shop()))


def verdicts(look: Look) -> list[tuple[str, str, str]]:
    return [(str(f.kind), f.subject, f.resolution.type) for f in found(look)]


def refused(address: str = JOBS, ago: int = 3, reason: str = "auth") -> tuple[Refused]:
    return (Refused(address, reason, 4, ago),)


def started(look: Look, service: str, ago: float) -> Look:
    return with_container(look, service, started=LONG_AGO + timedelta(days=1, seconds=-ago))


SOUND = {
    "all are connected": busy(QUICK, WAITING),
    "and were before": remembering(busy(QUICK, WAITING), web=USUAL, jobs=WORKER),
    "nothing is remembered": busy(),
    "nobody was ever connected": remembering(busy()),
    "who comes and goes": remembering(busy(WAITING), web=Used("c-c", lasting=True)),
    "a busy worker that kept its connection": remembering(
        busy(QUICK, replace(DEAF, oldest=80_000), **NOBODY), jobs=WORKER
    ),
    "a worker that took a job just after it had connected again": remembering(
        busy(QUICK, replace(DEAF, commands=frozenset({"hset"}))), jobs=WORKER
    ),
    "a client that never was a worker": remembering(busy(QUICK, DEAF, **NOBODY), jobs=USUAL),
    "one that waited once, and mostly not": remembering(
        busy(QUICK, DEAF, **NOBODY), jobs=Used("tcc")
    ),
    "a worker that has just connected": remembering(
        busy(QUICK, replace(DEAF, oldest=2), **NOBODY), jobs=WORKER
    ),
    "a worker that was just started": remembering(started(busy(QUICK), "jobs", 20), jobs=WORKER),
    "Redis was just started": remembering(busy(QUICK, uptime_in_seconds="20"), jobs=WORKER),
    "a stopped worker": remembering(
        with_container(busy(QUICK), "jobs", status="exited"), jobs=WORKER
    ),
    "memory of another project in its directory": remembering(busy(QUICK), of="shop2", jobs=WORKER),
    "a refusal from before it was started": started(busy(refused=refused(ago=50)), "jobs", 40),
    "a refusal of long ago, and it is connected": busy(QUICK, WAITING, refused=refused(ago=500)),
    "a refusal of an address that nobody has": busy(QUICK, WAITING, refused=refused("172.30.0.99")),
    "a command that it may not use": busy(QUICK, WAITING, refused=refused(reason="command")),
}


@pytest.mark.parametrize("case", SOUND)
def test_nothing_is_found_of_a_sound_stack(case: str) -> None:
    assert verdicts(SOUND[case]) == []


DEAF_LOOK = remembering(busy(QUICK, DEAF, **NOBODY), web=USUAL, jobs=WORKER)


def test_a_deaf_worker_is_the_cause() -> None:
    """Redis was restarted; the worker is connected again, and does not listen."""
    (finding,) = found(DEAF_LOOK)
    assert (str(finding.kind), finding.subject) == (DEAF_KIND, "jobs")
    assert "nobody has taken from a queue since" in finding.evidence
    assert "the last healthy look, 10 min ago" in finding.evidence
    assert isinstance(finding.resolution, Remedy)
    assert finding.resolution.disruption is Disruption.RESTART
    causes = [f for f in all_packs.everything(DEAF_LOOK, shop()) if f.cause]
    assert [(str(f.kind), f.subject) for f in causes] == [(DEAF_KIND, "jobs")]


def test_another_worker_may_have_taken_since() -> None:
    """Then its last word has to be one that does nothing."""
    assert verdicts(remembering(busy(QUICK, DEAF), jobs=WORKER)) == [(DEAF_KIND, "jobs", "remedy")]


HOST: dict[str, Any] = {"network_mode": "host", "networks": {}}
INSIDE: dict[str, Any] = {
    "network_mode": f"container:{busy().members('cache')[0].id}",
    "networks": {},
}


NONE_OF_HOST = "none comes from the host: it is not connected"


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (
            remembering(with_container(busy(QUICK), "jobs", **HOST), jobs=WORKER),
            f"shop-jobs-1: it is on the host's network; {NONE_OF_HOST}",
        ),
        (
            remembering(with_container(busy(QUICK), "jobs", **INSIDE), jobs=WORKER),
            "shop-jobs-1: it lives in the network of cache itself",
        ),
        (
            with_container(busy(QUICK), "cache", **HOST),
            "cache is on the host's network: who is connected can't be told; shop-web-1: 2"
            " connections from its address",
        ),
        (with_redis(busy(), connected=Unknown("NOPERM this user")), "NOPERM this user"),
    ],
)
def test_whose_connections_can_not_be_told_is_said(look: Look, seen: str) -> None:
    (finding,) = found(look)
    assert (str(finding.kind), finding.subject) == ("clients-unseen", "cache")
    assert finding.evidence == seen
    assert isinstance(finding.resolution, Note)
    assert not finding.breaks_health


def test_who_is_on_the_hosts_network_and_uses_no_redis_is_not_named() -> None:
    assert verdicts(with_container(busy(QUICK), "db", **HOST)) == []


def test_who_is_a_client_only_by_its_names_is_so_at_most_likely() -> None:
    """A file that a database has as well proves of nobody that it is a client."""
    names_it = Link("REDIS_HOST", "cache", 6379)
    look = with_container(linked(busy(QUICK), jobs=names_it), "jobs", **HOST)
    (finding,) = found(look)
    assert finding.evidence == f"shop-jobs-1: it is on the host's network; {NONE_OF_HOST}"
    look = linked(with_container(look, "db", image_name="postgres:16"), jobs=names_it, db=names_it)
    (finding,) = found(look)
    assert finding.evidence == (
        f"shop-jobs-1 (a likely client): it is on the host's network; {NONE_OF_HOST}"
    )
    (finding,) = found(remembering(look, jobs=USUAL))
    assert finding.evidence == f"shop-jobs-1: it is on the host's network; {NONE_OF_HOST}"
    declared = with_declared(busy(QUICK), "db", uses=frozenset({"cache"}))
    (finding,) = found(with_container(declared, "db", **HOST))
    assert finding.evidence.startswith("shop-db-1")
    assert found(with_container(linked(busy(QUICK), jobs=Link("H", "db")), "jobs", **HOST)) == []


@pytest.mark.parametrize(
    "other",
    [
        with_info(DEAF_LOOK, loading="1"),
        with_info(DEAF_LOOK, rdb_last_bgsave_status="err"),
        with_container(DEAF_LOOK, "cache", status="paused"),
        attached(DEAF_LOOK, "cache", {}),
        attached(DEAF_LOOK, "jobs", {}),
        with_redis(DEAF_LOOK, connected=Unknown("NOPERM")),
        replace(DEAF_LOOK, servers={"cache": Unknown("no answer")}),
        with_container(DEAF_LOOK, "cache", network_mode="host", networks={}),
    ],
)
def test_clients_are_not_judged_where_redis_itself_has_a_problem(other: Look) -> None:
    assert [found for found in verdicts(other) if found[0] != "clients-unseen"] == []


def test_a_connection_to_an_address_that_redis_has_no_more_is_none() -> None:
    """It does not know yet that its network was taken away and given back."""
    look = remembering(busy(QUICK, replace(WAITING, local="172.30.0.66")), jobs=WORKER)
    assert verdicts(look) == [(GONE, "jobs", "refusal")]


@pytest.mark.parametrize(
    ("used", "resolution"),
    [
        (WORKER, Refusal),  # It may be at work, and connect once that is done.
        (USUAL, Remedy),
        (Used("cc", lasting=True, lively=True), Note),
        (Used("ccc", lasting=True), Note),  # It connects when it has to.
        (Used("ccc", lively=True), Note),
    ],
)
def test_a_client_that_lost_its_connection(used: Used, resolution: type) -> None:
    (finding,) = found(remembering(busy(QUICK), jobs=used))
    assert (str(finding.kind), finding.subject) == (GONE, "jobs")
    assert isinstance(finding.resolution, resolution)
    assert finding.breaks_health is (resolution is not Note)


def test_one_that_says_that_it_is_well_may_connect_late() -> None:
    """Its own health check, or those that ask it; a worker's says nothing of its queue."""
    look = with_container(busy(QUICK), "jobs", health="healthy")
    assert verdicts(remembering(look, jobs=USUAL)) == []
    assert verdicts(remembering(look, jobs=WORKER)) == [(GONE, "jobs", "refusal")]
    assert verdicts(remembering(busy(WAITING), web=USUAL)) == []


def test_a_client_that_fails_its_checks_is_judged_by_these() -> None:
    """It may be restarted for that, and a restart of a client is never merely refused here."""
    gone = unhealthy(busy(WAITING))
    assert verdicts(remembering(gone, web=USUAL)) == []
    worker = replace(DEAF, address=WEB)
    assert verdicts(remembering(unhealthy(busy(worker, **NOBODY)), web=WORKER)) == []


def test_a_client_with_a_wrong_password() -> None:
    look = started(busy(QUICK, refused=refused(), errorstat_WRONGPASS="count=4"), "jobs", 40)
    (finding,) = found(remembering(look, jobs=WORKER))
    assert (str(finding.kind), finding.subject) == (REFUSED, "jobs")
    assert finding.problem == "is refused by cache: wrong password"
    assert "4 refusals from the address of shop-jobs-1, at last 3 s ago" in finding.evidence
    assert "WRONGPASS 4 times" in finding.evidence
    assert isinstance(finding.resolution, Refusal)
    assert "docker compose up --detach --no-deps jobs" in finding.resolution.instead


def test_one_that_gave_up_is_refused_still() -> None:
    assert verdicts(busy(QUICK, refused=refused(ago=5000))) == [(REFUSED, "jobs", "refusal")]


def test_where_redis_refuses_everybody_it_is_no_fault_of_the_client() -> None:
    look = with_redis(busy(QUICK, refused=refused()), logins={"clerk": False})
    (finding,) = found(look)
    assert isinstance(finding.resolution, Symptom)


def test_a_declared_client_that_is_refused_may_be_repaired_by_its_own_findings() -> None:
    """It may read another password when it is restarted, or was refused before a repair of Redis'
    ACL in this run."""
    look = busy(WAITING, refused=refused(WEB))
    assert verdicts(unhealthy(look)) == [(REFUSED, "web", "symptom")]
    stale = inside_web(look, KEY_INSIDE, inode=99, sha256="0" * 64)
    assert verdicts(stale) == [(REFUSED, "web", "symptom")]
    assert verdicts(look) == [(REFUSED, "web", "refusal")]


def test_one_of_its_two_connections_works() -> None:
    works = Connections(JOBS, OWN, 1, 0, 0, 500, 1, frozenset({"set"}))
    assert verdicts(busy(QUICK, works, refused=refused())) == [(REFUSED, "jobs", "note")]
    assert verdicts(busy(QUICK, WAITING, refused=refused(WEB))) == []  # and its checks succeed
    retries = replace(works, oldest=1, default=1, commands=frozenset({"auth"}))
    assert verdicts(busy(QUICK, retries, refused=refused())) == [(REFUSED, "jobs", "refusal")]


def test_a_client_without_a_login() -> None:
    mute = Connections(JOBS, OWN, 2, 0, 2, 500, 1, frozenset({"ping"}))
    look = busy(QUICK, mute, errorstat_NOAUTH="count=9")
    assert verdicts(look) == [(REFUSED, "jobs", "refusal")]
    assert verdicts(with_acl(look, "default", flags=["on", "nopass"])) == []
    assert verdicts(busy(QUICK, mute)) == []
    assert verdicts(busy(QUICK, replace(mute, default=1), errorstat_NOAUTH="count=9")) == []


def test_all_that_live_in_one_network_may_be_meant() -> None:
    """Of a VPN and who lives in its network, each may be the one."""
    look = busy(QUICK, WAITING)
    (worker,) = look.members("jobs")
    look = with_container(look, "db", network_mode=f"container:{worker.id}", networks={})
    look = with_declared(look, "db", network_mode="service:jobs", networks={})
    assert verdicts(remembering(look, jobs=WORKER, db=WORKER)) == []
    gone = remembering(with_redis(look, connected=(QUICK,)), jobs=WORKER, db=WORKER)
    assert verdicts(gone) == [(GONE, "db", "refusal"), (GONE, "jobs", "refusal")]


def test_what_is_remembered_and_can_not_be_read_is_said() -> None:
    ignored = Remembered({}, ("x.json is another user's",))
    look = busy(QUICK, WAITING)
    look = replace(look, found=replace(look.found, remembered=ignored))
    assert verdicts(look) == [("client-record-ignored", "shop", "note")]
    look = replace(look, found=replace(look.found, remembered=Unknown("it hangs")))
    assert verdicts(look) == [("client-record-ignored", "shop", "note")]
