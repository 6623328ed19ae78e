"""Who is on which network, under which names: each drift alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    FRONT,
    attached,
    container,
    endpoint,
    joined,
    member,
    network_id,
    stack,
    stranger,
    with_container,
    with_declared,
    with_endpoint,
    with_unset,
    without,
)
from verdicts import actions, kinds, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.engine.compose import Attachment, DeclaredNetwork
from pyinfra_runbooks.engine.docker import Network
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.places import wanted
from pyinfra_runbooks.packs.network.rules import network as rules
from pyinfra_runbooks.packs.network.rules.attachments import Attach, attachments
from pyinfra_runbooks.packs.network.rules.networks import CreateNetwork, missing_networks
from pyinfra_runbooks.packs.network.rules.strangers import Detach, alias_conflicts, extra_networks
from pyinfra_runbooks.settings import Stack

NONE, RECONNECT = Disruption.NONE, Disruption.RECONNECT
CACHE_NAMES = frozenset({"cache", "shop-cache-1", "sessions"})
TEST = "shop_test"


def off(look: Look) -> Look:
    return with_container(look, "cache", status="exited", exit_code=137)


def declared_as(look: Look, **attachment: Any) -> Look:
    """Compose declares more about the cache's place on its network."""
    wanted = replace(look.declared.services["cache"].networks[BACK], **attachment)
    return with_declared(look, "cache", networks={BACK: wanted})


def no_network(look: Look, name: str) -> Look:
    return replace(look, networks={n: v for n, v in look.networks.items() if n != name})


def external(look: Look, name: str) -> Look:
    networks = {**look.declared.networks, name: DeclaredNetwork("net", name, external=True)}
    return replace(look, declared=replace(look.declared, networks=networks))


def test_a_healthy_stack_has_no_finding(look: Look, stack: Stack) -> None:
    assert rules.findings(look, stack) == []


ATTACHMENTS: dict[str, tuple[Callable[[Look], Look], list[tuple[str, Disruption]]]] = {
    "on another network": (
        lambda look: attached(look, "cache", {TEST: endpoint("cache", network=TEST)}),
        [("wrong-network", NONE)],
    ),
    "on no network": (lambda look: attached(look, "cache", {}), [("no-network", NONE)]),
    "on one of two": (
        lambda look: attached(look, "web", {BACK: endpoint("web")}),
        [("wrong-network", NONE)],
    ),
    "without its service's name": (
        lambda look: with_endpoint(look, "cache", names=frozenset({"shop-cache-1", "sessions"})),
        [("missing-alias", RECONNECT)],
    ),
    "without a declared alias": (
        lambda look: with_endpoint(look, "cache", names=frozenset({"shop-cache-1", "cache"})),
        [("missing-alias", RECONNECT)],
    ),
    "without its container's name": (
        lambda look: with_endpoint(look, "cache", names=frozenset({"cache", "sessions"})),
        [("missing-alias", RECONNECT)],
    ),
    "without a name, while it is stopped": (
        lambda look: off(with_endpoint(look, "cache", names=frozenset())),
        [("missing-alias", NONE)],
    ),
    "on a network that was made again": (
        lambda look: with_endpoint(look, "cache", network_id=network_id("former")),
        [("stale-network", RECONNECT)],
    ),
    "another address than declared": (
        lambda look: declared_as(
            with_endpoint(look, "cache", ipv4="172.30.0.9"), ipv4="172.30.0.5"
        ),
        [("wrong-address", RECONNECT)],
    ),
    "no address where one is declared": (
        lambda look: declared_as(look, ipv6="fd00::5"),
        [("wrong-address", RECONNECT)],
    ),
    "other driver options": (
        lambda look: declared_as(look, driver_opts=(("com.example.mtu", "1400"),)),
        [("wrong-address", RECONNECT)],
    ),
    "another gateway priority": (
        lambda look: declared_as(look, gw_priority=7),
        [("wrong-address", RECONNECT)],
    ),
    "no link-local address": (
        lambda look: declared_as(look, link_local=frozenset({"169.254.8.8"})),
        [("wrong-address", RECONNECT)],
    ),
}


def test_an_address_that_another_container_has(look: Look, stack: Stack) -> None:
    """Docker would not attach it, and the attempt would fail the container's next start, too."""
    look = attached(declared_as(look, ipv4="172.30.0.77"), "cache", {})
    free = list(attachments(look, stack))
    assert verdicts(free) == [("no-network", NONE)]
    taken = list(attachments(joined(look, stranger("squatter")), stack))
    assert verdicts(taken) == [("no-network", "Refusal")]
    assert "its address 172.30.0.77 is already in use by squatter" in str(taken[0].resolution)


