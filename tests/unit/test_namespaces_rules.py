"""Who lives in whose network: said beforehand, and made good after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from looks import (
    attached,
    container,
    differing,
    identity,
    joined,
    network_id,
    stack,
    stranger,
    with_container,
    with_declared,
    with_unset,
    without,
)
from mounts import KEY_INSIDE
from verdicts import actions, kinds, of_clients, of_servers, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.resolution import Refusal, Remedy, Symptom
from pyinfra_runbooks.engine.compose import DeclaredService
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.docker import Container
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.parts import Part
from pyinfra_runbooks.engine.rules import namespaces as rules
from pyinfra_runbooks.engine.rules.namespaces import Revive
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.redis.steps import Step
from pyinfra_runbooks.settings import Stack

NONE, RECONNECT, RESTART, RECREATE = Disruption
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER, EARLIER = NOON + timedelta(seconds=5), NOON - timedelta(seconds=5)


GONE: dict[str, Any] = {"network_mode": "container:0123456789ab"}
COMMAND = Difference("changed", "command")
NETWORK = Difference("changed", "network_mode")


def exporter(lives_in: str = "shop-cache-1", **changes: Any) -> Container:
    """A sidecar, which was started after the container in whose network it lives."""
    mode = f"container:{identity(lives_in)}"
    shown = {"network_mode": mode, "started": LATER, **changes}
    return container("exporter", "shop-exporter-1", {}, **shown)


def beside(look: Look, service: str = "cache", **changes: Any) -> Look:
    """The stack with a sidecar of a service, which is all right but for these changes."""
    mode = f"service:{service}"
    declared = DeclaredService(
        "exporter", "x", None, {}, (), identity("exporter configuration"), network_mode=mode
    )
    services = {**look.declared.services, "exporter": declared}
    look = replace(look, declared=replace(look.declared, services=services))
    look = with_container(look, service, started=NOON)
    return joined(look, exporter(f"shop-{service}-1", **changes))


def orphaned(**changes: Any) -> Callable[[Look], Look]:
    """The container in whose network it lives is gone."""
    return lambda look: beside(look, **GONE, **changes)


@pytest.mark.parametrize("service", ["cache", "web", "db"])
def test_a_sidecar_is_no_finding(look: Look, service: str) -> None:
    """Whether the inventory names it or not."""
    for declared in (stack(), stack(services=())):
        assert everything(beside(look, service), declared) == []


SIDECARS: dict[str, tuple[Callable[[Look], Look], list[tuple[str, object]], list[Revive]]] = {
    "of a container that was restarted since": (
        lambda look: beside(look, started=EARLIER),
        [("sidecar-cut-off", RESTART)],
        [Revive("exporter", (identity("shop-exporter-1"),))],
    ),
    "of a container that is gone": (
        lambda look: beside(look, network_mode=f"container:{identity('former')}"),
        [("sidecar-cut-off", RECREATE)],
        [Revive("exporter")],
    ),
    "of another container than Compose declares": (
        lambda look: beside(look, network_mode=f"container:{identity('shop-web-1')}"),
        [("sidecar-cut-off", RECREATE)],
        [Revive("exporter")],
    ),
    "of a container that is stopped": (
        lambda look: with_container(beside(look), "cache", status="exited"),
        [("sidecar-cut-off", "Symptom")],
        [],
    ),
    "of a service without a container": (
        lambda look: without(beside(look, started=EARLIER), "cache"),
        [("sidecar-cut-off", "Symptom")],
        [],
    ),
    "that would become another one in ways that nobody can tell": (
        lambda look: beside(look, **GONE, config_hash=identity("by hand")),
        [("sidecar-cut-off", "Refusal")],
        [],
    ),
    "that would become another one": (
        lambda look: differing(beside(look, **GONE), "exporter", NETWORK, COMMAND),
        [("sidecar-cut-off", "Refusal")],
        [],
    ),
    "of which another hash tells of its network alone": (
        lambda look: differing(beside(look, **GONE), "exporter", NETWORK),
        [("sidecar-cut-off", RECREATE)],
        [Revive("exporter")],
    ),
    "where a variable is missing, and it is as declared": (
        lambda look: with_unset(beside(look, **GONE), "TAG"),
        [("sidecar-cut-off", RECREATE)],
        [Revive("exporter")],
    ),
    "of a container that is paused": (
        lambda look: with_container(beside(look), "cache", status="paused"),
        [],
        [],
    ),
    "that does not run": (lambda look: beside(look, started=EARLIER, status="exited"), [], []),
    **{
        f"that is {status}, of a container that is gone": (
            orphaned(status=status, restarts=9),
            [("sidecar-cut-off", RECREATE)],
            [Revive("exporter")],
        )
        for status in ("restarting", "paused")
    },
    "that the engine gave up to start again": (
        orphaned(status="exited", exit_code=1),
        [("sidecar-cut-off", RECREATE)],
        [Revive("exporter")],
    ),
    **{
        f"that was stopped with {code}, of a container that is gone": (
            orphaned(status="exited", exit_code=code),
            [("sidecar-cut-off", NONE)],
            [Revive("exporter", stopped=True)],
        )
        for code in (0, 137, 143)
    },
    "that has ended, as a job does": (
        lambda look: with_declared(
            beside(look, **GONE, status="exited", restart_policy="no"), "exporter", job=True
        ),
        [],
        [],
    ),
    "that failed, as a job may": (
        lambda look: with_declared(
            beside(look, **GONE, status="exited", exit_code=1), "exporter", job=True
        ),
        [],
        [],
    ),
    "that may be a job, and has ended": (
        orphaned(status="exited", restart_policy="no"),
        [],
        [],
    ),
    "that starts again and again": (lambda look: beside(look, status="restarting"), [], []),
    "by name": (lambda look: beside(look, network_mode="container:shop-cache-1"), [], []),
}


@pytest.mark.parametrize(("change", "expected", "done"), SIDECARS.values(), ids=SIDECARS)
def test_a_sidecar(
    look: Look,
    stack: Stack,
    change: Callable[[Look], Look],
    expected: list[tuple[str, object]],
    done: list[Revive],
) -> None:
    found = list(rules.findings(change(look), stack))
    assert verdicts(found) == expected
    assert actions(found) == done
    assert all("shop-exporter-1 shares the network" in f.evidence for f in found)


def test_a_restart_that_came_after_is_none(look: Look, stack: Stack) -> None:
    """It converges: once it was restarted, it is younger than whom it lives with."""
    assert kinds(rules.findings(beside(look, started=NOON), stack)) == []


@pytest.mark.parametrize(
    ("service", "part"), [("cache", Part.REDIS), ("web", Part.API), ("db", Part.NETWORK)]
)
def test_whose_repair_makes_it_good(look: Look, stack: Stack, service: str, part: Part) -> None:
    (finding,) = rules.findings(beside(look, service, started=EARLIER), stack)
    assert finding.part == part


# Said beforehand


def drifted(look: Look) -> Look:
    return differing(look, "cache", COMMAND)


def plan(look: Look, stack: Stack) -> Remedy[Step] | Refusal:
    (finding,) = of_servers(look, stack)
    assert isinstance(finding.resolution, Remedy | Refusal)
    return finding.resolution


def test_what_a_recreate_of_redis_disturbs_is_said(look: Look, stack: Stack) -> None:
    answer = plan(drifted(beside(look)), stack)
    assert isinstance(answer, Remedy)
    also = "; also recreates shop-exporter-1, which shares its network"
    assert answer.does.endswith(also)
    assert answer.disruption is RECREATE
    alone = plan(drifted(look), stack)
    assert isinstance(alone, Remedy)
    assert answer.does == alone.does + also


@pytest.mark.parametrize(
    "changes",
    [{"status": "restarting"}, {"status": "paused"}, {"status": "exited", "exit_code": 143}],
    ids=str,
)
def test_who_does_not_run_just_now_is_named_as_well(
    look: Look, stack: Stack, changes: dict[str, Any]
) -> None:
    """Such as one that ends again and again because Redis is wrong: it could not start again."""
    answer = plan(drifted(beside(look, **changes)), stack)
    assert isinstance(answer, Remedy)
    assert "; also recreates shop-exporter-1" in answer.does


def test_a_job_is_not_named(look: Look, stack: Stack) -> None:
    ended = with_declared(beside(look, status="exited"), "exporter", job=True)
    answer = plan(drifted(ended), stack)
    assert isinstance(answer, Remedy)
    assert "exporter" not in answer.does


def test_what_a_start_of_redis_makes_good_is_said(look: Look, stack: Stack) -> None:
    stopped = plan(with_container(beside(look), "cache", status="exited"), stack)
    assert isinstance(stopped, Remedy)
    assert stopped.does == "start it; also restarts shop-exporter-1, which shares its network"
    assert stopped.disruption is NONE
    paused = plan(with_container(beside(look), "cache", status="paused"), stack)
    assert isinstance(paused, Remedy)
    assert paused.does == "unpause it"


def test_a_restart_of_the_api_says_so_as_well(look: Look, stack: Stack) -> None:
    stopped = with_container(beside(look, "web"), "web", status="exited")
    (finding,) = of_clients(stopped, stack)
    assert isinstance(finding.resolution, Remedy)
    assert "also restarts shop-exporter-1" in finding.resolution.does


STRANGERS: dict[str, Container] = {
    "nobody's": stranger("shell", network_mode=f"container:{identity('shop-cache-1')}"),
    "by name": stranger("shell", network_mode="container:shop-cache-1"),
    "a one-off of the stack": exporter(oneoff=True),
}


@pytest.mark.parametrize("other", STRANGERS.values(), ids=STRANGERS)
def test_nobody_else_is_cut_off(look: Look, stack: Stack, other: Container) -> None:
    other = replace(other, networks={}, started=LATER, name="shell", id=identity("shell"))
    crowded = joined(with_container(look, "cache", started=NOON), other)
    answer = plan(drifted(crowded), stack)
    assert isinstance(answer, Refusal)
    assert "shell shares its network and would be cut off" in answer.because
    assert kinds(everything(crowded, stack)) == []
    for status in ("restarting", "paused"):
        at_work = joined(with_container(look, "cache", started=NOON), replace(other, status=status))
        assert isinstance(plan(drifted(at_work), stack), Refusal)
    for gone in (replace(other, started=EARLIER), replace(other, status="exited")):
        alone = joined(with_container(look, "cache", started=NOON), gone)
        assert isinstance(plan(drifted(alone), stack), Remedy)


def test_who_is_cut_off_already_keeps_nobody_from_a_start(look: Look, stack: Stack) -> None:
    mode = f"container:{identity('shop-cache-1')}"
    other = replace(stranger("shell", network_mode=mode), networks={}, started=LATER)
    stopped = with_container(look, "cache", started=NOON, status="exited")
    answer = plan(joined(stopped, other), stack)
    assert isinstance(answer, Remedy)
    assert answer.does == "start it"


# Redis itself, and the API, in the network of another


def living_with_db(look: Look, service: str, **changes: Any) -> Look:
    mode = f"container:{identity('shop-db-1')}"
    look = with_declared(look, service, networks={}, network_mode="service:db")
    look = with_container(attached(look, service, {}), "db", started=NOON)
    return with_container(look, service, **{"network_mode": mode, "started": LATER, **changes})


def test_redis_in_the_network_of_another_is_repaired_in_its_own_way(
    look: Look, stack: Stack
) -> None:
    assert of_servers(living_with_db(look, "cache"), stack) == []
    stale = of_servers(living_with_db(look, "cache", started=EARLIER), stack)
    assert (verdicts(stale), actions(stale)) == ([("sidecar-cut-off", RESTART)], [Step.RESTART])
    gone = living_with_db(look, "cache", network_mode="container:0123456789ab")
    found = of_servers(gone, stack)
    assert (verdicts(found), actions(found)) == ([("sidecar-cut-off", RECREATE)], [Step.RECREATE])
    waits = with_container(living_with_db(look, "cache"), "db", status="exited")
    assert verdicts(of_servers(waits, stack)) == [("sidecar-cut-off", "Refusal")]
    assert list(rules.findings(gone, stack)) == []


@pytest.mark.parametrize("status", ["running", "exited"])
def test_the_api_is_not_started_where_it_can_not_be(look: Look, stack: Stack, status: str) -> None:
    mode = "container:0123456789ab"
    gone = living_with_db(look, "web", network_mode=mode, status=status)
    assert of_clients(gone, stack) == []
    assert verdicts(rules.findings(gone, stack)) == [("sidecar-cut-off", RECREATE)]


def test_what_the_api_lacks_besides_is_named_and_made_good_by_it(look: Look, stack: Stack) -> None:
    former = {"network_mode": network_id("former")}
    for gone in (living_with_db(look, "web", **GONE), with_container(look, "web", **former)):
        lost = Difference("absent", "mounts", KEY_INSIDE)
        lacking = differing(with_container(gone, "web", mounts=()), "web", NETWORK, lost)
        (finding,) = rules.findings(lacking, stack)
        assert actions([finding]) == [Revive("web")]
        assert finding.evidence.endswith(f"; shop-web-1 lacks {KEY_INSIDE}")
        (other,) = rules.findings(differing(lacking, "web", lost, COMMAND), stack)
        assert isinstance(other.resolution, Refusal)
        because = "a recreate would also change command, which no finding names"
        assert other.resolution.because == because


def test_a_symptom_says_what_has_to_run_before(look: Look, stack: Stack) -> None:
    (finding,) = rules.findings(with_container(beside(look), "cache", status="exited"), stack)
    assert isinstance(finding.resolution, Symptom)
    assert "once shop-cache-1 runs" in finding.resolution.look
