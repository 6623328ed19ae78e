"""Whether a network is the one that Compose declares, and what can be done where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    attached,
    container,
    differing,
    endpoint,
    joined,
    stack,
    stranger,
    with_container,
    with_declared,
    with_unset,
)
from verdicts import actions, kinds, of_clients, of_servers, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.network_settings import differences
from pyinfra_runbooks.packs.network.rules import network
from pyinfra_runbooks.packs.network.rules.attachments import attachments
from pyinfra_runbooks.packs.network.rules.networks import (
    CreateNetwork,
    differing_networks,
    missing_networks,
)
from pyinfra_runbooks.settings import Stack

NONE = Disruption.NONE
COMMAND = Difference("changed", "command")
POOL, OTHER = "10.88.0.0/24", "172.20.0.0/16"


def there(look: Look, **changes: Any) -> Look:
    """Something else about the network as the engine has it."""
    seen = {"internal": False, "ipv6": False, "key": "back", **changes}
    return replace(look, networks={**look.networks, BACK: replace(look.networks[BACK], **seen)})


def said(look: Look, **changes: Any) -> Look:
    """Compose declares more about it."""
    networks = {**look.declared.networks}
    networks[BACK] = replace(networks[BACK], **changes)
    return replace(look, declared=replace(look.declared, networks=networks))


def idle(look: Look) -> Look:
    """Nothing of the stack runs."""
    for service in ("cache", "web", "db"):
        look = with_container(look, service, status="exited")
    return look


def of_subnets(look: Look, declared: str, found: str) -> Look:
    return there(said(look, subnets=frozenset({declared})), subnets=frozenset({found}))


DIFFERS = {
    "subnet": lambda look: of_subnets(look, POOL, OTHER),
    "driver": lambda look: said(there(look), driver="macvlan"),
    "internal": lambda look: there(look, internal=True),
    "not internal": lambda look: said(there(look), internal=True),
    "no IPv6": lambda look: said(there(look), ipv6=True),
    "IPv6": lambda look: said(there(look, ipv6=True), ipv6=False),
    "not made by Compose": lambda look: there(look, key=""),
    "made as another one": lambda look: there(look, key="front"),
}


@pytest.mark.parametrize("change", DIFFERS.values(), ids=DIFFERS)
def test_a_network_that_differs(look: Look, stack: Stack, change: Any) -> None:
    """What is on it is never taken off; where nothing is, it is made again."""
    found = network.findings(change(look), stack)
    assert verdicts(found) == [("network-differs", "Refusal")]
    assert "shop-cache-1, shop-db-1, shop-web-1" in str(found[0].resolution)
    nothing = list(differing_networks(change(idle(look)), stack))
    assert verdicts(nothing) == [("network-differs", NONE)]
    assert actions(nothing) == [CreateNetwork("cache", instead_of=BACK)]


SAME = {
    "nothing that anybody asked": lambda look: look,
    "the same subnet, and one more": lambda look: there(
        said(look, subnets=frozenset({POOL})), subnets=frozenset({POOL, "fd00::/64"})
    ),
    "subnets that nobody asked": lambda look: said(there(look), subnets=frozenset({POOL})),
    "the engine's own choice": lambda look: there(look, ipv6=True, subnets=frozenset({OTHER})),
    "an external one": lambda look: said(
        there(look, internal=True, key=""), external=True, driver="overlay"
    ),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_a_network_that_does_not_differ(look: Look, stack: Stack, change: Any) -> None:
    assert network.findings(change(look), stack) == []


def test_labels_and_options_are_named_and_disturb_nobody(look: Look, stack: Stack) -> None:
    lacks = there(look, lacks=("label team", "option com.example.mtu"))
    found = network.findings(lacks, stack)
    assert verdicts(found) == [("network-differs", "Note")]
    assert not found[0].drift
    assert found[0].evidence == "it lacks label team; it lacks option com.example.mtu"


def test_the_words_have_both_values(look: Look) -> None:
    other = of_subnets(look, POOL, OTHER)
    words = differences(other.declared.networks[BACK], other.networks[BACK])
    assert words == (f"its subnet is {OTHER}, not {POOL}",)


@pytest.mark.parametrize("status", ["running", "exited"])
def test_a_network_that_others_use_is_never_removed(look: Look, stack: Stack, status: str) -> None:
    """Neither where they are stopped: their settings have the network's id."""
    shared = joined(idle(of_subnets(look, POOL, OTHER)), stranger("guest", status=status))
    found = list(differing_networks(shared, stack))
    assert verdicts(found) == [("network-differs", "Refusal")]
    assert "guest" in str(found[0].resolution)


