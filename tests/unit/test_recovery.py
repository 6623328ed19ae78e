"""A recovery: what is shown is done, in order, under the lock; and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fakes import Clock
from looks import (
    BACK,
    answering,
    attached,
    differing,
    healthy,
    joined,
    locked_out,
    stack,
    stranger,
    unhealthy,
    with_acl,
    with_container,
    with_info,
)
from mounts import unmounted
from pyinfra.context import ctx_host
from recoveries import Ran, a_host, all_ran, ran

import pyinfra_runbooks
from pyinfra_runbooks.core.errors import RunbookError
from pyinfra_runbooks.core.locking import Held, Taken
from pyinfra_runbooks.core.restraint import Pause
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.diagnosis import diagnose
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.parts import Part
from pyinfra_runbooks.engine.shell.lock import LONGEST
from pyinfra_runbooks.facts import locks
from pyinfra_runbooks.facts.journal import VARIABLE
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.operations import recovery

HEALTHY = healthy()
AWAY = attached(HEALTHY, "cache", {})
(CACHE,) = HEALTHY.members("cache")
OWN = CACHE.networks[BACK]
CHANGED = Difference("changed", "command")
STOPPED = with_container(HEALTHY, "cache", status="exited", exit_code=137)
NO_ACL = with_acl(HEALTHY, "clerk", commands="+@all -debug")


def recover(*looks: Look | Unknown, **arguments: Any) -> Ran:
    """The whole recovery, proof included."""
    host = a_host(*looks, **arguments.pop("run", {}))
    return ran(recovery.recover, host, arguments.pop("of", None), **{"prove": True, **arguments})


@pytest.mark.parametrize("deploys", [(), ("postgress",), (str,)], ids=str)
def test_what_is_no_deploy_is_said(deploys: tuple[Any, ...]) -> None:
    with pytest.raises(RunbookError, match=r"some of network\.attach, .*, 'redis'"):
        pyinfra_runbooks.recover._inner(*deploys)


# What is healthy


def test_a_healthy_host_costs_one_look_and_no_lock() -> None:
    came = recover(HEALTHY)
    assert (came.planned, came.did, came.refused) == ([], [], [])
    assert (came.looks, came.locked) == (1, 0)
    assert [said.partition(":")[0] for said in came.host.noops] == ["shop is healthy"]
    assert len(came.host.said) == 1


# What is done, in which order


def test_each_stage_is_followed_by_a_look_and_the_lock_is_taken_once() -> None:
    off_front = attached(HEALTHY, "web", {BACK: HEALTHY.members("web")[0].networks[BACK]})
    broken = differing(attached(off_front, "db", {}), "cache", CHANGED)
    came = recover(broken, differing(HEALTHY, "cache", CHANGED), HEALTHY)
    assert came.did == [
        "attach shop-db-1 to shop_back",
        "attach shop-web-1 to shop_front",
        "recreate cache",
    ]
    assert (came.planned, came.refused) == (came.did, [])
    assert (came.looks, came.locked) == (4, 1)  # The last one is the proof's.


def test_a_redis_that_is_recreated_is_not_attached_before() -> None:
    came = recover(differing(AWAY, "cache", CHANGED), HEALTHY)
    assert came.did == ["recreate cache"]


def test_it_is_attached_where_no_recreate_may_be_done() -> None:
    broken, left = differing(AWAY, "cache", CHANGED), differing(HEALTHY, "cache", CHANGED)
    came = recover(broken, left, run={"max_disruption": "restart"})
    assert came.did == ["attach shop-cache-1 to shop_back"]
    assert any("--data max_disruption=recreate" in said for said in came.refused)


def test_what_has_nothing_to_do_with_a_refusal_is_done_and_the_refusal_said_at_the_end() -> None:
    thief = stranger("thief", "cache")
    came = recover(joined(AWAY, thief), joined(HEALTHY, thief))
    assert came.did == ["attach shop-cache-1 to shop_back"]
    (refused,) = came.refused
    assert "docker network disconnect shop_back thief" in refused


def test_a_step_that_another_one_made_needless_is_left_out() -> None:
    came = recover(differing(attached(HEALTHY, "db", {}), "cache", CHANGED), HEALTHY)
    assert len(came.planned) == 2
    assert came.did == ["attach shop-db-1 to shop_back"]


def test_a_service_is_attached_to_several_networks() -> None:
    """Each is a finding about the same service."""
    one = attached(HEALTHY, "web", {"shop_test": OWN})
    came = recover(one, HEALTHY)
    assert came.did == ["attach shop-web-1 to shop_back", "attach shop-web-1 to shop_front"]
    assert came.refused == []


# The API


def test_an_api_that_recovers_by_itself_is_not_restarted() -> None:
    came = recover(unhealthy(AWAY), unhealthy(HEALTHY), HEALTHY)
    assert came.did == ["attach shop-cache-1 to shop_back"]
    assert any("does not recover by itself" in said for said in came.host.said)
    assert came.refused == []


def test_one_that_does_not_is_restarted_after_redis() -> None:
    came = recover(unhealthy(AWAY), unhealthy(HEALTHY), unhealthy(HEALTHY), HEALTHY)
    assert came.did == ["attach shop-cache-1 to shop_back", "restart web"]
    assert came.planned == came.did[:1]


def test_one_that_was_healthy_before_is_restarted_too() -> None:
    """Redis came back, and its connections did not."""
    came = recover(
        differing(HEALTHY, "cache", CHANGED), unhealthy(HEALTHY), unhealthy(HEALTHY), HEALTHY
    )
    assert came.did == ["recreate cache", "restart web"]


def test_not_above_the_cap() -> None:
    came = recover(unhealthy(AWAY), unhealthy(HEALTHY), run={"max_disruption": "none"})
    assert came.did == ["attach shop-cache-1 to shop_back"]
    assert any("--data max_disruption=restart" in said for said in came.refused)


def test_a_restart_that_did_not_help_is_not_made_twice() -> None:
    came = recover(unhealthy(HEALTHY))
    assert came.did == ["restart web"]
    (refused,) = came.refused
    assert "even after the repair" in refused


# What lives in a network that is another one afterwards


def sidecar(look: Look, **changes: Any) -> Look:
    """The database lives in the network of Redis."""
    services = dict(look.declared.services)
    services["db"] = replace(services["db"], networks={}, network_mode="service:cache")
    shared = replace(look, declared=replace(look.declared, services=services))
    (cache,) = shared.members("cache")
    about = {"network_mode": f"container:{cache.id}", "networks": {}, **changes}
    return with_container(shared, "db", **about)


def test_what_shares_its_network_follows_a_redis_that_was_recreated() -> None:
    new = sidecar(
        with_container(HEALTHY, "cache", id="f" * 64), network_mode="container:" + "0" * 64
    )
    came = recover(sidecar(differing(HEALTHY, "cache", CHANGED)), new, sidecar(HEALTHY))
    assert came.did == ["recreate cache", "recreate db"]
    assert came.planned == ["recreate cache"]
    assert came.refused == []


# Another plan than was shown


def test_what_was_not_shown_is_not_done() -> None:
    """While a person thought about it, Redis was changed, too."""
    host = a_host(AWAY, differing(HEALTHY, "cache", CHANGED), lock=Taken(moved=True))
    came = ran(recovery.recover, host, prove=True)
    assert (came.planned, came.did) == (["attach shop-cache-1 to shop_back"], [])
    (refused,) = came.refused
    assert "Run it again" in refused
    assert any("[config-differs]" in said for said in host.said)


def test_what_a_deploy_said_is_what_was_shown_where_pyinfra_asks_nothing() -> None:
    """With -y it prepares no operation."""
    host = a_host(AWAY, differing(HEALTHY, "cache", CHANGED), lock=Taken(moved=True))
    with ctx_host.use(host):
        diagnose(stack=stack(), prove=True)
    came = all_ran(host, (recovery.recover, {"stack": stack(), "prove": True}), asks=False)
    assert came.did == []
    assert "Run it again" in came.refused[0]


def test_less_than_was_shown_is_done() -> None:
    both = attached(AWAY, "web", {})
    host = a_host(both, AWAY, HEALTHY, lock=Taken(moved=True))
    came = ran(recovery.recover, host, prove=True)
    assert came.did == ["attach shop-cache-1 to shop_back"]
    assert came.refused == []


def test_what_comes_up_meanwhile_is_left_and_a_job_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal"
    monkeypatch.setenv(VARIABLE, str(journal))
    host = a_host(AWAY, differing(HEALTHY, "cache", CHANGED))
    came = ran(recovery.recover, host, prove=True)
    assert came.did == ["attach shop-cache-1 to shop_back"]
    assert "more has to be done than was shown" in came.refused[0]
    shown = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [entry["again"] for entry in shown if entry["event"] == "refusal"] == [True]


# What stands in the way


def test_the_lock_is_taken_again_after_a_long_time() -> None:
    clock = Clock()

    def slow(look: Look) -> Callable[..., Look]:
        def answer(**_: Any) -> Look:
            clock.sleep(LONGEST)
            return look

        return answer

    changed = differing(HEALTHY, "cache", CHANGED)
    looks = (differing(attached(HEALTHY, "db", {}), "cache", CHANGED), changed, HEALTHY)
    host = a_host(*looks)
    host._answers[StackLook] = [*map(slow, looks)]
    with patch.object(locks, "time", clock):
        came = ran(recovery.recover, host, prove=True)
    assert came.did == ["attach shop-db-1 to shop_back", "recreate cache"]
    assert came.refused == []
    assert came.locked == 2


def test_two_stacks_with_the_same_finding_are_said_twice() -> None:
    others = replace(stack(), helper_image="example/tool:1")
    host = a_host(NO_ACL)
    with ctx_host.use(host):
        for each in (stack(), others):
            diagnose(stack=each)
    assert sum("acl-differs" in said for said in host.said) == 2


def test_another_run_has_the_lock() -> None:
    host = a_host(AWAY, lock=Held("ann@desk"))
    came = ran(recovery.recover, host, prove=True)
    assert came.did == []
    assert "another run is at work on this stack: ann@desk" in came.refused[0]


@pytest.mark.parametrize(
    ("look", "because"),
    [
        (replace(AWAY, paused=Pause(2**31, "ops@desk", "moving")), "paused by ops@desk"),
        (locked_out(HEALTHY), "no user can log in to have it save"),
        (
            with_info(unmounted(HEALTHY, "cache"), rdb_last_bgsave_status="err"),
            "its last save failed",
        ),
        (Unknown("permission denied"), "could not be checked: permission denied"),
    ],
    ids=["a pause", "data that could be lost", "a save that failed", "no look"],
)
def test_nothing_is_done(look: Look | Unknown, because: str) -> None:
    came = recover(look)
    assert (came.planned, came.did, came.locked) == ([], [], 0)
    assert any(because in said for said in came.refused)


def test_what_may_be_lost_is_a_runs_to_say() -> None:
    came = recover(locked_out(HEALTHY), HEALTHY, run={"allow_data_loss": "cache"})
    assert came.did == ["restart cache"]


def test_a_repair_that_did_not_help_ends_it() -> None:
    came = recover(differing(attached(HEALTHY, "db", {}), "cache", CHANGED))
    assert came.did == ["attach shop-db-1 to shop_back"]
    assert came.refused
    assert all("even after the repair" in said for said in came.refused)


def test_a_look_that_fails_after_a_repair_proves_nothing() -> None:
    came = recover(AWAY, Unknown("no Docker"))
    assert len(came.did) == 1
    assert "it can't be proved that the repair helped: no Docker" in came.refused[0]


# Narrower scopes


SCOPES = {
    (Part.NETWORK,): ["attach shop-cache-1 to shop_back"],
    (Part.REDIS,): ["load cache"],
    (Part.API,): ["restart web"],
    (Part.NETWORK, Part.REDIS): ["attach shop-cache-1 to shop_back", "load cache"],
}


@pytest.mark.parametrize(("parts", "did"), SCOPES.items(), ids=map(str, SCOPES))
def test_a_deploy_alone_does_its_own_part(parts: tuple[Part, ...], did: list[str]) -> None:
    stale = unhealthy(HEALTHY) if parts == (Part.API,) else attached(NO_ACL, "cache", {})
    repaired = {
        (Part.NETWORK,): [NO_ACL],
        (Part.REDIS,): [AWAY],
        (Part.API,): [unhealthy(HEALTHY), HEALTHY],
    }
    came = recover(stale, *repaired.get(parts, [NO_ACL, HEALTHY]), parts=parts, prove=False)
    assert (came.did, came.refused) == (did, [])


def test_deploys_one_after_the_other_may_do_what_each_announced() -> None:
    """The API was said to be restarted if it does not recover: Redis is another deploy's."""
    host = a_host(unhealthy(AWAY), unhealthy(HEALTHY), unhealthy(HEALTHY), HEALTHY)
    operations = [
        (recovery.recover, {"stack": stack(), "parts": (part,)})
        for part in (Part.NETWORK, Part.API)
    ]
    came = all_ran(host, *operations)
    assert came.did == ["attach shop-cache-1 to shop_back", "restart web"]
    assert came.refused == []


