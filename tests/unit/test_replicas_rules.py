"""A scaled Redis: what is repaired of its replicas, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import BACK, container, endpoint, healthy, identity, joined, network_id, with_declared
from looks import stack as declared
from verdicts import kinds, steps

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Note, Refusal, Remedy
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.redis.pack import PACK
from pyinfra_runbooks.packs.redis.steps import StartReplicas
from pyinfra_runbooks.settings import Redis, Stack

FIRST, SECOND = "shop-cache-1", "shop-cache-2"


def scaled(number: int = 2, volume: str = "", **second: Any) -> Look:
    """So many replicas of the cache, the second with these differences, on volumes of their own."""
    look = healthy()
    alone = tuple(c for c in look.containers if c.service != "cache")
    made = tuple(
        container(
            "cache",
            f"shop-cache-{n}",
            {BACK: endpoint("cache", names=frozenset({f"shop-cache-{n}", "cache", "sessions"}))},
            mounts=(Mount("volume", f"/v/{n}", "/data", volume or f"{n:064x}"),),
        )
        for n in range(1, number + 1)
    )
    made = (made[0], replace(made[1], **second), *made[2:])
    look = replace(look, containers=(*made, *alone), servers={})
    return with_declared(look, "cache", replicas=number)


def plain(**changes: Any) -> Stack:
    """Nobody says who logs in."""
    return declared(redis=Redis("cache"), **changes)


def of_cache(look: Look, stack: Stack) -> list[Finding[Any]]:
    found = verification.planned(look, stack, Policy()).findings
    return [f for f in found if f.thing == "cache" and not isinstance(f.resolution, Note)]


def test_that_it_is_scaled_is_merely_said() -> None:
    found = verification.everything(scaled(), plain())
    assert kinds(found) == ["redis-several"]
    assert isinstance(found[0].resolution, Note)
    assert "has 2 replicas" in found[0].problem
    assert verification.findings(scaled(), plain()) == []


def test_of_one_that_is_found_that_is_a_note_as_well() -> None:
    stack = Stack("/srv/shop")
    whole = replace(stack, components=(Redis("cache"),), found=frozenset({"cache"}))
    look = replace(scaled(), completed=whole, answers={})
    assert kinds(verification.everything(look, stack)) == ["redis-several"]
    assert verification.findings(look, stack) == []
    stopped = replace(scaled(status="exited"), completed=whole, answers={})
    (step,) = verification.planned(stopped, stack).steps
    assert isinstance(step.task, StartReplicas)


def test_every_replica_gets_its_network() -> None:
    look = scaled(networks={})
    assert kinds(of_cache(look, plain())) == ["no-network"]
    assert steps(look, plain()) == ["attach cache"]


def test_those_that_are_stopped_are_started_in_one_step() -> None:
    look = scaled(3, status="exited", exit_code=137)
    first, second, third = look.members("cache")
    third = replace(third, status="paused")
    look = replace(
        look,
        containers=(first, second, third, *(c for c in look.containers if c.service != "cache")),
    )
    assert kinds(of_cache(look, plain())) == ["redis-stopped", "redis-paused"]
    (step,) = verification.planned(look, plain()).steps
    ids = frozenset({second.id, third.id})
    assert step.task == StartReplicas(ids)
    sent = PACK.does[StartReplicas](step, look, plain(), Policy())
    assert all(id_ in sent.script for id_ in ids)
    assert first.id not in sent.script.split("service.sh")[-1]


def with_mounts(look: Look, *mounts: Mount, **every: Any) -> Look:
    """All replicas with these mounts, as Compose makes them."""
    return replace(
        look,
        containers=tuple(
            replace(c, mounts=mounts, **every) if c.service == "cache" else c
            for c in look.containers
        ),
    )


@pytest.mark.parametrize("status", ["exited", "created", "paused"])
@pytest.mark.parametrize("every", [{}, {"status": "exited"}], ids=["one runs", "none runs"])
@pytest.mark.parametrize(
    ("mount", "place"),
    [
        (Mount("volume", "/v/data", "/data", "shop_data"), "shop_data"),
        (Mount("volume", "/v/data", "/bitnami/redis/data", "shop_data"), "shop_data"),
        (Mount("bind", "/srv/kept", "/var/lib/redis"), "/srv/kept"),
    ],
)
def test_none_is_started_on_the_data_of_another(
    mount: Mount, place: str, every: dict[str, Any], status: str
) -> None:
    """Compose gives a named volume to all of them, wherever it is mounted."""
    look = with_mounts(scaled(status=status), mount, **every)
    stopped = [f for f in of_cache(look, plain()) if f.kind.id != "redis-several"]
    assert len(stopped) == (2 if every else 1)
    for finding in stopped:
        assert isinstance(finding.resolution, Refusal)
        assert f"have the same data ({place})" in finding.resolution.because
        assert FIRST in finding.resolution.because
    assert verification.planned(look, plain()).steps == ()
    (several, *_) = verification.everything(look, plain())
    assert f"which share {place}" in several.problem


def test_none_is_started_while_another_program_is_at_its_data() -> None:
    """Wherever it has its data: the inventory names no directory of it."""
    look = scaled(status="exited")
    kept = tuple(
        replace(c, mounts=tuple(replace(m, target="/bitnami/redis/data") for m in c.mounts))
        for c in look.members("cache")
    )
    others = tuple(c for c in look.containers if c.service != "cache")
    look = replace(look, containers=(*kept, *others))
    assert steps(look, plain()) == ["start cache"]
    restoring = container("elsewhere", "restoring", {}, project="", mounts=kept[1].mounts)
    assert steps(joined(look, restoring), plain()) == []


def test_what_they_only_read_and_what_is_no_data_is_shared_by_all() -> None:
    shared = (
        Mount("bind", "/srv/shop/redis.conf", "/redis.conf", writable=False),
        Mount("bind", "/run/kept", "/run/kept"),
    )
    look = with_mounts(scaled(status="exited"), *shared)
    assert steps(look, plain()) == ["start cache"]
    (several, *_) = verification.everything(look, plain())
    assert "each with data of its own" in several.problem


@pytest.mark.parametrize(
    "change", [{"status": "exited"}, {"status": "paused"}, {"networks": {}}], ids=str
)
@pytest.mark.parametrize("unattended", [False, True])
def test_one_more_than_declared_is_not_brought_back(
    change: dict[str, Any], unattended: bool
) -> None:
    """Somebody scaled it by hand, and took the second away: its data is old."""
    look = with_declared(scaled(**change), "cache", replicas=1)
    plan = verification.planned(look, plain(), Policy(unattended=unattended))
    assert plan.steps == ()
    (left,) = (f for f in plan.findings if f.thing == "cache" and SECOND in f.problem)
    assert isinstance(left.resolution, Refusal)
    assert "declares 1 of cache, and there are 2" in left.resolution.because
    assert "rm -f" not in left.resolution.instead


def test_of_several_clients_that_compose_did_not_ask_for_each_is_attached() -> None:
    look = healthy()
    second = container("web", "shop-web-2", {})
    assert "attach web" in steps(joined(look, second), plain())


def test_another_replica_than_the_one_that_was_shown_is_not_started() -> None:
    looks = []
    for number in (1, 2):
        look = scaled(3)
        there = [*look.members("cache")]
        there[number] = replace(there[number], status="exited", exit_code=137)
        others = (c for c in look.containers if c.service != "cache")
        looks.append(replace(look, containers=(*there, *others)))
    shown, then = (verification.planned(look, plain()) for look in looks)
    (step,) = then.steps
    assert (shown.allows(step), shown.shows(step)) == (False, False)
    assert then.shows(step)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"status": "restarting"}, "redis-restart-loop", "docker logs"),
        ({"status": "dead"}, "redis-state", "docker inspect"),
        ({"network_mode": network_id("former")}, "network-gone", "save each by hand (BGSAVE)"),
    ],
)
def test_what_cannot_be_repaired_is_refused_by_its_name(
    change: dict[str, Any], kind: str, words: str
) -> None:
    look = scaled(**change)
    (finding,) = (f for f in of_cache(look, plain()) if f.kind.id == kind)
    assert SECOND in finding.problem
    assert isinstance(finding.resolution, Refusal)
    assert words in finding.resolution.instead
    assert verification.planned(look, plain()).steps == ()


def test_declared_users_are_not_proved_of_replicas() -> None:
    """Nor is one attached, unless the compose file asks for it: it would get their logins."""
    lost = scaled(networks={})
    for number, attached in ((1, []), (2, ["attach cache"])):
        look = with_declared(lost, "cache", replicas=number)
        found = [f for f in of_cache(look, declared()) if f.kind.id == "redis-several"]
        assert [isinstance(f.resolution, Refusal) for f in found] == [True]
        assert steps(look, declared()) == attached
    look = with_declared(scaled(status="exited"), "cache", replicas=2)
    (stopped,) = (f for f in of_cache(look, declared()) if f.kind.id == "redis-stopped")
    assert isinstance(stopped.resolution, Refusal)


def test_what_merely_has_its_labels_is_no_replica() -> None:
    twin = container("cache", "thief", {}, id=identity("thief"))
    by_hand = container("cache", SECOND, {}, id=identity("thief"), config_hash="")
    other = container("cache", SECOND, {}, id=identity("thief"), config_hash="else")
    for one in (twin, by_hand, other):
        found = of_cache(joined(healthy(), one), plain())
        assert kinds(found) == ["redis-several"]
        assert isinstance(found[0].resolution, Refusal)
        assert not isinstance(found[0].resolution, Remedy)
