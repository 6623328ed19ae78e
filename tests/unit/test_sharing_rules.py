"""A client and a server that the compose file itself keeps apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from compose_projects import project
from hosts import Host
from looks import (
    BACK,
    FRONT,
    attached,
    endpoint,
    healthy,
    joined,
    member,
    stack,
    stranger,
    unhealthy,
    with_container,
    with_declared,
)

from pyinfra_runbooks.core.resolution import Note, Refusal
from pyinfra_runbooks.engine.compose import Attachment
from pyinfra_runbooks.engine.discovery.seen import Link, Seen
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts.declarations import Declaration
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.packs.network.rules.sharing import findings

HOST = Link("REDIS_HOST", "cache")


def apart(look: Look | None = None) -> Look:
    """Compose puts web on `front` and all others on `back`, and so it runs."""
    look = look or healthy()
    look = with_declared(look, "web", networks={FRONT: Attachment()}, uses=frozenset())
    return attached(look, "web", {FRONT: endpoint("web", network=FRONT)})


def linked(look: Look, service: str = "web", *links: Link) -> Look:
    """What a service's environment names."""
    made = Seen("x", links=links or (HOST,))
    seen = {**look.found.seen, member(look, f"shop-{service}-1").id: made}
    return replace(look, found=replace(look.found, seen=seen))


def found(look: Look, **changes: Any) -> list[tuple[str, str, str]]:
    return [(f.kind.id, f.subject, f.problem) for f in findings(look, stack(**changes))]


APART = [
    (
        "no-shared-network",
        "web",
        "shares no network with cache, as the compose file declares it",
    )
]


@pytest.mark.parametrize(
    "look",
    [
        linked(apart()),
        linked(apart(), "web", Link("URL", "sessions", 6379, "redis")),
        linked(apart(), "web", Link("URL", "shop-cache-1")),
        with_declared(apart(), "web", uses=frozenset({"cache"})),
        with_declared(
            linked(apart(), "db"), "web", uses=frozenset({"cache"}), waits_for={"cache": ""}
        ),
        unhealthy(linked(linked(apart()), "db")),
        with_container(
            with_declared(apart(), "web", waits_for={"cache": ""}), "web", health="unhealthy"
        ),
        with_container(
            with_declared(apart(), "web", waits_for={"cache": ""}), "web", status="restarting"
        ),
    ],
    ids=[
        "a variable",
        "a declared alias",
        "its container's name",
        "as Compose resolves it",
        "others have the name too, and it waits for it",
        "others have the name too, and it is unwell",
        "it waits for it, and is unwell",
        "it waits for it, and restarts",
    ],
)
def test_the_file_keeps_them_apart(look: Look) -> None:
    aliased = {BACK: Attachment(frozenset({"sessions"}))}
    look = with_declared(look, "cache", networks=aliased)
    assert found(look) == APART


@pytest.mark.parametrize(
    "look",
    [
        healthy(),
        linked(healthy()),
        apart(),
        linked(linked(apart()), "db"),
        with_declared(apart(), "web", waits_for={"cache": "service_started"}),
        linked(apart(), "web", Link("URL", "db", None, "http")),
        linked(apart(), "web", Link("NAME", "db")),
        with_declared(linked(apart()), "web", network_mode="host", networks={}),
        with_declared(linked(apart()), "cache", network_mode="host", networks={}),
        with_declared(linked(apart()), "web", network_mode="service:cache", networks={}),
        with_declared(linked(apart()), "web", network_mode="container:abc", networks={}),
        with_declared(linked(apart()), "web", own_hosts=frozenset({"cache"})),
        with_declared(linked(apart()), "web", job=True),
        with_declared(linked(apart()), "db", waits_for={"web": "service_completed_successfully"}),
        joined(linked(apart()), stranger("blog-cache-1", "cache", network=FRONT, project="blog")),
        with_declared(linked(apart()), "db", networks={FRONT: Attachment(frozenset({"cache"}))}),
        linked(apart(), "web", Link("S", "/run/redis.sock", None, "unix")),
    ],
    ids=[
        "nothing is named",
        "they share one",
        "it does not use it",
        "a variable of all, and it is well",
        "it is merely started after it",
        "a web address, for browsers perhaps",
        "a bare name of what is no known server",
        "the host's network",
        "a server on the host's network",
        "the server's own network",
        "another container's network",
        "the file gives the name an address",
        "a job",
        "one whose end is waited for",
        "another project's server has the name there",
        "another service has the name there",
        "a socket",
    ],
)
def test_nothing_is_said_of_what_may_be_right(look: Look) -> None:
    assert found(look) == []


