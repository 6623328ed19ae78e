"""What keeps a client from its server where the engine's own facts show nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    container,
    endpoint,
    healthy,
    joined,
    stack,
    stranger,
    unhealthy,
    with_container,
    with_declared,
)
from reaching import CACHE, OTHER, alive, found, only, tried, way

from pyinfra_runbooks.core.resolution import Refusal, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.compose import Attachment
from pyinfra_runbooks.engine.reach import Answer, Connections, Way
from pyinfra_runbooks.packs.findings import everything

DROPPED = "can't be reached by shop-web-1"


@pytest.mark.parametrize(
    ("what", "kind", "subject", "problem"),
    [
        (
            way(Way.DROPPED),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are dropped on the way",
        ),
        (
            way(Way.BARRED),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are rejected on the way",
        ),
        (
            way(Way.REFUSED, listens=(("*", 6379),)),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are rejected on the way",
        ),
        (
            way(Way.DROPPED, has={CACHE: Connections(open=2)}),
            "packets-dropped",
            "cache",
            f"{DROPPED}: new connections are dropped on the way; those that are open go on",
        ),
        (
            way(Way.DROPPED, has={CACHE: Connections(open=2, stuck=2)}),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are dropped on the way",
        ),
        (
            way(Way.OPENS, has={CACHE: Connections(open=2, stuck=1)}),
            "connections-stuck",
            "web",
            "waits on dead connections to cache; new ones open",
        ),
        (
            way(Way.REFUSED, listens=(("127.0.0.1", 6379), ("::1", 6379))),
            "connection-refused",
            "cache",
            "refuses shop-web-1: it listens on port 6379 for itself alone",
        ),
        (
            way(Way.REFUSED, listens=(("*", 6380),)),
            "connection-refused",
            "cache",
            "refuses shop-web-1: nobody listens on port 6379 there",
        ),
        (
            way(Way.REFUSED),
            "connection-refused",
            "cache",
            "refuses shop-web-1: nobody listens on port 6379 there",
        ),
        ({"said": Answer.NOBODY}, "name-unanswered", "web", "nobody answers to its name cache"),
        ({"said": Answer.SILENT}, "name-unanswered", "web", "nobody answers to its name cache"),
        ({"said": Answer.DEAD}, "resolver-dead", "web", "no name is answered in its network"),
    ],
)
def test_what_stands_between(what: dict[str, Any], kind: str, subject: str, problem: str) -> None:
    assert found(tried(alive(healthy()), **what)) == [(kind, subject, problem)]


@pytest.mark.parametrize(
    "what",
    [
        way(Way.OPENS),
        way(Way.OPENS, has={CACHE: Connections(open=3, begun=1)}),
        {"addresses": (CACHE,), "port": None},
        way(Way.OPENS, said=Answer.FILE),
        {"addresses": ("192.0.2.1",), "said": Answer.FILE, "ways": {"192.0.2.1": Way.OPENS}},
    ],
    ids=["it opens", "a pool", "no port is known", "links", "extra_hosts"],
)
def test_nothing_stands_between(what: dict[str, Any]) -> None:
    assert found(tried(alive(healthy()), **what)) == []


def test_what_could_not_be_tried_is_said() -> None:
    look = replace(healthy(), reaches={("shop-web-1", "cache"): Unknown("no image with a shell")})
    finding = only(look)
    assert finding.kind.id == "reach-unknown"
    assert finding.evidence == "no image with a shell"
    assert not finding.breaks_health


def test_all_clients_of_a_server_are_one_finding() -> None:
    look = tried(alive(healthy()), **way(Way.DROPPED))
    look = tried(look, "shop-db-1", **way(Way.OPENS))
    two = tried(look, "shop-db-1", **way(Way.DROPPED))
    assert "; shop-db-1 reaches it" in only(look).evidence
    assert only(two).problem == (
        "can't be reached by shop-db-1, shop-web-1: packets are dropped on the way"
    )


def test_where_to_look_for_a_rule_names_both_networks() -> None:
    refusal = only(tried(alive(healthy()), **way(Way.DROPPED))).resolution
    assert isinstance(refusal, Refusal)
    assert "for c in shop-web-1 shop-cache-1;" in refusal.instead


@pytest.mark.parametrize(
    ("addresses", "problem"),
    [
        ((OTHER,), "its name cache leads to blog-cache-1 (project blog)"),
        (
            (CACHE, OTHER),
            "its name cache leads to ours, and in 1 of 2 cases to blog-cache-1 (project blog)",
        ),
        (("172.30.9.9",), "its name cache leads to an address that no container has"),
    ],
)
def test_a_name_leads_to_others(addresses: tuple[str, ...], problem: str) -> None:
    look = joined(alive(healthy()), stranger("blog-cache-1", "cache", project="blog"))
    finding = only(tried(look, addresses=addresses))
    assert (finding.kind.id, finding.subject) == ("name-elsewhere", "web")
    assert (finding.problem, finding.evidence) == (problem, f"cache is {', '.join(addresses)}")


def test_addresses_beyond_this_host_are_nobodys_mistake() -> None:
    look = tried(alive(healthy()), **{**way(Way.OPENS), "addresses": ("10.0.9.9",)})
    assert [kind for kind, *_ in found(look)] == ["name-elsewhere"]
    overlay = {**look.networks, BACK: replace(look.networks[BACK], driver="overlay")}
    assert found(replace(look, networks=overlay)) == []
    assert found(with_container(look, "cache", swarm="shop")) == []


def test_a_replica_and_a_declared_alias_are_ours() -> None:
    second = container(
        "cache", "shop-cache-2", {BACK: endpoint("cache", address="172.30.2.2")}, pid=9
    )
    look = joined(alive(healthy()), second)
    assert found(tried(look, addresses=(CACHE, "172.30.2.2"))) == []
    (database,) = alive(healthy()).members("db")
    look = with_declared(alive(healthy()), "db", networks={BACK: Attachment(frozenset({"cache"}))})
    assert found(tried(look, addresses=(CACHE, database.networks[BACK].address))) == []


def test_an_own_file_is_made_again_by_a_restart() -> None:
    look = tried(
        alive(healthy()),
        said=Answer.FILE,
        addresses=("172.30.9.9",),
        ways={"172.30.9.9": Way.BARRED},
    )
    finding = only(look)
    assert (finding.kind.id, finding.subject) == ("name-stale", "web")
    assert isinstance(finding.resolution, Symptom)
    causes = [f.kind.id for f in everything(unhealthy(look), stack()) if f.cause]
    assert causes == ["api-unhealthy"]


def test_a_server_that_starts_may_not_listen_yet() -> None:
    look = with_container(tried(alive(healthy()), **way(Way.REFUSED)), "cache", health="starting")
    assert isinstance(only(look).resolution, Symptom)


@pytest.mark.parametrize(
    "what",
    [way(Way.DROPPED), way(Way.REFUSED, listens=()), {"said": Answer.NOBODY}],
    ids=["dropped", "refused", "nobody"],
)
def test_it_is_the_cause_and_no_client_is_restarted(what: dict[str, Any]) -> None:
    """A restart would end the connections that go on, and open none."""
    seen = everything(tried(unhealthy(alive(healthy())), **what), stack())
    assert [f.kind.id for f in seen if f.cause] == [seen[0].kind.id]
    assert {f.kind.id for f in seen if f.symptom} == {"api-unhealthy", "unhealthy"}


@pytest.mark.parametrize(
    "what",
    [way(Way.OPENS, has={CACHE: Connections(open=1, stuck=1)}), {"said": Answer.DEAD}],
    ids=["dead connections", "a dead resolver"],
)
def test_what_a_restart_ends_does_not_keep_from_one(what: dict[str, Any]) -> None:
    seen = everything(tried(unhealthy(alive(healthy())), **what), stack())
    assert [f.kind.id for f in seen if f.cause] == ["api-unhealthy"]
    assert isinstance(seen[0].resolution, Symptom)
    assert seen[0].kind.part == "network"
