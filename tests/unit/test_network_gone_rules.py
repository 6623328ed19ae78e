"""A network that is in a container's settings, and gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    identity,
    joined,
    network_id,
    stack,
    with_container,
    with_info,
)
from verdicts import actions, kinds, of_clients, of_servers, steps, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.engine.compose import DeclaredNetwork
from pyinfra_runbooks.engine.docker import Network
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules import namespaces as rules
from pyinfra_runbooks.engine.rules.namespaces import Revive
from pyinfra_runbooks.packs.network.rules.attachments import attachments
from pyinfra_runbooks.settings import Stack

NONE, RECONNECT, RESTART, RECREATE = Disruption


def made_again(look: Look, *services: str, **changes: Any) -> Look:
    """An external network was removed, and made again under the same name."""
    external = {**look.declared.networks, BACK: DeclaredNetwork("back", BACK, external=True)}
    look = replace(look, declared=replace(look.declared, networks=external))
    for service in services:
        former = network_id("former")
        there = {
            n: replace(e, network_id=former) for n, e in look.members(service)[0].networks.items()
        }
        look = with_container(look, service, network_mode=former, networks=there, **changes)
    return look


def test_all_replicas_are_made_again_and_nothing_is_attached(look: Look, stack: Stack) -> None:
    gone = made_again(look, "web", status="exited")
    (web,) = gone.members("web")
    second = replace(web, id=identity("shop-web-2"), name="shop-web-2")
    both = joined(gone, second)
    found = list(rules.findings(both, stack))
    assert verdicts(found) == [("network-gone", RECREATE)]
    assert actions(found) == [Revive("web")]
    assert isinstance(found[0].resolution, Remedy)
    assert "all 2 containers of web" in found[0].resolution.does
    assert all(name in found[0].evidence for name in ("shop-web-1", "shop-web-2"))
    assert of_clients(both, stack) == []
    assert list(attachments(both, stack)) == []


def test_the_network_is_named_and_what_has_its_name_now(look: Look, stack: Stack) -> None:
    (finding,) = rules.findings(made_again(look, "web"), stack)
    former, now = network_id("former")[:12], network_id(BACK)[:12]
    assert finding.evidence.startswith(
        f"shop-web-1 is configured for network {BACK} ({former}), which is gone;"
        f" what has that name now is another one, {now}"
    )


def test_what_can_be_attached_is(look: Look, stack: Stack) -> None:
    """Its settings name the network, and not its id."""
    gone = made_again(look, "db")
    gone = with_container(gone, "db", network_mode=BACK)
    assert list(rules.findings(gone, stack)) == []
    assert verdicts(attachments(gone, stack)) == [("stale-network", RECONNECT)]


def test_redis_is_recreated_in_its_own_way(look: Look, stack: Stack) -> None:
    for status in ("running", "exited"):
        gone = made_again(look, "cache", status=status)
        found = of_servers(gone, stack)
        assert ("network-gone", RECREATE) in verdicts(found)
        assert steps(gone, stack) == ["recreate cache"]
        assert list(attachments(gone, stack)) == []
    unsafe = with_info(made_again(look, "cache"), rdb_last_bgsave_status="err")
    assert verdicts(of_servers(unsafe, stack)) == [("network-gone", "Refusal")]


def test_an_external_network_that_nobody_made_again_is_a_persons(look: Look, stack: Stack) -> None:
    gone = made_again(look, "web", "cache")
    gone = replace(gone, networks={n: v for n, v in gone.networks.items() if n != BACK})
    for finding in (*rules.findings(gone, stack), *of_servers(gone, stack)):
        assert isinstance(finding.resolution, Refusal)
        assert finding.resolution.instead == f"docker network create {BACK}"


def test_a_job_that_has_ended_is_not_done_once_more(look: Look) -> None:
    gone = made_again(look, "db", status="exited", restart_policy="no", exit_code=0)
    assert list(rules.findings(gone, stack(services=()))) == []
    assert kinds(rules.findings(gone, stack())) == ["network-gone"]


FINE: dict[str, str] = {
    "by its id": network_id(BACK),
    "by the beginning of its id": network_id(BACK)[:12],
    "by its name": BACK,
    **{mode: mode for mode in ("host", "none", "bridge", "default", "")},
}


@pytest.mark.parametrize("mode", FINE.values(), ids=FINE)
def test_a_network_that_is_there(look: Look, mode: str) -> None:
    there = with_container(look, "db", network_mode=mode)
    assert rules.network_gone(there, there.members("db")[0]) is None


def test_one_that_compose_will_create_is_not_gone(look: Look) -> None:
    missing = replace(look, networks={"other": Network("1f", "other", "bridge")})
    assert rules.network_gone(missing, missing.members("db")[0]) is None
