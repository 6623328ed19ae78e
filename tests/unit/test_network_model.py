"""A model of Docker: what the actions name is done, and what follows is looked at again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from looks import (
    BACK,
    FRONT,
    healthy,
    joined,
    member,
    network_id,
    stack,
    stranger,
    with_container,
    with_declared,
)
from verdicts import actions, kinds

from pyinfra_runbooks.core.resolution import Remedy
from pyinfra_runbooks.engine.compose import Attachment, DeclaredNetwork
from pyinfra_runbooks.engine.docker import Endpoint, Network
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.places import managed_containers, wanted
from pyinfra_runbooks.packs.network.rules import network as rules
from pyinfra_runbooks.packs.network.rules.attachments import Attach, attachments
from pyinfra_runbooks.packs.network.rules.networks import CreateNetwork, missing_networks
from pyinfra_runbooks.packs.network.rules.strangers import Detach, extra_networks
from pyinfra_runbooks.settings import Stack

TEST = "shop_test"
STACK, DETACHING = stack(), stack(extra_networks="detach")
ALIASES = st.frozensets(st.sampled_from(["cache", "web", "db", "sessions", "ledger"]))
NETWORKS = (BACK, FRONT, "shop_metrics", TEST)
ADDRESSES = st.sampled_from([None, "172.30.0.5", "172.30.0.6"])
OPTIONS = st.sampled_from([(), (("com.example.mtu", "1400"),)])

ATTACHMENT = st.builds(
    Attachment,
    aliases=ALIASES,
    ipv4=ADDRESSES,
    ipv6=st.sampled_from([None, "fd00::5"]),
    link_local=st.frozensets(st.just("169.254.8.8")),
    driver_opts=OPTIONS,
    gw_priority=st.integers(0, 1),
)
ENDPOINT = st.builds(
    Endpoint,
    network_id=st.sampled_from(["", network_id("former"), "its own"]),
    names=st.frozensets(
        st.sampled_from(["cache", "web", "db", "sessions", "shop-cache-1", "shop-web-1"])
    ),
    address=st.just("172.30.0.9"),
    ipv4=ADDRESSES,
    ipv6=st.sampled_from([None, "fd00::5"]),
    link_local=st.frozensets(st.just("169.254.8.8")),
    driver_opts=OPTIONS,
    gw_priority=st.integers(0, 1),
)


@st.composite
def worlds(draw: st.DrawFn) -> Look:
    """Anything that Compose may declare, against anything that Docker may run."""
    look = healthy()
    for service in ("cache", "web", "db"):
        declared = {
            network: _own(service, attachment)
            for network, attachment in draw(
                st.dictionaries(st.sampled_from(NETWORKS[:3]), ATTACHMENT)
            ).items()
        }
        there = draw(st.dictionaries(st.sampled_from(NETWORKS), ENDPOINT))
        networks = {
            name: replace(e, network_id=network_id(name)) if e.network_id == "its own" else e
            for name, e in there.items()
        }
        status = draw(st.sampled_from(["running", "running", "exited", "paused"]))
        look = with_declared(look, service, networks=declared)
        look = with_container(look, service, networks=networks, status=status)
    names = {name for s in look.declared.services.values() for name in s.networks}
    declared_networks = {name: DeclaredNetwork(name, name, external=False) for name in names}
    look = replace(look, declared=replace(look.declared, networks=declared_networks))
    existing = draw(st.sets(st.sampled_from(NETWORKS)))
    look = replace(look, networks={n: Network(network_id(n), n, "bridge") for n in existing})
    if draw(st.booleans()):
        names_of_thief = draw(ALIASES)
        look = joined(look, stranger("thief", *names_of_thief, network=draw(_NETWORK)))
    return look


_NETWORK = st.sampled_from(NETWORKS)


def _own(service: str, wanted: Attachment) -> Attachment:
    """Compose's file gives no address twice."""
    digit = {"cache": 1, "web": 2, "db": 3}[service]
    return replace(
        wanted,
        ipv4=wanted.ipv4 and f"{wanted.ipv4}{digit}",
        ipv6=wanted.ipv6 and f"{wanted.ipv6}{digit}",
    )


