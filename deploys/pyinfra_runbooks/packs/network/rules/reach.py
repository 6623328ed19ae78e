"""Clients that are kept from a server that runs, on a network that they share with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Refusal, Symptom
from ....core.unknown import Unknown
from ....engine.docker import Container
from ....engine.look import Look
from ....engine.parts import UNSERVED, Part
from ....engine.reach import Answer, Rule, Way
from ....engine.rules.reaches import Barrier, Kept, homes, kept
from ....settings import Stack
from .firewall import between, removing, where

_CONSEQUENCES = (
    "refuses",
    "restarting",
    *UNSERVED,
    "client-not-connected",
    "client-takes-nothing",
)
"""Where one of these is all that is found, it is tried what clients reach."""

_KNOWN = "Tried in the client's own network namespace, only where nothing else shows a cause"
_HOLDS_UP = ("api-unhealthy",)  # No restart of a client helps before.

PACKETS_DROPPED = kind(
    "packets-dropped",
    title="Packets between a client and its server do not get through",
    part=Part.NETWORK,
    means="Server and client run, on one network, under the right names: and no connection opens.",
    known=f"{_KNOWN}: the connection times out, or is rejected on the way. As root, a look also"
    " reads the rules of iptables and nft that may do that, on the host and in both networks.",
    repair="Nothing: a firewall rule may be deliberate. The rule and the command that removes it"
    " are shown, or where to look for it.",
    explains=_CONSEQUENCES,
    holds_up=_HOLDS_UP,
)
CONNECTIONS_STUCK = kind(
    "connections-stuck",
    title="A client's open connections are dead, and new ones open",
    part=Part.NETWORK,
    means="It waits on connections whose packets are lost, often for many minutes.",
    known=f"{_KNOWN}: by the kernel's table the same packet is sent over and over.",
    repair="A restart of the client, where its own finding plans it; else a person restarts it.",
    explains=_CONSEQUENCES,
    clears_itself=True,
)
CONNECTION_REFUSED = kind(
    "connection-refused",
    title="Nobody listens where a client looks for its server",
    part=Part.NETWORK,
    means="The server runs, and listens on another port, for itself alone, or not yet.",
    known=f"{_KNOWN}: the connection is refused; the kernel's table shows where the server"
    " listens.",
    repair="Nothing: correct the server's configuration (bind, port), or the client's.",
    explains=_CONSEQUENCES,
    holds_up=_HOLDS_UP,
    clears_itself=True,
)
NAME_UNANSWERED = kind(
    "name-unanswered",
    title="Nobody answers to a client's name for its server",
    part=Part.NETWORK,
    means="The client finds no address for it.",
    known=f"{_KNOWN}: asked of the client's own resolver.",
    repair="Nothing: give the server that name, or the client another one.",
    explains=_CONSEQUENCES,
    holds_up=_HOLDS_UP,
)
NAME_ELSEWHERE = kind(
    "name-elsewhere",
    title="A client's name for its server leads to another container",
    part=Part.NETWORK,
    means="The client talks to another server, always or now and then.",
    known=f"{_KNOWN}: asked of the client's own resolver; the engine says whose the addresses are.",
    repair="Nothing: the other one may have clients of its own. Give the server a name that no"
    " other container has.",
    explains=_CONSEQUENCES,
    holds_up=_HOLDS_UP,
)
NAME_STALE = kind(
    "name-stale",
    title="A container's own file gives a server's name another address",
    part=Part.NETWORK,
    means="The client uses its /etc/hosts, which points to nothing or to another container.",
    known=f"{_KNOWN}: the container's /etc/hosts, against the addresses that the engine knows.",
    repair="A restart of the client, which writes that file again, if its own finding plans it; a"
    " person corrects `extra_hosts`.",
    explains=_CONSEQUENCES,
)
RESOLVER_DEAD = kind(
    "resolver-dead",
    title="No name is answered in a client's network",
    part=Part.NETWORK,
    means="Docker's own DNS is cut off from it: the client finds no server by its name.",
    known=f"{_KNOWN}: not even its own name is answered.",
    repair="A restart of the client, which sets its network up again, where its own finding plans"
    " it; else a person restarts it.",
    explains=_CONSEQUENCES,
)
REACH_UNKNOWN = kind(
    "reach-unknown",
    title="Whether a client gets through to its server could not be tried",
    part=Part.NETWORK,
    means="Something is wrong, nothing that was seen explains it, and the client's network could"
    " not be looked at.",
    known="The reason is given: no right, no image with a shell, no time.",
    repair="Nothing: try it as root, or name an image that has a shell: Stack(helper_image=...).",
    breaks_health=False,
)


def findings(look: Look, _: Stack) -> Iterator[Finding[None]]:
    """What keeps clients from their servers: of one server, all its clients together."""
    found = list(kept(look))
    for barrier, rule in _RULES.items():
        by_server: dict[str, list[Kept]] = {}
        for one in found:
            if one.barrier is barrier:
                by_server.setdefault(one.server, []).append(one)
        for of in by_server.values():
            yield from rule(look, of)
    for (client, server), reach in sorted(look.reaches.items()):
        if isinstance(reach, Unknown):
            problem = f"whether it gets through to {server} could not be tried"
            yield REACH_UNKNOWN.found(client, problem, reach.reason)


def _names(of: list[Kept]) -> str:
    return ", ".join(dict.fromkeys(one.client.name for one in of))


def _dropped(look: Look, of: list[Kept]) -> Iterator[Finding[None]]:
    server, barred = of[0].server, any(Way.BARRED in one.reach.ways.values() for one in of)
    refused = any(Way.REFUSED in one.reach.ways.values() for one in of)
    how = "rejected" if barred or refused else "dropped"
    going_on = any(c.open > c.stuck for one in of for c in one.reach.has.values())
    only = "new connections" if going_on else "packets"
    more = "; those that are open go on" if going_on else ""
    rules = list(dict.fromkeys(rule for one in of for rule in between(look, one)))
    seen = [f"what may drop them: {where(look, rule)}" for rule in rules[:_MOST]]
    yield PACKETS_DROPPED.found(
        server,
        f"can't be reached by {_names(of)}: {only} are {how} on the way{more}",
        "; ".join((*map(_tried, of), *_reached(look, of), *seen)),
        _by_rule(look, rules) if rules else _unseen(look, of[0].client, server),
    )


_MOST = 4
"""How many rules are shown."""


def _by_rule(look: Look, rules: list[Rule]) -> Refusal:
    a_rule = "a firewall rule is" if len(rules) == 1 else "firewall rules are"
    return Refusal(
        f"{a_rule} in their way, and may be deliberate: {'; '.join(r.text for r in rules[:_MOST])}",
        f"if not deliberate, as root on the host: {'; '.join(removing(look, rules[:_MOST]))}; and"
        " remove it from what restores it when the host starts",
    )


def _unseen(look: Look, client: Container, server: str) -> Refusal:
    return Refusal(
        "it runs, and they share a network: most likely a firewall rule stands between them,"
        " on the host or in one of their networks; or it is too busy to take connections",
        _rules_of(client, *homes(look, server)),
    )


def _tried(one: Kept) -> str:
    """What was tried from one client, and how that ended."""
    reach = one.reach
    tries = []
    for address, way in reach.ways.items():
        at = f"{address}:{reach.port}"
        said = {
            Way.OPENS: f"{at} answers",
            Way.REFUSED: f"{at} refuses",
            Way.DROPPED: f"no answer from {at}",
            Way.BARRED: f"{at}: {reach.words.get(address) or 'no way there'}",
        }
        tries.append(said[way])
    stuck = sum(c.stuck for c in reach.has.values())
    tries += [f"{stuck} of its open connections are stuck"] if stuck else []
    return f"from {one.client.name}, {reach.name} is {', '.join(reach.addresses)}: " + ", ".join(
        tries
    )


def _reached(look: Look, of: list[Kept]) -> Iterator[str]:
    """Other clients of the same server that do reach it: then it is about these clients."""
    for (client, server), reach in sorted(look.reaches.items()):
        ways = {} if isinstance(reach, Unknown) else reach.ways
        if server == of[0].server and ways and {*ways.values()} == {Way.OPENS}:
            yield f"{client} reaches it"


def _rules_of(*containers: Container) -> str:
    inside = " ".join(dict.fromkeys(c.name for c in containers))
    return (
        "as root on the host: iptables -S DOCKER-USER; nft list ruleset; and in their networks:"
        f" for c in {inside}; do nsenter -t $(docker inspect -f '{{{{.State.Pid}}}}' $c) -n"
        " iptables -S; done"
    )


def _stuck(look: Look, of: list[Kept]) -> Iterator[Finding[None]]:
    for one in of:
        again = shlex.join(("docker", "restart", one.client.name))
        yield CONNECTIONS_STUCK.found(
            one.client.service,
            f"waits on dead connections to {one.server}; new ones open",
            _tried(one),
            Symptom(f"it gives them up by itself, after many minutes; sooner: {again}"),
        )


def _refused(look: Look, of: list[Kept]) -> Iterator[Finding[None]]:
    server, port, listens = of[0].server, of[0].reach.port, of[0].reach.listens
    there = ", ".join(f"{address}:{at}" for address, at in listens or ())
    alone = bool(listens) and all(
        a in ("127.0.0.1", "::1") for a, at in listens or () if at == port
    )
    problem = f"refuses {_names(of)}: nobody listens on port {port} there"
    if alone and any(at == port for _, at in listens or ()):
        problem = f"refuses {_names(of)}: it listens on port {port} for itself alone"
    seen = f"it listens on {there}" if there else "it listens nowhere" if listens == () else ""
    starting = [c.name for c in look.members(server) if c.health == "starting"]
    logs = f"docker logs --tail 20 {' '.join(c.name for c in homes(look, server))}"
    yield CONNECTION_REFUSED.found(
        server,
        problem,
        "; ".join(filter(None, (*map(_tried, of), seen))),
        Symptom(f"it is still starting: {logs}")
        if starting
        else Refusal(
            "its own configuration says where it listens",
            f"correct its bind or port, or the port that its clients use; {logs}",
        ),
    )


def _nobody(_: Look, of: list[Kept]) -> Iterator[Finding[None]]:
    for one in of:
        name = one.reach.name
        seen = f"asked in the network of {one.client.name}: there is no such name"
        if one.reach.said is Answer.SILENT:
            seen = (
                f"asked in the network of {one.client.name}: it is passed on to a resolver outside,"
                " as nobody there has it, and that one does not answer"
            )
        yield NAME_UNANSWERED.found(
            one.client.service,
            f"nobody answers to its name {name}",
            seen,
            Refusal(
                f"which name {one.server} is to have is for the compose file to say",
                f"give {one.server} the alias {name} on a network that they share, or have"
                f" {one.client.service} use a name that it has",
            ),
        )


def _no_dns(_: Look, of: list[Kept]) -> Iterator[Finding[None]]:
    for one in of:
        yield RESOLVER_DEAD.found(
            one.client.service,
            "no name is answered in its network",
            f"its resolver gave no answer to {one.reach.name}, nor to {one.client.name}",
            Symptom(
                f"to set its network up again: docker restart {one.client.name}; if that does not"
                " help, the engine itself does not answer: journalctl -u docker"
            ),
        )


def _elsewhere(look: Look, of: list[Kept]) -> Iterator[Finding[None]]:
    for one in of:
        wrong, total = len(one.others), len(one.reach.addresses)
        whose = ", ".join(dict.fromkeys(map(_whose, one.others)))
        how = "leads to" if wrong == total else f"leads to ours, and in {wrong} of {total} cases to"
        yield NAME_ELSEWHERE.found(
            one.client.service,
            f"its name {one.reach.name} {how} {whose}",
            _tried(one)
            if one.reach.ways
            else f"{one.reach.name} is {', '.join(one.reach.addresses)}",
            Refusal(
                "what answers there is not this stack's, and may have clients of its own",
                f"give {one.server} a name that nobody else has (an alias in the compose file), and"
                f" have {one.client.service} use that",
            ),
        )


def _stale(look: Look, of: list[Kept]) -> Iterator[Finding[None]]:
    for one in of:
        at = ", ".join(one.reach.addresses)
        yield NAME_STALE.found(
            one.client.service,
            f"its own /etc/hosts has {one.reach.name} at {at}, where {one.server} is not",
            f"at that address: {', '.join(dict.fromkeys(map(_whose, one.others)))}",
            Symptom(
                "a restart makes that file again, without what was written into it by hand; what"
                " extra_hosts says stays"
            ),
        )


def _whose(container: Container | None) -> str:
    if container is None:
        return "an address that no container has"
    owner = f"project {container.project}" if container.project else "no project"
    return f"{container.name} ({owner})"


_RULES = {
    Barrier.NO_DNS: _no_dns,
    Barrier.ELSEWHERE: _elsewhere,
    Barrier.NOBODY: _nobody,
    Barrier.STALE: _stale,
    Barrier.DROPPED: _dropped,
    Barrier.REFUSED: _refused,
    Barrier.STUCK: _stuck,
}
