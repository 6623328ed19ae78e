"""Whether a container that has ended is a job, or a server that was stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    container,
    endpoint,
    healthy,
    stack,
    unhealthy,
    with_container,
    with_declared,
)
from verdicts import actions, kinds, of_clients, steps, verdicts

from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.engine.compose import Attachment, DeclaredService
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules import jobs
from pyinfra_runbooks.engine.rules.jobs import Role
from pyinfra_runbooks.engine.rules.places import managed_containers
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.clients.rules import api
from pyinfra_runbooks.packs.clients.rules.needed import Start
from pyinfra_runbooks.settings import run_policy

ALL = stack(services=())


def with_ended(look: Look, policy: str = "no", **declared: Any) -> Look:
    """The same stack with one service more, whose container has ended with code 0."""
    service = DeclaredService("more", "example/web:1", None, {BACK: Attachment()}, (), **declared)
    services = {**look.declared.services, "more": service}
    ended = container(
        "more",
        "shop-more-1",
        {BACK: endpoint("more")},
        status="exited",
        restart_policy=policy,
        ports=(8000,),
    )
    return replace(
        look,
        declared=replace(look.declared, services=services),
        containers=(*look.containers, ended),
    )


def waited(condition: str, **declared: Any) -> Look:
    look = with_ended(healthy(), **declared)
    return with_declared(look, "web", waits_for={"more": condition})


def among_others_that_restart(look: Look) -> Look:
    return with_declared(look, "web", restart="unless-stopped")


COMPLETED = "service_completed_successfully"
ROLES: dict[str, tuple[Look, Role]] = {
    "nothing tells": (with_ended(healthy()), Role.UNKNOWN),
    "an older engine leaves the policy empty": (with_ended(healthy(), policy=""), Role.UNKNOWN),
    "a policy for failures is one for both": (
        with_ended(healthy(), policy="on-failure", restart="on-failure:3"),
        Role.UNKNOWN,
    ),
    "its end is waited for": (waited(COMPLETED), Role.JOB),
    "its end is waited for, and it inherits what a server has": (
        waited(COMPLETED, serves=True, restart="always"),
        Role.JOB,
    ),
    "it is deployed as a job": (with_ended(healthy(), job=True), Role.JOB),
    "it alone is not started again": (
        among_others_that_restart(with_ended(healthy(), restart="no")),
        Role.JOB,
    ),
    "it alone is not started again, and others wait for its start": (
        among_others_that_restart(
            with_declared(
                with_ended(healthy(), restart="no"), "db", waits_for={"more": "service_started"}
            )
        ),
        Role.JOB,
    ),
    "it alone is not started again, and inherits what a server has": (
        among_others_that_restart(
            with_declared(
                with_ended(healthy(), restart="no", serves=True),
                "db",
                waits_for={"more": "service_started"},
            )
        ),
        Role.JOB,
    ),
    "it alone is not started again, and another names it as a host": (
        among_others_that_restart(
            with_declared(with_ended(healthy(), restart="no"), "db", uses=frozenset({"more"}))
        ),
        Role.SERVER,
    ),
    "no service is started again": (with_ended(healthy(), restart="no"), Role.UNKNOWN),
    "it should be started again": (with_ended(healthy(), restart="always"), Role.SERVER),
    "its container was made to be started again": (
        with_ended(healthy(), policy="unless-stopped"),
        Role.SERVER,
    ),
    "it serves": (with_ended(healthy(), serves=True), Role.SERVER),
    "its health is waited for": (waited("service_healthy"), Role.SERVER),
    "another names it as a host": (
        with_declared(with_ended(healthy()), "db", uses=frozenset({"more"})),
        Role.SERVER,
    ),
    "only its start is waited for": (waited("service_started"), Role.UNKNOWN),
}


@pytest.mark.parametrize(("look", "role"), ROLES.values(), ids=ROLES)
def test_what_compose_declares_tells(look: Look, role: Role) -> None:
    (member,) = look.members("more")
    assert jobs.role(look, member) is role
    found = verification.everything(look, ALL)
    expected = {Role.JOB: [], Role.SERVER: ["not-running"], Role.UNKNOWN: ["ended"]}
    assert kinds(found) == expected[role]
    assert (verification.findings(look, ALL) == []) is (role is not Role.SERVER)
    counts = "more" in {c.service for c in managed_containers(look, ALL)}
    assert counts is (role is Role.SERVER)


@pytest.mark.parametrize(
    "changes",
    [{"exit_code": 1}, {"exit_code": 143}, {"status": "created"}, {"status": "paused"}],
    ids=str,
)
def test_only_what_ended_without_an_error_is_a_job(changes: dict[str, Any]) -> None:
    look = with_container(waited(COMPLETED), "more", **changes)
    assert kinds(verification.everything(look, ALL)) == ["not-running"]


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"exit_code": 1}, "it is a job that failed"),
        ({"exit_code": 137}, "it is a job that failed"),
        ({"status": "created"}, "it is a job that has not run"),
    ],
    ids=str,
)
@pytest.mark.parametrize("unattended", [True, False])
@pytest.mark.parametrize("needed", [True, False])
def test_a_job_is_never_run_once_more(
    changes: dict[str, Any], because: str, unattended: bool, needed: bool
) -> None:
    """What has migrated half of a database, or emptied it, is a person's; named or not."""
    services = ("cache", "web", "db", "more")
    look = with_container(waited(COMPLETED), "more", **changes)
    if not needed:
        look = with_declared(with_declared(look, "web", waits_for={}), "more", job=True)
    for named in ((), services):
        declared = stack(services=named)
        run = run_policy(declared, {"unattended": unattended})
        found = verification.everything(look, declared, run)
        ((kind, answer),) = [(f.kind.id, f.resolution) for f in found]
        assert kind == "not-running"
        assert isinstance(answer, Refusal)
        assert because in answer.because
        assert answer.instead.startswith("docker logs --tail 20 shop-more-1")


