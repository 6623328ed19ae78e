"""Which rule of a firewall stands between a client and its server. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network

from ....engine.docker import Container
from ....engine.look import Look
from ....engine.reach import Rule
from ....engine.rules.reaches import Kept

_PORTS = ("--dport", "--dports", "--destination-port")
_FROM_PORTS = ("--sport", "--sports", "--source-port")


def between(look: Look, one: Kept) -> list[Rule]:
    """Those that may drop or reject the packets of a client to its server, or the answers: what
    names them first, and what is about all packets last."""
    clients, servers = _addresses([one.client]), frozenset(one.reach.addresses)
    concerned = (r for r in one.reach.rules if _concerns(r, clients, servers, one.reach.port))
    return sorted(concerned, key=lambda rule: _vague(rule, clients | servers, one.reach.port))


def _vague(rule: Rule, addresses: frozenset[str], port: int | None) -> int:
    if is_policy(rule):
        return 3
    words = rule.text.replace(",", " ").split()
    named = any(_within(a, word) for word in words for a in addresses if word != "0.0.0.0/0")
    return 0 if named else 1 if port is not None and str(port) in words else 2


def is_policy(rule: Rule) -> bool:
    """Whether it is what becomes of all that no rule lets through."""
    return rule.text.startswith(("-P ", "policy "))


def _addresses(containers: Iterable[Container]) -> frozenset[str]:
    ends = (end for c in containers for end in c.networks.values())
    return frozenset(a for end in ends for a in (end.address, end.address6) if a)


def _concerns(
    rule: Rule, clients: frozenset[str], servers: frozenset[str], port: int | None
) -> bool:
    """Whether nothing in it says that it is about other packets."""
    if rule.tool == "nft":
        return _names_them(rule.text, clients | servers, port)
    words = rule.text.split()
    there = _takes(words, "-s", clients) and _takes(words, "-d", servers)
    back = _takes(words, "-s", servers) and _takes(words, "-d", clients)
    there = there and _of_port(words, _PORTS, port) and not _has(words, _FROM_PORTS)
    back = back and _of_port(words, _FROM_PORTS, port) and not _has(words, _PORTS)
    return (there or back) and _is_tcp(words) and not _of_loopback(words)


def _has(words: list[str], options: tuple[str, ...]) -> bool:
    return bool({*options} & {*words})


def _value(words: list[str], option: str) -> tuple[str, bool] | None:
    """What an option says, and whether ``!`` negates it; None: it is not there."""
    if option not in words[:-1]:
        return None
    at = words.index(option)
    return words[at + 1], at > 0 and words[at - 1] == "!"


def _takes(words: list[str], option: str, addresses: frozenset[str]) -> bool:
    said = _value(words, option)
    return said is None or any(_within(a, said[0]) is not said[1] for a in addresses)


def _within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def _of_port(words: list[str], options: tuple[str, ...], port: int | None) -> bool:
    for option in options:
        if said := _value(words, option):
            return port is None or _holds(said[0], port) is not said[1]
    return True


def _holds(ports: str, port: int) -> bool:
    for part in ports.split(","):
        first, _, last = part.partition(":")
        if first.isdecimal() and int(first) <= port <= int(last if last.isdecimal() else first):
            return True
    return False


def _is_tcp(words: list[str]) -> bool:
    said = _value(words, "-p")
    return said is None or (said[0] in ("tcp", "all", "6")) is not said[1]


def _of_loopback(words: list[str]) -> bool:
    said = (_value(words, option) for option in ("-i", "-o"))
    return any(one == ("lo", False) for one in said)


def _names_them(text: str, addresses: frozenset[str], port: int | None) -> bool:
    """Whether a rule of nft, which has many forms, names one of them, or no address or port."""
    words = text.replace(",", " ").split()
    if any(w in addresses for w in words) or (port is not None and str(port) in words):
        return True
    return not {"saddr", "daddr", "dport", "sport", "ifname", "iifname", "oifname"} & {*words}


def removing(look: Look, rules: Iterable[Rule]) -> Iterator[str]:
    """The commands that take them away, as root on the host. A policy stays: taking it away would
    let everything in; what it lets through is shown."""
    for rule in rules:
        inside, chain = _inside(look, rule.place), shlex.join(rule.chain.split())
        if rule.tool == "nft":
            shows = f"{inside}nft -a list chain {chain}"
            handle = f"then, with its number: {inside}nft delete rule {chain} handle N"
            yield _let_in(shows) if is_policy(rule) else f"{shows}; {handle}"
        elif is_policy(rule):
            yield _let_in(f"{inside}iptables -S {shlex.quote(rule.text.split()[1])}")
        else:
            yield f"{inside}iptables -D {shlex.join(_words(rule.text)[1:])}"


def _let_in(shows: str) -> str:
    return f"add a rule that lets just these two through, as its policy drops the rest: {shows}"


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _inside(look: Look, place: str) -> str:
    """What a command begins with to be run in a container's network; empty: it is the host's."""
    name = _named(look, place)
    pid = f"$(docker inspect -f '{{{{.State.Pid}}}}' {shlex.quote(name)})"
    return f"nsenter -t {pid} -n " if name else ""


def _named(look: Look, place: str) -> str:
    """The name of the container whose network it is; empty: it is the host's."""
    if place == "host":
        return ""
    return next((c.name for c in look.containers if place in (c.id, c.name)), place)


def where(look: Look, rule: Rule) -> str:
    """The rule, and where it stands, in words."""
    name = _named(look, rule.place)
    at = f"in the network of {name}" if name else "on the host"
    chain = f" {rule.chain}:" if rule.chain else ""
    return f"{rule.tool}{chain} {rule.text} ({at})"