def test_a_sidecar_is_where_its_service_is() -> None:
    look = with_declared(linked(apart(), "db"), "db", network_mode="service:web", networks={})
    assert [f[1] for f in found(look)] == ["db"]


def test_the_network_that_the_inventory_asks_for_is_one() -> None:
    assert found(linked(apart()), network="shop_extra") == []


def test_what_meets_by_hand_is_to_be_known_only() -> None:
    look = attached(linked(apart()), "cache", {FRONT: endpoint("cache", network=FRONT)})
    (finding,) = findings(look, stack())
    assert isinstance(finding.resolution, Note)
    assert finding.evidence.endswith("until the next `up`")


def test_the_cause_is_named_first_and_no_client_is_restarted() -> None:
    seen = everything(unhealthy(linked(apart())), stack())
    assert [f.kind.id for f in seen if f.cause] == ["no-shared-network"]
    assert {f.kind.id for f in seen if f.symptom} >= {"api-unhealthy", "unhealthy"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda look: look, "have cache list the network front as well, which web is on"),
        (
            lambda look: with_declared(look, "db", uses=frozenset({"cache"})),
            "have web list the network back as well, which cache is on",
        ),
    ],
    ids=["the server joins", "the client joins others"],
)
def test_the_change_to_the_file_is_named(change: Callable[[Look], Look], words: str) -> None:
    look = with_declared(change(linked(apart())), "web", waits_for={"cache": ""})
    (finding,) = findings(look, stack())
    assert isinstance(finding.resolution, Refusal)
    assert words in finding.resolution.instead
    assert "--data shared=web" in finding.resolution.instead


def test_nobody_is_put_on_an_external_network() -> None:
    look = linked(apart())
    networks = {
        name: replace(network, external=True) for name, network in look.declared.networks.items()
    }
    (finding,) = findings(
        replace(look, declared=replace(look.declared, networks=networks)), stack()
    )
    assert isinstance(finding.resolution, Refusal)
    assert finding.resolution.instead == "have both list one network in the compose file"


FILE = """\
name: shop
services:
  cache:
    image: example/cache:1
    restart: always
  web:
    image: example/web:1
    environment:
      REDIS_HOST: cache
    networks: [front]
networks:
  front:
    name: shop_front
"""


@pytest.mark.needs("compose")
def test_the_change_is_a_patch(host: Host) -> None:
    """Compose resolves the files with it as before, but for that one network."""
    there = project(host, {"compose.yaml": FILE}, linked(apart()))
    before = there.resolved()
    unasked = there.declaration()
    assert isinstance(unasked, Declaration)
    assert unasked.proposal.override == {}
    asked = there.declaration(shared=("web",))
    assert isinstance(asked, Declaration), asked
    (patch,) = asked.patches
    assert "REDIS_HOST" not in patch.diff()
    there.write(asked)
    after = there.resolved()
    assert after["services"]["cache"]["networks"] == {"default": None, "front": None}
    before["services"]["cache"]["networks"]["front"] = None
    assert after["services"] == before["services"]
    assert asked.recreates == ("cache",)


@pytest.mark.needs("compose")
def test_the_patch_of_a_diagnosis_is_about_nothing_else(host: Host) -> None:
    there = project(host, {"compose.yaml": FILE}, linked(apart()))
    asked = there.declaration(shared=("web",), alone=True)
    assert isinstance(asked, Declaration), asked
    assert asked.proposal.does == ("service cache lists default, front",)
    (patch,) = asked.patches
    added = [line for line in patch.diff().splitlines() if line[:1] == "+"][1:]
    assert added == ["+    networks: [default, front]"]