def test_a_job_that_is_paused_goes_on() -> None:
    look = with_container(waited(COMPLETED), "more", status="paused")
    (finding,) = verification.everything(look, ALL)
    assert isinstance(finding.resolution, Remedy)
    assert finding.resolution.does == "unpause more"


def test_what_failed_and_may_be_a_job_is_started_only_where_it_is_named() -> None:
    look = with_container(waited("service_started"), "more", exit_code=1)
    (finding,) = verification.everything(look, ALL)
    assert isinstance(finding.resolution, Refusal)
    assert "it may be a job that failed" in finding.resolution.because
    assert "Stack(services=...)" in finding.resolution.instead
    named = stack(services=("cache", "web", "db", "more"))
    (finding,) = verification.everything(look, named)
    assert isinstance(finding.resolution, Remedy)


def test_what_is_merely_started_before_the_api_holds_up_no_restart() -> None:
    """Many a compose file waits so for its migrations; who did, is said."""
    found = verification.everything(unhealthy(waited("service_started")), ALL)
    assert kinds(found) == ["api-unhealthy", "ended", "unhealthy", "unhealthy"]
    assert actions(found) == [api.Step.RESTART]
    (note,) = (f for f in found if f.kind.id == "ended")
    assert "is started before web" in note.evidence


def test_who_is_named_in_the_inventory_has_to_run() -> None:
    named = stack(services=("cache", "web", "db", "more"))
    assert kinds(verification.everything(with_ended(healthy()), named)) == ["not-running"]
    assert kinds(verification.everything(waited("service_started"), named)) == ["not-running"]


def test_a_job_is_one_though_it_is_named() -> None:
    named = stack(services=("cache", "web", "db", "more"))
    assert verification.everything(waited(COMPLETED), named) == []


def test_who_is_not_named_need_not_run() -> None:
    assert verification.everything(with_ended(healthy(), serves=True), stack()) == []


@pytest.mark.parametrize(("service", "kind"), [("web", "api-stopped"), ("cache", "redis-stopped")])
def test_redis_and_the_api_are_servers(service: str, kind: str) -> None:
    stopped = with_container(healthy(), service, status="exited", restart_policy="no")
    assert kind in kinds(verification.everything(stopped, ALL))
    assert "ended" not in kinds(verification.everything(stopped, ALL))


@pytest.mark.parametrize(("service", "kind"), [("web", "api-stopped"), ("cache", "redis-stopped")])
def test_they_are_though_they_alone_are_not_started_again(service: str, kind: str) -> None:
    look = with_declared(healthy(), "db", restart="always")
    look = with_declared(look, service, restart="no", serves=True)
    stopped = with_container(look, service, status="exited", restart_policy="no", exit_code=1)
    found = verification.everything(stopped, ALL)
    assert kind in kinds(found)
    assert not any(isinstance(f.resolution, Refusal) for f in found)
    gone = with_container(stopped, service, network_mode="f" * 64)
    assert "network-gone" in kinds(verification.everything(gone, ALL))


def test_a_job_is_not_made_again_for_its_network() -> None:
    failed = with_container(waited(COMPLETED), "more", exit_code=1, network_mode="f" * 64)
    found = verification.everything(failed, ALL)
    assert kinds(found) == ["not-running"]
    assert isinstance(found[0].resolution, Refusal)


# What the API needs


def second_redis(change: Callable[[Look], Look]) -> Look:
    """A second Redis was stopped, with code 0; the API does not do without it."""
    return unhealthy(change(with_ended(healthy())))


NEEDS: dict[str, Callable[[Look], Look]] = {
    "it names it as a host": lambda look: with_declared(look, "web", uses=frozenset({"more"})),
    "it waits until it is healthy": lambda look: with_declared(
        look, "web", waits_for={"more": "service_healthy"}
    ),
    "what it waits for names it": lambda look: with_declared(
        with_declared(look, "web", waits_for={"db": "service_started"}),
        "db",
        uses=frozenset({"more", "web"}),
    ),
}


@pytest.mark.parametrize("change", NEEDS.values(), ids=NEEDS)
def test_a_stopped_server_is_the_cause_and_the_api_is_not_restarted(
    change: Callable[[Look], Look],
) -> None:
    look = second_redis(change)
    found = verification.everything(look, ALL)
    (cause,) = (f for f in found if not f.symptom)
    assert cause.headline() == "more: is not running [not-running]"
    assert "needed by " in cause.evidence
    (server,) = look.members("more")
    assert actions(found) == [Start("more", server.id)]
    assert "restart web" not in steps(look, ALL)


def test_in_a_restart_loop_it_is_not_restarted_either() -> None:
    look = with_declared(with_ended(healthy()), "web", uses=frozenset({"more"}))
    looping = with_container(look, "web", status="restarting", restarts=9)
    assert verdicts(of_clients(looping, ALL)) == [("api-restart-loop", "Symptom")]


def test_what_the_api_does_not_need_holds_up_no_restart() -> None:
    look = second_redis(lambda look: with_declared(look, "db", uses=frozenset({"more"})))
    assert "not-running" in kinds(verification.everything(look, ALL))
    assert actions(of_clients(look, ALL)) == [api.Step.RESTART]
    proxy = second_redis(lambda look: with_declared(look, "more", uses=frozenset({"web"})))
    assert actions(of_clients(proxy, ALL)) == [api.Step.RESTART]


def test_a_job_that_has_ended_is_nothing_that_it_lacks() -> None:
    look = unhealthy(waited(COMPLETED))
    assert actions(of_clients(look, ALL)) == [api.Step.RESTART]
