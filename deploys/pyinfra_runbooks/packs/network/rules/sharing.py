"""Services that the compose file itself keeps apart, though one uses the other."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Note, Refusal
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....engine.rules.sharing import Apart, apart, networks_of
from ....settings import Stack

NO_SHARED_NETWORK = kind(
    "no-shared-network",
    title="The compose file gives a client and its server no network in common",
    part=Part.NETWORK,
    means="As declared, the client never finds its server: an attachment by hand is gone with the"
    " next `up`, and a restart changes nothing.",
    known="The networks that Compose resolves for both, and the client's environment, which names"
    " the server. Where only `depends_on` does, or others have the same variable and reach the"
    " server, it is said only of a client that is unwell.",
    repair="Nothing on the host: the file is wrong. The change to it is shown as a patch:"
    " `runbooks/declare_networks.py --data shared=CLIENT`.",
    explains=(
        "refuses",
        "restarting",
        *UNSERVED,
        "client-not-connected",
        "client-takes-nothing",
    ),
    holds_up=("api-unhealthy",),
)


def findings(look: Look, stack: Stack) -> Iterator[Finding[None]]:
    """Who uses whom, and has no network in common with it by the compose file."""
    for one in apart(look, stack):
        own, others = (_shown(look, name) for name in (one.client, one.server))
        seen = f"{one.client} is on {own}, {one.server} on {others}; {one.known}"
        if one.works:
            seen += "; their containers meet on a network that nobody declared, until the next `up`"
        yield NO_SHARED_NETWORK.found(
            one.client,
            f"shares no network with {one.server}, as the compose file declares it",
            seen,
            Note() if one.works else _refusal(look, one),
        )


def wanted(look: Look, stack: Stack, clients: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """
    Who would join which networks, by their services: the networks' keys and names.

    + clients: those that are to have a network in common with their servers
    """
    found: dict[str, dict[str, str]] = {}
    for one in apart(look, stack):
        if one.client in clients and one.joins:
            key = look.declared.networks[one.network].key
            found.setdefault(one.joins, {})[key] = one.network
    return found


def _shown(look: Look, service: str) -> str:
    return ", ".join(sorted(networks_of(look, service) or ())) or "no network"


def _refusal(look: Look, one: Apart) -> Refusal:
    because = "the file itself says so: what is done by hand is gone with the next `up`"
    if not one.joins:
        return Refusal(because, "have both list one network in the compose file")
    key = look.declared.networks[one.network].key
    there = one.server if one.joins == one.client else one.client
    return Refusal(
        because,
        f"in the compose file, have {one.joins} list the network {key} as well, which {there} is"
        " on; to see that as a patch, which is not written:"
        f" runbooks/declare_networks.py --data shared={one.client}",
    )