def test_nothing_is_created_where_compose_can_not_be_resolved(look: Look, stack: Stack) -> None:
    unset = with_unset(idle(of_subnets(look, POOL, OTHER)), "TAG")
    assert verdicts(differing_networks(unset, stack)) == [("network-differs", "Refusal")]


# An address that the network can't give


def static(look: Look, address: str = "10.88.0.5") -> Look:
    wanted = replace(look.declared.services["cache"].networks[BACK], ipv4=address)
    return attached(with_declared(look, "cache", networks={BACK: wanted}), "cache", {})


def test_an_address_outside_the_subnet_is_not_tried(look: Look, stack: Stack) -> None:
    found = list(attachments(static(of_subnets(look, POOL, OTHER)), stack))
    assert verdicts(found) == [("no-network", "Refusal")]
    assert isinstance(found[0].resolution, Refusal)
    assert OTHER in found[0].resolution.because
    assert "10.88.0.5" in found[0].resolution.because
    for fine in (of_subnets(look, POOL, POOL), there(look)):
        assert verdicts(attachments(static(fine), stack)) == [("no-network", NONE)]


def test_an_external_network_with_another_subnet_is_said_in_words(look: Look, stack: Stack) -> None:
    outside = said(there(look, subnets=frozenset({OTHER})), external=True)
    assert verdicts(network.findings(static(outside), stack)) == [("no-network", "Refusal")]


def test_an_address_fits_once_the_network_is_made_again(look: Look, stack: Stack) -> None:
    planned = network.findings(static(idle(of_subnets(look, POOL, OTHER))), stack)
    assert verdicts(planned) == [("network-differs", NONE), ("no-network", NONE)]


def test_an_ipv6_address_that_is_taken(look: Look, stack: Stack) -> None:
    thief = stranger("thief")
    there = replace(thief.networks[BACK], address6="fd00::5")
    wanted = replace(look.declared.services["cache"].networks[BACK], ipv6="fd00::5")
    off = attached(with_declared(look, "cache", networks={BACK: wanted}), "cache", {})
    taken = joined(off, replace(thief, networks={BACK: there}))
    assert verdicts(attachments(taken, stack)) == [("no-network", "Refusal")]


# Compose would take what is on it off it


def test_nothing_is_made_again_on_a_network_that_differs(look: Look, stack: Stack) -> None:
    """Compose 2.31 and later stops it first, and fails where something else is on the network."""
    differs = of_subnets(look, POOL, OTHER)
    drifted = differing(differs, "cache", COMMAND)
    (finding,) = of_servers(drifted, stack)
    assert isinstance(finding.resolution, Refusal)
    assert f"network {BACK} is not as Compose declares it" in finding.resolution.because
    no_mount = with_container(differs, "web", mounts=())
    assert {*verdicts(of_clients(no_mount, stack))} == {("api-not-mounted", "Refusal")}
    alone = differing(idle(differs), "cache", COMMAND)
    assert isinstance(of_servers(alone, stack)[0].resolution, Remedy)


def test_a_missing_network_is_not_created_beside_one_that_differs(look: Look, stack: Stack) -> None:
    differs = of_subnets(look, POOL, OTHER)
    gone = replace(differs, networks={BACK: differs.networks[BACK]})
    assert verdicts(missing_networks(gone, stack)) == [("network-missing", "Refusal")]


def test_only_networks_that_are_used_are_judged(look: Look) -> None:
    unused = with_declared(of_subnets(look, POOL, OTHER), "cache", networks={})
    unused = with_declared(with_declared(unused, "web", networks={}), "db", networks={})
    other = joined(unused, container("job", "shop-job-1", {BACK: endpoint("job")}))
    assert kinds(differing_networks(other, stack())) == []
