"""Servers that the API needs: which are started, and which are left to a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import container, joined, stack, with_container, with_declared, without
from verdicts import steps

from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.engine.compose import DeclaredMount, DeclaredService
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.clients.rules import needed
from pyinfra_runbooks.packs.clients.rules.needed import Start
from pyinfra_runbooks.settings import Stack

DATA = Mount("volume", "/var/lib/docker/volumes/shop_db/_data", "/var/lib/db", "shop_db")


def stopped(look: Look, **changes: Any) -> Look:
    """The API names db as a host, and that was stopped."""
    uses = with_declared(look, "web", uses=frozenset({"db"}))
    return with_container(uses, "db", **{"status": "exited", "mounts": (DATA,), **changes})


def answer(look: Look, stack: Stack) -> Remedy[Start] | Refusal:
    (finding,) = needed.findings(look, stack)
    assert isinstance(finding.resolution, Remedy | Refusal)
    return finding.resolution


@pytest.mark.parametrize(
    ("status", "does"), [("exited", "start it"), ("created", "start it"), ("paused", "unpause it")]
)
def test_it_is_started_as_it_is(look: Look, stack: Stack, status: str, does: str) -> None:
    found = answer(stopped(look, status=status), stack)
    (db,) = look.members("db")
    assert isinstance(found, Remedy)
    assert (found.does, found.action) == (does, Start("db", db.id))


def test_it_is_one_finding_and_not_two(look: Look, stack: Stack) -> None:
    found = verification.everything(stopped(look), stack)
    assert [f.kind.id for f in found].count("not-running") == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda look: with_container(look, "db", status="exited"),  # nobody needs it
        lambda look: stopped(look, status="restarting"),
        lambda look: stopped(look, status="running"),
        lambda look: without(stopped(look), "db"),
        lambda look: stopped(look, network_mode="f" * 64),  # the engine would refuse it
    ],
)
def test_what_is_not_started(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert list(needed.findings(change(look), stack)) == []


def test_a_job_starts_only_what_the_inventory_names(look: Look) -> None:
    found = answer(stopped(look, exit_code=1), stack(services=()))
    assert isinstance(found, Remedy)
    assert found.needs_person
    assert "docker start shop-db-1" in found.needs_person.instead
    assert steps(stopped(look), stack(services=()), unattended="true") == []
    assert steps(stopped(look), stack(services=())) == ["start db"]
    assert steps(stopped(look), stack(), unattended="true") == ["start db"]


def test_whoever_writes_to_its_data_keeps_it_from_being_started(look: Look, stack: Stack) -> None:
    by_hand = replace(container("", "restore", {}), mounts=(DATA,), project="")
    found = answer(joined(stopped(look), by_hand), stack)
    assert isinstance(found, Refusal)
    assert "restore writes to the same data" in found.because
    reads = replace(by_hand, mounts=(replace(DATA, writable=False),))
    assert isinstance(answer(joined(stopped(look), reads), stack), Remedy)


def declared_beside(look: Look, **changes: Any) -> Look:
    """A service of the compose file, or of a profile of it, that runs on the same volume."""
    mount = DeclaredMount("volume", "shop_db", DATA.target)
    service = DeclaredService("upgrade", "x", None, {}, (mount,), **changes)
    services = {**look.declared.services, "upgrade": service}
    return replace(look, declared=replace(look.declared, services=services))


MEMBER = container("upgrade", "shop-upgrade-1", {}, mounts=(DATA,), restart_policy="no")


@pytest.mark.parametrize("status", ["running", "paused", "restarting"])
def test_what_of_the_project_itself_is_at_the_data_does(
    look: Look, stack: Stack, status: str
) -> None:
    """A service behind a profile, or one that others wait for: it restores or converts the data."""
    at_it = joined(stopped(look), replace(MEMBER, status=status))
    waited = with_declared(
        declared_beside(at_it), "db", waits_for={"upgrade": "service_completed_successfully"}
    )
    by_hand = with_declared(declared_beside(at_it), "web", restart="always")
    for crowded in (at_it, waited, by_hand):
        found = answer(crowded, stack)
        assert isinstance(found, Refusal)
        assert found.because.startswith("shop-upgrade-1 ")
        assert found.because.endswith(" writes to the same data")
    assert isinstance(
        answer(joined(stopped(look), replace(MEMBER, status="exited")), stack), Remedy
    )


@pytest.mark.parametrize(
    "declared",
    [{}, {"restart": "always"}, {"serves": True}],
    ids=["nothing tells", "started again", "serves"],
)
def test_who_shares_a_volume_by_what_compose_declares_does_not(
    look: Look, stack: Stack, declared: dict[str, Any]
) -> None:
    """Uploads that two servers write, for example."""
    shared = declared_beside(joined(stopped(look), MEMBER), **declared)
    assert isinstance(answer(shared, stack), Remedy)


def test_a_second_replica_does_not(look: Look, stack: Stack) -> None:
    second = container("db", "shop-db-2", {}, mounts=(DATA,))
    mount = DeclaredMount("volume", "shop_db", DATA.target)
    look = with_declared(stopped(look), "db", mounts=(mount,))
    assert isinstance(answer(joined(look, second), stack), Remedy)


@pytest.mark.parametrize("shared", ["/var/run/docker.sock", "/etc/localtime", "/dev/dri"])
def test_what_many_share_is_no_data(look: Look, stack: Stack, shared: str) -> None:
    socket = Mount("bind", shared, shared)
    other = replace(container("", "manager", {}), mounts=(socket,), project="")
    crowded = joined(stopped(look, mounts=(socket,)), other)
    assert isinstance(answer(crowded, stack), Remedy)
