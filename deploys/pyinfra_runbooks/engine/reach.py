"""What a client's network namespace makes of its name for a server: asked only where nothing else
shows why the client is unwell (`packs/network/ask_reach.sh`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..core.unknown import Unknown


class Way(StrEnum):
    """What became of an attempt to connect.

    + OPENS: a connection opened
    + REFUSED: the address answers that nobody listens on that port
    + DROPPED: nothing came back in time
    + BARRED: an answer on the way, such as "No route to host"
    """

    OPENS = "opens"
    REFUSED = "refused"
    DROPPED = "dropped"
    BARRED = "barred"


class Answer(StrEnum):
    """What was said of a name.

    + FOUND: it has addresses
    + FILE: it has those that the container's ``/etc/hosts`` gives it
    + NOBODY: nobody has that name
    + SILENT: no answer to it in time, though the resolver answers to other names
    + DEAD: the resolver answers to nothing
    """

    FOUND = "found"
    FILE = "file"
    NOBODY = "nobody"
    SILENT = "silent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Connections:
    """
    The connections that a namespace has to an address and port, by the kernel's own table.

    + open: those that are established
    + stuck: those of them whose packets are sent over and over, as nobody acknowledges them
    + begun: those that wait for the first answer
    """

    open: int = 0
    stuck: int = 0
    begun: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A rule of a firewall that drops or rejects packets.

    + place: ``host``, or the name or id of the container in whose network it is
    + tool: ``iptables`` or ``nft``
    + text: as the tool prints it
    + chain: for nft its table and chain
    """

    place: str
    tool: str
    text: str
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """
    What a client's namespace makes of its name for a server.

    + name: the name
    + port: the port; None: none is known, and none was tried
    + said: what was said of the name
    + addresses: those of the answer; every one of them is as likely as another
    + ways: what became of a connection to that port, by address
    + words: what the tool said where one did not open, by address
    + has: the connections that are there, by address
    + listens: where the server's own namespace listens, as address and port; None: not known
    + rules: the firewall rules that drop or reject packets, on the host and in both networks, as
      far as they were seen
    """

    name: str
    port: int | None
    said: Answer
    addresses: tuple[str, ...] = ()
    ways: Mapping[str, Way] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    has: Mapping[str, Connections] = field(default_factory=dict)
    listens: tuple[tuple[str, int], ...] | None = None
    rules: tuple[Rule, ...] = ()


Target = tuple[str, int | None]
"""A name and a port."""


def parse(lines: Sequence[str]) -> dict[Target, Reach | Unknown]:
    """
    What `ask_reach.sh` tells of one client: what came of each name and port.

    + lines: what it printed; a line without its end is none
    """
    words = [line.split("\t") for line in lines]
    listens = {w[1]: _listening(words, w[1]) for w in words if w[0] == "L" and len(w) == 2}
    rules = tuple(_rules(words))
    found: dict[Target, Reach | Unknown] = {}
    reach: Reach | None = None
    for word in words:
        match word:
            case ["r", name, port, said, server, *addresses] if said in [*Answer]:
                known = tuple(filter(None, addresses))
                listening = listens.get(server)
                reach = Reach(
                    name, _port(port), Answer(said), known, listens=listening, rules=rules
                )
            case ["t", address, way, *said] if reach and way in [*Way]:
                words_ = {**reach.words, address: " ".join(said)[:120]} if any(said) else {}
                ways = {**reach.ways, address: Way(way)}
                reach = replace(reach, ways=ways, words={**reach.words, **words_})
            case ["e", address, *counts] if reach and len(counts) == 3 and _numbers(counts):
                has = {**reach.has, address: Connections(*map(int, counts))}
                reach = replace(reach, has=has)
            case ["x", name, port, why]:
                found[name, _port(port)] = Unknown(why or "it could not be tried")
            case ["."] if reach:
                found[reach.name, reach.port] = reach
                reach = None
    return found


def _rules(words: Sequence[Sequence[str]]) -> Iterator[Rule]:
    for word in words:
        match word:
            case ["f", place, "iptables" as tool, text]:
                yield Rule(place, tool, text)
            case ["f", place, "nft" as tool, table, chain, text]:
                yield Rule(place, tool, text, f"{table} {chain}")


def _port(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,5}", text) else None


def _numbers(texts: Sequence[str]) -> bool:
    return all(re.fullmatch(r"\d{1,9}", text) for text in texts)


def _listening(words: Sequence[Sequence[str]], server: str) -> tuple[tuple[str, int], ...]:
    of = (word for word in words if len(word) == 4 and word[:2] == ["l", server])
    return tuple(sorted({(a, p) for _, _, a, port in of if (p := _port(port)) is not None}))
