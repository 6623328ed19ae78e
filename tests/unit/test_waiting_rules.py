"""What Compose made and did not start is a symptom of what it waits for, and started after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from connecting import QUICK, busy, shop
from looks import with_container, with_declared, without

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Remedy, Symptom
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules import waiting
from pyinfra_runbooks.packs import findings as all_packs

STACK = shop()


def made(service: str, other: str = "db", condition: str = "service_started") -> Look:
    """Compose has made a service that waits for another one, and did not start it."""
    look = with_declared(busy(QUICK), service, waits_for={other: condition})
    return with_container(look, service, status="created")


def found(look: Look) -> dict[tuple[str, str], Finding[Any]]:
    return {(str(f.kind), f.subject): f for f in all_packs.everything(look, STACK)}


STOPPED = {"status": "exited", "exit_code": 1}


@pytest.mark.parametrize("service", ["web", "jobs"])
@pytest.mark.parametrize(
    ("condition", "other", "waits"),
    [
        ("service_started", {}, False),
        ("service_started", STOPPED, True),
        ("service_started", {"status": "paused"}, True),
        ("service_healthy", {"health": "healthy"}, False),
        ("service_healthy", {"health": "unhealthy"}, True),
        ("service_healthy", {"health": "starting"}, True),
        ("service_completed_successfully", STOPPED, False),
    ],
)
def test_whom_it_waits_for(
    service: str, condition: str, other: dict[str, Any], waits: bool
) -> None:
    look = with_container(made(service, condition=condition), "db", **other)
    (container,) = look.members(service)
    assert waiting.awaited(look, STACK, container) == (["db"] if waits else [])
    assert waiting.awaited(look, STACK, replace(container, status="exited")) == []


def test_how_a_redis_is_it_says_itself() -> None:
    look = with_container(made("web", "cache", "service_healthy"), "cache", health="unhealthy")
    (container,) = look.members("web")
    assert waiting.awaited(look, STACK, container) == []
    assert waiting.awaited(without(look, "cache"), STACK, container) == ["cache"]


def test_a_client_that_was_never_started_is_a_symptom() -> None:
    look = with_container(made("web"), "db", **STOPPED)
    findings = found(look)
    assert findings["not-running", "db"].cause
    client = findings["api-stopped", "web"].resolution
    assert isinstance(client, Symptom)
    assert client.look == "docker compose -p shop logs --tail 20 db"
    plan = all_packs.planned(look, STACK)
    assert [(later.thing, later.verb) for later in plan.later if later.thing == "web"] == [
        ("web", "start")
    ]


def test_once_what_it_waits_for_runs_it_is_started() -> None:
    assert isinstance(found(made("web"))["api-stopped", "web"].resolution, Remedy)


def test_another_service_that_was_never_started_is_a_symptom() -> None:
    look = with_container(made("jobs"), "db", **STOPPED)
    findings = found(look)
    assert findings["not-running", "db"].cause
    worker = findings["not-running", "jobs"]
    assert worker.symptom
    assert worker.evidence.endswith("; it is started after shop-db-1, which is exited")
    assert isinstance(worker.resolution, Symptom)
    assert worker.resolution.look == "docker compose -p shop logs --tail 20 db"
    assert [(later.thing, later.verb) for later in worker.resolution.then] == [("jobs", "start")]
    assert not found(made("jobs"))["not-running", "jobs"].symptom


@pytest.mark.parametrize(
    ("condition", "changes", "waits"),
    [
        ("service_started", {"status": "restarting"}, True),
        ("service_healthy", {"health": "unhealthy"}, True),
        ("service_healthy", {"health": "healthy"}, False),
        ("service_started", {}, False),
        ("service_completed_successfully", STOPPED, True),
        ("service_completed_successfully", {"status": "exited"}, False),
        ("service_completed_successfully", {**STOPPED, "validates": "web"}, False),
    ],
)
def test_what_it_is_started_after_may_be_a_job(
    condition: str, changes: dict[str, Any], waits: bool
) -> None:
    look = with_container(made("jobs", condition=condition), "db", **changes)
    (container,), (other,) = look.members("jobs"), look.members("db")
    assert waiting.before(look, container) == (other if waits else None)
    assert waiting.before(look, replace(container, status="exited")) is None
    assert waiting.before(look, replace(container, exit_code=127)) is None


def test_a_service_that_waits_for_a_job_that_failed_is_a_symptom_of_it() -> None:
    look = with_container(made("jobs", condition="service_completed_successfully"), "db", **STOPPED)
    worker = found(look)["not-running", "jobs"]
    assert worker.symptom
    assert worker.resolution == Symptom("docker compose -p shop logs --tail 20 db")


def test_several_that_it_waits_for_are_listed() -> None:
    waits = {"db": "service_started", "cache": "service_started"}
    look = with_declared(made("web"), "web", waits_for=waits)
    (container,) = look.members("web")
    symptom = waiting.symptom(without(without(look, "cache"), "db"), STACK, container)
    assert symptom is not None
    assert [later.does for later in symptom.then] == ["start it, once these run: cache, db"]
