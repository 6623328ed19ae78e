"""The API was never started, since its start-up validation failed: what a recovery makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    answering,
    attached,
    container,
    endpoint,
    joined,
    locked_out,
    stack,
    with_container,
    with_declared,
    without,
)
from verdicts import kinds, of_clients, settled, steps, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Refusal, Remedy, Symptom
from pyinfra_runbooks.engine.compose import Attachment, DeclaredService
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.parts import Part
from pyinfra_runbooks.engine.rules import jobs
from pyinfra_runbooks.engine.rules.jobs import COMPLETED
from pyinfra_runbooks.engine.rules.places import managed_containers
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.clients.rules import needed
from pyinfra_runbooks.packs.clients.rules.api import Step
from pyinfra_runbooks.packs.clients.rules.needed import Start
from pyinfra_runbooks.settings import Stack

# What an inventory says makes no difference: nobody names a validation there.
STACKS = {
    "named": stack(),
    "as Compose declares": stack(services=()),
}
REDIS, DB = "cache-serves-web", "db-serves-web"


def validating(look: Look, *, ended: int | None = 0, label: str = "web") -> Look:
    """The same stack, whose API waits for two validations; that of Redis ended so, or never ran."""
    services, made = dict(look.declared.services), []
    for name, server in ((REDIS, "cache"), (DB, "db")):
        services[name] = DeclaredService(
            name,
            f"example/{server}:1",
            None,
            {BACK: Attachment()},
            (),
            restart="no",
            waits_for={server: "service_started"},
            uses=frozenset({server}),
        )
        code = ended if server == "cache" else 0
        made.append(
            container(
                name,
                f"shop-{name}-1",
                {BACK: endpoint(name)},
                status="created" if code is None else "exited",
                exit_code=code or 0,
                restart_policy="no",
                validates=label,
            )
        )
    look = replace(look, declared=replace(look.declared, services=services))
    waits = {REDIS: COMPLETED, DB: COMPLETED}
    return with_declared(joined(look, *made), "web", waits_for=waits)


def never_started(look: Look, **changes: Any) -> Look:
    """Compose made the API, and did not start it: nobody answers there."""
    look = with_container(validating(look, **{"ended": 1, **changes}), "web", status="created")
    return replace(look, answers={})


def causes(look: Look, stack: Stack) -> list[tuple[str, object]]:
    found = [f for f in verification.everything(look, stack) if f.part != Part.HEALTH]
    return verdicts(found)


every_stack = pytest.mark.parametrize("declared", STACKS.values(), ids=STACKS)


@every_stack
def test_a_validation_that_has_ended_is_none_of_anybodys_business(
    look: Look, declared: Stack
) -> None:
    assert verification.everything(validating(look), declared) == []
    assert not {REDIS, DB} & {c.service for c in managed_containers(validating(look), declared)}


@every_stack
@pytest.mark.parametrize("ended", [1, 137, None])
def test_once_redis_serves_it_is_run_again_and_then_the_api_is_started(
    look: Look, declared: Stack, ended: int | None
) -> None:
    broken = never_started(look, ended=ended)
    assert causes(broken, declared) == [
        ("validation-failed", Disruption.NONE),
        ("api-stopped", Disruption.NONE),
    ]
    (validation,) = broken.members(REDIS)
    again, start = (f.resolution for f in verification.everything(broken, declared)[:2])
    assert isinstance(again, Remedy)
    assert again.action == Start(REDIS, validation.id, job=True)
    assert isinstance(start, Remedy)
    assert start.action is Step.START
    done = with_container(broken, REDIS, status="exited", exit_code=0)
    assert causes(done, declared) == [("api-stopped", Disruption.NONE)]


BROKEN: dict[str, Callable[[Look], Look]] = {
    "refuses its password": locked_out,
    "is on another network": lambda look: attached(
        look, "cache", {"shop_test": endpoint("cache", network="shop_test")}
    ),
    "was stopped": lambda look: with_container(look, "cache", status="exited"),
    "is gone": lambda look: without(look, "cache"),
}


@every_stack
@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_what_keeps_redis_from_serving_it_is_the_cause(
    look: Look, declared: Stack, change: Callable[[Look], Look]
) -> None:
    """Neither is done before: the validation would fail again, and Compose starts no API then."""
    broken = never_started(change(look))
    found = verification.everything(broken, declared)
    symptoms = {f.kind.id for f in found if f.symptom}
    assert {"validation-failed", "api-stopped"} <= symptoms
    assert [f for f in found if isinstance(f.resolution, Remedy | Refusal)]
    assert not {"validation-failed", "api-stopped"} & {f.kind.id for f in found if not f.symptom}


def test_its_log_is_where_to_look(look: Look) -> None:
    (finding,) = needed.findings(never_started(locked_out(look)), stack())
    assert finding.headline() == f"{REDIS}: failed [validation-failed]"
    assert "ended with code 1, so Compose did not start web" in finding.evidence
    assert isinstance(finding.resolution, Symptom)
    assert finding.resolution.look == f"docker logs --tail 1 shop-{REDIS}-1"
    assert [later.thing for later in finding.resolution.then] == [REDIS]


@every_stack
def test_once_the_api_runs_a_validation_that_failed_is_of_no_account(
    look: Look, declared: Stack
) -> None:
    """As after `up` on a stack whose API was running: it stays as it is, and so does the job."""
    assert verification.everything(validating(look, ended=1), declared) == []
    unhealthy = answering(validating(look, ended=1), 0, '{"status":"degraded","cache":"down"}', 503)
    assert causes(unhealthy, declared) == [("api-unhealthy", Disruption.RESTART)]


def test_servers_are_started_before_it_is_run_again(look: Look) -> None:
    stopped = with_container(
        with_container(never_started(look), DB, exit_code=1), "db", status="exited", exit_code=0
    )
    # Whatever the engine lists first.
    stopped = replace(stopped, containers=tuple(sorted(stopped.containers, key=lambda c: c.ports)))
    assert stopped.containers[-1].service != REDIS
    found = list(needed.findings(stopped, stack()))
    assert [(f.subject, type(f.resolution)) for f in found] == [
        ("db", Remedy),
        (REDIS, Remedy),
        (DB, Remedy),
    ]


def test_it_is_not_run_again_before_its_server_may_be_started(look: Look) -> None:
    undeclared = stack(services=())
    stopped = with_container(
        with_container(never_started(look), DB, exit_code=1), "db", status="exited", exit_code=0
    )
    assert steps(stopped, undeclared) == ["start db", f"run {REDIS}", f"run {DB}"]
    assert steps(stopped, undeclared, unattended="true") == [f"run {REDIS}"]
    (waits,) = settled(stopped, undeclared, DB, unattended="true")
    assert isinstance(waits.resolution, Refusal)
    assert "it has to wait for another refusal: db: " in waits.resolution.because
    (kept,) = of_clients(stopped, undeclared)
    assert isinstance(kept.resolution, Symptom)
    assert kept.resolution.look == f"docker logs --tail 1 shop-{DB}-1"
    assert [later.thing for later in kept.resolution.then] == ["web"]


def test_that_of_a_worker_is_a_symptom_of_what_the_worker_lacks(look: Look) -> None:
    """The recovery starts no worker."""
    declared = stack(services=())
    web = with_declared(never_started(look), "web", waits_for={})
    worker = replace(web.declared.services["web"], name="worker", waits_for={REDIS: COMPLETED})
    services = {**web.declared.services, "worker": worker}
    made = container("worker", "shop-worker-1", {BACK: endpoint("worker")}, status="created")
    both = joined(
        replace(web, declared=replace(web.declared, services=services)),
        made,
    )
    found = {f.subject: type(f.resolution) for f in verification.everything(both, declared)}
    assert found[REDIS] is Symptom
    assert found["worker"] is Refusal


# Jobs that are no validation


def test_an_api_is_not_started_past_a_job_that_failed(look: Look) -> None:
    """A migration may have done half of its work; what was running before is another matter."""
    failed = never_started(look, label="")
    (finding,) = of_clients(failed, stack())
    assert isinstance(finding.resolution, Refusal)
    assert f"once {REDIS} has ended with code 0, and it has not" in finding.resolution.because
    assert "docker compose up --detach web" in finding.resolution.instead
    stopped = with_container(failed, "web", status="exited")
    assert verdicts(of_clients(stopped, stack())) == [("api-stopped", Disruption.NONE)]


def test_a_label_alone_makes_no_validation(look: Look) -> None:
    """Compose has to say that it is a job: an image may carry any label."""
    labelled = with_container(look, "db", status="exited", exit_code=1, validates="web")
    (db,) = labelled.members("db")
    assert not jobs.validates(labelled, db)
    by_hand = with_container(validating(look, ended=1), REDIS, config_hash="")
    (validation,) = by_hand.members(REDIS)
    assert not jobs.validates(by_hand, validation)


def test_a_job_that_failed_holds_up_no_restart_of_a_running_api(look: Look) -> None:
    declared = stack(services=())
    unhealthy = answering(
        validating(look, ended=1, label=""), 0, '{"status":"degraded","cache":"down"}', 503
    )
    found: list[Finding[Any]] = list(of_clients(unhealthy, declared))
    assert verdicts(found) == [("api-unhealthy", Disruption.RESTART)]
    assert "not-running" in kinds(verification.everything(unhealthy, declared))