def done(look: Look, action: CreateNetwork | Attach | Detach) -> Look:
    """What Docker, and Compose, make of an action."""
    if isinstance(action, CreateNetwork):
        # Whatever the service: seen with Compose 2.26.
        made = {n: Network(network_id(n), n, "bridge") for n in look.declared.networks}
        return replace(look, networks={**made, **look.networks})
    there = member(look, action.container)
    networks = dict(there.networks)
    if isinstance(action, Detach):
        del networks[action.network]
    else:
        assert action.network in look.networks, "docker network connect: network not found"
        assert (action.network in networks) == (action.had is not None), "already exists"
        wanted = action.wanted
        networks[action.network] = Endpoint(
            look.networks[action.network].id,
            wanted.aliases,
            "172.30.0.9",
            ipv4=wanted.ipv4,
            ipv6=wanted.ipv6,
            link_local=wanted.link_local,
            driver_opts=wanted.driver_opts,
            gw_priority=wanted.gw_priority,
        )
    return with_container(look, there.service, networks=networks)


def networks_made(look: Look, stack: Stack) -> Look:
    for action in actions(missing_networks(look, stack)):
        look = done(look, action)
    return look


def repaired(look: Look, stack: Stack) -> Look:
    """One run, in the order of the deploy: first the networks, then the attachments."""
    look = networks_made(look, stack)
    for action in actions(attachments(look, stack)):
        look = done(look, action)
    return look


def with_every_network(look: Look) -> Look:
    return replace(look, networks={n: Network(network_id(n), n, "bridge") for n in NETWORKS})


@given(worlds())
def test_one_run_attaches_everything(look: Look) -> None:
    after = repaired(with_every_network(look), STACK)
    assert kinds(attachments(after, STACK)) == []
    assert repaired(after, STACK) == after


@given(worlds())
def test_one_run_creates_every_network(look: Look) -> None:
    after = networks_made(look, STACK)
    assert kinds(missing_networks(after, STACK)) == []


@given(worlds())
def test_no_finding_means_no_action_and_actions_belong_to_remedies(look: Look) -> None:
    found = rules.findings(look, STACK)
    remedies = [f for f in found if isinstance(f.resolution, Remedy)]
    assert len(actions(found)) == len(remedies)
    assert {a.container for a in actions(found) if isinstance(a, Attach)} <= {
        "shop-cache-1",
        "shop-web-1",
        "shop-db-1",
    }


@given(worlds())
def test_only_declared_networks_are_attached_to(look: Look) -> None:
    for action in actions(rules.findings(look, STACK)):
        if isinstance(action, Attach):
            service = look.declared.services[member(look, action.container).service]
            assert action.network in service.networks


@given(worlds(), st.sampled_from(["report", "detach"]))
def test_nothing_is_ever_done_about_an_alias_conflict(look: Look, extra_networks: str) -> None:
    declared = STACK if extra_networks == "report" else DETACHING
    found = rules.findings(look, declared)
    touched = {a.container for a in actions(found) if isinstance(a, (Attach, Detach))}
    assert "thief" not in touched
    assert all(f.resolution is not None for f in found if f.kind.id == "alias-conflict")
    assert not any(isinstance(f.resolution, Remedy) for f in found if f.kind.id == "alias-conflict")


@given(worlds())
def test_detaching_leaves_exactly_what_compose_declares(look: Look) -> None:
    declared = DETACHING
    after = repaired(with_every_network(look), declared)
    for action in actions(extra_networks(after, declared)):
        after = done(after, action)
    for c in managed_containers(after, declared):
        on = wanted(after, declared, c)
        # Where Compose declares no network at all, the service is on the host's or on nobody's.
        assert not on or set(c.networks) == set(on)