@pytest.mark.parametrize(("change", "expected"), ATTACHMENTS.values(), ids=ATTACHMENTS)
def test_attachment(
    look: Look,
    stack: Stack,
    change: Callable[[Look], Look],
    expected: list[tuple[str, Disruption]],
) -> None:
    changed = change(look)
    found = list(attachments(changed, stack))
    assert verdicts(found) == expected
    # Whatever is wrong, the container gets all its names, and only on a network of its own.
    for action in actions(found):
        assert isinstance(action, Attach)
        assert action.network in wanted(changed, stack, member(changed, action.container))
        service = member(changed, action.container).service
        assert {service, action.container} <= action.wanted.aliases


FINE: dict[str, Callable[[Look], Look]] = {
    "more names than declared": lambda look: with_endpoint(
        look, "cache", names=CACHE_NAMES | {"redis", "0123456789ab"}
    ),
    "an address that nobody declared": lambda look: with_endpoint(
        look, "cache", ipv4="172.30.0.200"
    ),
    "more driver options where none is declared": lambda look: with_endpoint(
        look, "cache", driver_opts=(("com.example.mtu", "1400"),)
    ),
    "an engine that does not tell network ids": lambda look: with_endpoint(
        look, "cache", network_id=""
    ),
    "a service that nobody named": lambda look: joined(
        look, container("job", "shop-job-1", {TEST: endpoint("job", network=TEST)})
    ),
    "a one-off container": lambda look: joined(
        look, container("web", "shop-web-run-1", {}, oneoff=True)
    ),
    "another project's container of that name": lambda look: joined(
        look, container("cache", "other-cache-1", {}, project="other")
    ),
    "the host's network": lambda look: with_declared(
        attached(look, "db", {"host": endpoint("db", network="host")}), "db", networks={}
    ),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_nothing_to_attach(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert kinds(attachments(change(look), stack)) == []


def test_what_was_there_is_kept_to_be_put_back(look: Look, stack: Stack) -> None:
    had = endpoint("cache", ipv4="172.30.0.7", names=frozenset({"cache"}))
    (action,) = actions(attachments(attached(look, "cache", {BACK: had}), stack))
    assert action.had == had
    (action,) = actions(attachments(attached(look, "cache", {}), stack))
    assert action.had is None


def test_a_declared_container_name_is_a_name_on_the_network(look: Look, stack: Stack) -> None:
    named = with_container(with_declared(look, "db", container_name="ledger"), "db", name="ledger")
    (finding,) = attachments(named, stack)
    (action,) = actions([finding])
    assert finding.kind.id == "missing-alias"
    assert action.wanted.aliases == {"ledger", "db"}


def test_every_replica_is_attached(look: Look, stack: Stack) -> None:
    second = container("web", "shop-web-2", {FRONT: endpoint("web", network=FRONT)})
    found = actions(attachments(joined(look, second), stack))
    assert [(a.container, a.network) for a in found] == [
        ("shop-web-2", BACK),
        ("shop-web-2", FRONT),
    ]


# The network that the inventory demands


def test_an_overruling_network_is_wanted_of_every_service(look: Look) -> None:
    demanded = replace(
        look, networks={**look.networks, "shop_all": Network("1f", "shop_all", "bridge")}
    )
    found = actions(attachments(demanded, stack(network="shop_all")))
    assert {(a.container, a.network) for a in found} == {
        ("shop-cache-1", "shop_all"),
        ("shop-web-1", "shop_all"),
        ("shop-db-1", "shop_all"),
    }
    cache = next(a for a in found if a.container == "shop-cache-1")
    assert cache.wanted.aliases == CACHE_NAMES


def test_an_overruling_network_that_is_declared_keeps_its_declaration(look: Look) -> None:
    declared = declared_as(with_endpoint(look, "cache", ipv4="172.30.0.5"), ipv4="172.30.0.5")
    assert kinds(attachments(declared, stack(network=BACK))) == []


def test_an_overruling_network_that_is_missing_is_refused(look: Look) -> None:
    found = rules.findings(look, stack(network="shop_all"))
    assert verdicts(found) == [("network-missing", "Refusal")]


def test_a_service_on_the_hosts_network_is_never_attached(look: Look) -> None:
    host = endpoint("db", network="host", names=frozenset())
    on_host = with_declared(
        with_container(attached(look, "db", {"host": host}), "db", network_mode="host"),
        "db",
        networks={},
    )
    assert actions(attachments(on_host, stack(network=BACK))) == []


# Networks that are missing


def test_a_missing_network_is_created_by_compose(look: Look, stack: Stack) -> None:
    found = list(missing_networks(no_network(look, FRONT), stack))
    assert verdicts(found) == [("network-missing", NONE)]
    assert actions(found) == [CreateNetwork("web")]


def test_missing_networks_are_created_in_one_go(look: Look, stack: Stack) -> None:
    gone = no_network(no_network(look, FRONT), BACK)
    assert len(actions(missing_networks(gone, stack))) == 1


REFUSED_NETWORKS: dict[str, Callable[[Look], Look]] = {
    "an external one": lambda look: external(look, BACK),
    "a variable that is not set": lambda look: with_unset(look, "TAG"),
}


@pytest.mark.parametrize("change", REFUSED_NETWORKS.values(), ids=REFUSED_NETWORKS)
def test_a_missing_network_is_refused(
    look: Look, stack: Stack, change: Callable[[Look], Look]
) -> None:
    found = list(missing_networks(change(no_network(look, BACK)), stack))
    assert verdicts(found) == [("network-missing", "Refusal")]


# Alias conflicts


CONFLICTS: dict[str, Callable[[Look], Look]] = {
    "by a service's name": lambda look: joined(look, stranger("thief", "cache")),
    "by a container's name": lambda look: joined(look, stranger("thief", "shop-cache-1")),
    "by a declared alias": lambda look: joined(look, stranger("thief", "sessions")),
    "called like a service": lambda look: joined(look, stranger("cache")),
    "of another project": lambda look: joined(
        look, stranger("thief", "cache", project="other", service="cache")
    ),
    "a one-off run of the service itself": lambda look: joined(
        look, stranger("run", "cache", project="shop", service="cache", oneoff=True)
    ),
    "another service of the stack": lambda look: with_endpoint(
        look, "db", names=frozenset({"db", "shop-db-1", "cache"})
    ),
}


@pytest.mark.parametrize("change", CONFLICTS.values(), ids=CONFLICTS)
def test_an_alias_conflict_is_refused_never_removed(
    look: Look, stack: Stack, change: Callable[[Look], Look]
) -> None:
    found = rules.findings(change(look), stack)
    assert verdicts(found) == [("alias-conflict", "Refusal")]


HONEST: dict[str, Callable[[Look], Look]] = {
    "it is stopped": lambda look: joined(look, stranger("thief", "cache", status="exited")),
    "on another network": lambda look: joined(look, stranger("thief", "cache", network=TEST)),
    "under a name of its own": lambda look: joined(look, stranger("guest", "visitor")),
    "a replica": lambda look: joined(
        look,
        container("db", "shop-db-2", {BACK: endpoint("db", names=frozenset({"db", "shop-db-2"}))}),
    ),
    "an alias that Compose gives to two services": lambda look: with_declared(
        with_endpoint(look, "db", names=frozenset({"db", "shop-db-1", "sessions"})),
        "db",
        networks={BACK: Attachment(aliases=frozenset({"sessions"}))},
    ),
}


@pytest.mark.parametrize("change", HONEST.values(), ids=HONEST)
def test_no_alias_conflict(look: Look, stack: Stack, change: Callable[[Look], Look]) -> None:
    assert kinds(alias_conflicts(change(look), stack)) == []


def test_an_alias_conflict_is_seen_while_the_service_itself_is_stopped(
    look: Look, stack: Stack
) -> None:
    found = alias_conflicts(joined(off(look), stranger("thief", "cache")), stack)
    assert kinds(found) == ["alias-conflict"]


# Extra networks


def also_on_test(look: Look) -> Look:
    (cache,) = look.members("cache")
    elsewhere = endpoint("cache", network=TEST)
    return attached(look, "cache", {**cache.networks, TEST: elsewhere})


def test_an_extra_network_is_reported_only(look: Look, stack: Stack) -> None:
    found = rules.findings(also_on_test(look), stack)
    assert verdicts(found) == [("extra-network", "Note")]


def test_an_extra_network_is_left_where_the_inventory_says_so(look: Look) -> None:
    found = list(extra_networks(also_on_test(look), stack(extra_networks="detach")))
    assert verdicts(found) == [("extra-network", RECONNECT)]
    assert actions(found) == [Detach(member(look, "shop-cache-1").id, "shop-cache-1", TEST)]


def test_nothing_is_extra_for_a_service_without_declared_networks(look: Look) -> None:
    on_host = with_declared(also_on_test(look), "cache", networks={})
    assert kinds(extra_networks(on_host, stack(extra_networks="detach"))) == []


# What is managed


def test_jobs_that_have_ended_are_judged_only_by_name(look: Look) -> None:
    ended = with_container(
        attached(look, "db", {}), "db", status="exited", exit_code=0, restart_policy="no"
    )
    named, all_of_compose = stack(), stack(services=())
    assert kinds(attachments(ended, named)) == ["no-network"]
    assert kinds(attachments(ended, all_of_compose)) == []


def test_a_service_without_a_container_has_no_attachment(look: Look, stack: Stack) -> None:
    assert kinds(attachments(without(look, "db"), stack)) == []
