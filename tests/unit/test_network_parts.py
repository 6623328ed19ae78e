"""A stack of which a part is up: what nobody started needs no network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    stack,
    without,
)
from verdicts import actions, verdicts

from pyinfra_runbooks.engine.compose import Attachment, DeclaredNetwork, DeclaredService
from pyinfra_runbooks.engine.docker import Network
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.network.rules import network as rules
from pyinfra_runbooks.packs.network.rules.networks import (
    CreateNetwork,
    differing_networks,
    missing_networks,
)
from pyinfra_runbooks.settings import Stack


def no_network(look: Look, name: str) -> Look:
    return replace(look, networks={n: v for n, v in look.networks.items() if n != name})


def external(look: Look, name: str) -> Look:
    networks = {**look.declared.networks, name: DeclaredNetwork("net", name, external=True)}
    return replace(look, declared=replace(look.declared, networks=networks))


def with_tools(look: Look, network: str = "shop_tools", **declared: Any) -> Look:
    """A service that nobody started, with a network of its own."""
    tools = DeclaredService("tools", "x", None, {network: Attachment()}, ())
    net = DeclaredNetwork("tools", network, **{"external": False, **declared})
    services = {**look.declared.services, "tools": tools}
    networks = {**look.declared.networks, network: net}
    return replace(look, declared=replace(look.declared, services=services, networks=networks))


NEVER_STARTED: dict[str, Callable[[Look], Look]] = {
    "its network was never made": with_tools,
    "its network is external": lambda look: with_tools(look, external=True),
    "its network is another one than Compose declares": lambda look: replace(
        with_tools(look, internal=True),
        networks={**look.networks, "shop_tools": Network("1f", "shop_tools", "bridge", False)},
    ),
}


@pytest.mark.parametrize("change", NEVER_STARTED.values(), ids=NEVER_STARTED)
@pytest.mark.parametrize("services", [(), ("cache", "web", "db", "tools")], ids=["all", "named"])
def test_what_nobody_started_needs_no_network(
    look: Look, change: Callable[[Look], Look], services: tuple[str, ...]
) -> None:
    """Compose makes a network only by making a container, which would be missed from then on."""
    assert rules.findings(change(look), stack(services=services)) == []


def test_no_container_is_made_for_a_network(look: Look, stack: Stack) -> None:
    """Of Redis least of all: whether it would be empty is asked by its own rules alone."""
    gone = without(no_network(look, BACK), "cache")
    assert actions(missing_networks(gone, stack)) == [CreateNetwork("web")]
    for other in ("web", "db"):
        gone = without(gone, other)
    assert list(missing_networks(gone, stack)) == []
    another = replace(look.networks[BACK], internal=True)
    for service in ("cache", "web", "db"):
        look = without(look, service)
    idle = replace(look, networks={**look.networks, BACK: another})
    assert list(differing_networks(idle, stack)) == []


def test_an_external_one_keeps_redis_from_being_created(look: Look, stack: Stack) -> None:
    gone = without(external(no_network(look, BACK), BACK), "cache")
    for other in ("web", "db"):
        gone = without(gone, other)
    assert verdicts(missing_networks(gone, stack)) == [("network-missing", "Refusal")]