def test_a_refusal_of_its_part_fails_a_deploy_that_is_alone() -> None:
    came = recover(joined(HEALTHY, stranger("thief", "cache")), parts=(Part.NETWORK,), prove=False)
    assert "disconnect" in came.refused[0]
    other = recover(joined(HEALTHY, stranger("thief", "cache")), parts=(Part.REDIS,), prove=False)
    assert (other.refused, other.host.noops) == ([], ["nothing has to be repaired"])


# Extra networks


EXTRA = attached(HEALTHY, "cache", {BACK: OWN, "shop_test": OWN})
DETACH = stack(extra_networks="detach")


def test_extra_networks_are_left_once_health_is_proved() -> None:
    both = attached(EXTRA, "db", {})
    came = recover(both, EXTRA, EXTRA, HEALTHY, of=DETACH)
    assert came.did == ["attach shop-db-1 to shop_back", "detach shop-cache-1 from shop_test"]


def test_not_before() -> None:
    came = recover(answering(EXTRA, 2, "{}", 503), of=DETACH)
    assert came.did == []
    assert came.refused


def test_they_are_left_by_a_deploy_of_its_own() -> None:
    came = recover(EXTRA, HEALTHY, of=DETACH, parts=(Part.NETWORK,), prove=False, first=False)
    assert came.did == ["detach shop-cache-1 from shop_test"]
    alone = recover(EXTRA, of=DETACH, parts=(Part.NETWORK,), prove=False)
    assert alone.did == []
