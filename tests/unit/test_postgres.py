"""Whether PostgreSQL serves, and has room: its disk, and its connections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    attached,
    container,
    endpoint,
    healthy,
    joined,
    unhealthy,
    with_container,
    with_declared,
)
from postgres_looks import DECLARED, SEEN, SERVER, found, seeing, stack
from verdicts import kinds

from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Note, Refusal, Remedy, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.asked import Asking
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.look import questions
from pyinfra_runbooks.packs.postgres.seen import (
    Disk,
    Limit,
    Login,
    Ready,
    Seen,
    Sessions,
)


def test_one_that_serves_is_no_finding() -> None:
    assert found(seeing()) == []


# Whether it is ready


@pytest.mark.parametrize(
    ("seen", "kind", "answer"),
    [
        (Unknown("there is no pg_isready in its container"), "postgres-silent", Refusal),
        (Seen(Ready.SILENT, Ready.SILENT), "postgres-silent", Refusal),
        (Seen(Ready.REJECTING, Ready.REJECTING), "postgres-starting", Symptom),
        (Seen(Ready.ACCEPTING, Ready.SILENT, server=SERVER), "postgres-unreachable", Refusal),
        (
            Seen(Ready.ACCEPTING, Ready.SILENT, server=replace(SERVER, listens="")),
            "postgres-starting",
            Symptom,
        ),
        (Seen(Ready.ACCEPTING, Ready.SILENT, closed="no"), "postgres-unreachable", Refusal),
    ],
)
def test_one_that_is_not_ready(seen: Seen | Unknown, kind: str, answer: type) -> None:
    (finding,) = found(seeing(seen))
    assert finding.kind.id == kind
    assert isinstance(finding.resolution, answer)


@pytest.mark.parametrize(
    "seen",
    [
        Seen(Ready.SILENT, Ready.SILENT),
        Seen(Ready.REJECTING, Ready.REJECTING),
        Seen(Ready.ACCEPTING, Ready.SILENT, server=SERVER),
        replace(SEEN, disks=(Disk(1 << 20, 10, "/data"),)),
        replace(SEEN, login=Login.REFUSED, says="sorry, too many clients already"),
    ],
)
def test_no_restart_of_a_client_helps_while_it_serves_nobody(seen: Seen) -> None:
    needs = with_declared(unhealthy(seeing(seen)), "web", uses=frozenset({"db"}))
    assert verification.planned(needs, stack(), Policy(unattended=True)).steps == ()
    (step,) = verification.planned(unhealthy(seeing(seen)), stack()).steps
    assert step.thing == "web"


@pytest.mark.parametrize("status", ["exited", "paused", "restarting"])
def test_one_that_does_not_run_is_a_finding_of_every_service(status: str) -> None:
    look = with_container(seeing(Seen()), "db", status=status)
    assert found(look) == []
    everything = verification.everything(look, stack())
    assert {"not-running", "restarting"} & {f.kind.id for f in everything if f.subject == "db"}


def test_one_that_is_stopped_is_a_cause_with_the_command_that_starts_it() -> None:
    """A component is no promise that its pack starts it."""
    look = with_container(seeing(Seen()), "db", status="exited", exit_code=1)
    (finding,) = (f for f in verification.everything(look, stack()) if f.subject == "db")
    assert isinstance(finding.resolution, Refusal)
    assert "docker start shop-db-1" in finding.resolution.instead


def test_one_without_a_network_is_a_finding_of_every_service() -> None:
    look = attached(seeing(network=Ready.UNASKED, login=Login.UNTRIED, at=""), "db", {})
    assert kinds(found(look)) == ["postgres-untried"]
    assert [f.part for f in verification.everything(look, stack()) if f.cause] == ["network"]


def test_of_several_containers_none_is_asked() -> None:
    other = container("db", "shop-db-2", {BACK: endpoint("db")})
    look = joined(healthy(), other)
    assert kinds(found(look)) == ["postgres-several"]
    asking = Asking.of(stack(), Found(look.containers))
    assert "postgres db" not in {q.name for q in questions(asking)}


# Its disk


@pytest.mark.parametrize(
    ("used", "left", "kind"),
    [(89, 11, ""), (90, 10, "postgres-disk-nearly-full"), (99, 0, "postgres-disk-full")],
)
def test_how_full_its_disk_is(used: int, left: int, kind: str) -> None:
    look = seeing(disks=(Disk(used << 20, left << 20, "/data"),))
    assert kinds(found(look)) == [kind] * bool(kind)
    for finding in found(look):
        assert f"/data: {100 * used // (used + left)} % of" in finding.evidence
        assert not isinstance(finding.resolution, Remedy)
        assert finding.breaks_health == (left == 0)


def test_the_limit_is_the_inventorys_and_a_stopped_one_is_judged_too() -> None:
    seen = Seen(disks=(Disk(60 << 20, 40 << 20, "/x"), Disk(9, 32 << 10, "/y")))
    look = with_container(seeing(seen), "db", status="exited")
    assert kinds(found(look, replace(DECLARED, nearly_full=60))) == ["postgres-disk-nearly-full"]
    assert Disk(0, 0, "/proc").percent == 0


def test_a_login_that_a_full_disk_refuses_is_no_finding_of_its_own() -> None:
    says = "could not write init file: No space left on device"
    full = replace(SEEN, login=Login.REFUSED, says=says, disks=(Disk(1 << 20, 10, "/data"),))
    assert kinds(found(seeing(full))) == ["postgres-disk-full"]
    elsewhere = replace(full, disks=SEEN.disks)
    assert kinds(found(seeing(elsewhere))) == ["postgres-refuses"]


# Its sessions


def crowd(*limits: Limit, **said: Any) -> Look:
    return seeing(sessions=Sessions(limits, **said))


@pytest.mark.parametrize(("used", "few"), [(87, False), (88, True), (97, True), (99, True)])
def test_how_many_sessions_are_left_to_clients(used: int, few: bool) -> None:
    """Of 100, three are kept for superusers, who may use the others up as well."""
    look = crowd(Limit("server", used, 97), crowd=("app", 60), idle=70, in_transaction=9)
    assert kinds(found(look)) == ["postgres-crowded"] * few
    for finding in found(look):
        assert isinstance(finding.resolution, Note)
        assert not finding.breaks_health
        assert finding.evidence == (
            f"{used} of the 97 sessions that max_connections leaves to clients;"
            " 60 of all are of app; 70 are idle, 9 idle in a transaction"
        )


def test_a_role_and_a_database_may_have_limits_of_their_own() -> None:
    """As where several teams share a server."""
    few = (Limit("server", 20, 97), Limit("role", 9, 10), Limit("database", 5, 5))
    (finding,) = found(crowd(*few))
    assert finding.evidence == (
        "9 of the 10 sessions that the role app may have;"
        " 5 of the 5 sessions that the database app may have"
    )
    assert Limit("server", 0, 0).percent == 100


def test_a_pool_may_be_as_large_as_it_is_meant_to_be() -> None:
    """It holds all of its sessions at all times."""
    look = crowd(Limit("server", 95, 97), crowd=("app", 95), idle=95, in_transaction=0)
    assert kinds(found(look)) == ["postgres-crowded"]
    assert found(look, replace(DECLARED, crowded=99)) == []


def test_one_that_has_none_left_says_it_in_its_own_words_too() -> None:
    says = "sorry, too many clients already"
    look = seeing(sessions=None, server=None, closed=says, login=Login.REFUSED, says=says)
    assert kinds(found(look)) == ["postgres-refuses"]
