"""What each container lacks of its networks: an endpoint, a name, an address. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...core.kind import Kind, kind
from ...settings import Stack
from ..compose import Attachment
from ..docker import Container, Endpoint
from ..look import Look
from ..parts import NOT_STARTED, Part
from .namespaces import network_gone
from .places import managed_containers, wanted

_CONSEQUENCES = ("refuses", "api-unhealthy", "unhealthy")

WRONG_NETWORK = kind(
    "wrong-network",
    title="A service is on other networks than its own",
    part=Part.NETWORK,
    means="It runs, and its clients don't find it by its name.",
    known="`docker inspect`: the container's networks, against those that Compose resolves.",
    repair="It is attached as it runs, under all its names. Nothing is restarted.",
    undo="docker network disconnect NETWORK CONTAINER",
    explains=_CONSEQUENCES,
)
NO_NETWORK = kind(
    "no-network",
    title="A service is on no network",
    part=Part.NETWORK,
    means="Nothing reaches it, and it reaches nothing.",
    known="`docker inspect`: the container has no network.",
    repair="It is attached as it runs, under all its names. Nothing is restarted.",
    undo="docker network disconnect NETWORK CONTAINER",
    explains=_CONSEQUENCES,
)
STALE_NETWORK = kind(
    "stale-network",
    title="A container's endpoint belongs to a network that was created again since",
    part=Part.NETWORK,
    means="The name of the network is right, and nothing on it can be reached.",
    known="The id of the endpoint's network, against that of the network of the same name.",
    repair="It is detached and attached again.",
    explains=(*NOT_STARTED, *_CONSEQUENCES),
)
MISSING_ALIAS = kind(
    "missing-alias",
    title="A service lacks a name on its network",
    part=Part.NETWORK,
    means="Clients that ask for that name get no address.",
    known="The names of the container's endpoint, against those that Compose gives it.",
    repair="It is detached and attached again under all its names; clients reconnect once.",
    explains=_CONSEQUENCES,
)
WRONG_ADDRESS = kind(
    "wrong-address",
    title="A service lacks an address or option on its network",
    part=Part.NETWORK,
    means="Clients of the declared address reach nothing, or another container.",
    known="Addresses and options of the endpoint, against what Compose declares.",
    repair="It is detached and attached again; refused while another container has the address.",
    explains=_CONSEQUENCES,
)


class Lack(NamedTuple):
    """
    What a container lacks on one of its networks.

    + wanted: names and addresses that it has to have there
    + had: what it has there; None: it is not on it
    """

    kind: Kind
    container: Container
    network: str
    wanted: Attachment
    had: Endpoint | None
    problem: str
    evidence: str


def lacking(look: Look, stack: Stack) -> Iterator[Lack]:
    """Containers that are not on a network of theirs, or not under all their names."""
    for container in managed_containers(look, stack):
        if network_gone(look, container):
            continue  # It can't be attached to anything: it has to be recreated.
        for network, attachment in wanted(look, stack, container).items():
            if network == stack.network and network not in look.networks:
                continue  # A person has to create it first.
            endpoint = container.networks.get(network)
            # Which of several it is that lacks something is the first thing to know.
            which = f"{container.name} " if len(look.members(container.service)) > 1 else ""
            if endpoint is None:
                lack = _absent(container, network, attachment)
                yield lack._replace(problem=which + lack.problem)
            elif found := _lack(look, network, container, endpoint, attachment):
                kind, problem, seen = found
                about = (kind, container, network, attachment, endpoint)
                yield Lack(*about, f"{which}{problem} on {network}", f"{container.name} {seen}")


def _absent(container: Container, network: str, wanted: Attachment) -> Lack:
    elsewhere = ", ".join(sorted(container.networks)) or "no network"
    kind = WRONG_NETWORK if container.networks else NO_NETWORK
    seen = f"{container.name} is on {elsewhere}"
    return Lack(kind, container, network, wanted, None, f"is not on {network}", seen)


def _lack(
    look: Look, network: str, container: Container, is_: Endpoint, wanted: Attachment
) -> tuple[Kind, str, str] | None:
    """What an endpoint lacks, if anything: its kind, the problem, and how that is known."""
    there = look.networks.get(network)
    if there and is_.network_id and is_.network_id != there.id:
        seen = f"is on network id {is_.network_id[:12]}, and {network} now has id {there.id[:12]}"
        return (STALE_NETWORK, "has a stale endpoint", seen)
    if missing := wanted.aliases - is_.names:
        answers = ", ".join(sorted(is_.names)) or "no name"
        return (
            MISSING_ALIAS,
            f"does not answer to {', '.join(sorted(missing))}",
            f"answers to {answers}",
        )
    for what, should, found in (
        ("address", wanted.ipv4, is_.ipv4),
        ("address", wanted.ipv6, is_.ipv6),
        ("driver options", wanted.driver_opts or None, is_.driver_opts or None),
        ("gateway priority", wanted.gw_priority or None, is_.gw_priority or None),
    ):
        if should is not None and should != found:
            has = f"has {found or is_.address}"
            return (WRONG_ADDRESS, f"lacks its {what} {should}", has)
    if wanted.link_local - is_.link_local:
        has = f"has {sorted(is_.link_local)}"
        return (WRONG_ADDRESS, "lacks its link-local addresses", has)
    return None
