"""What a container's arguments, environment and ports say; masked on its host (`seen.awk`). Pure.

No value of an environment and no secret of a command line is in it, nor was it ever printed there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.answers import AnswerError, understood

MASKED = "***"
"""In the place of what may be a secret."""

LITERAL = "***$"
"""The same, where that has the look of a variable and no shell replaces it."""


@dataclass(frozen=True, slots=True)
class Link:
    """
    That a container names another one.

    + variable: the variable of its environment that does
    + host: the name, which is one of some container of the host; of a unix socket its path
    + port: the port; None: none is named
    + scheme: ``redis``, ``rediss``, ``unix`` …; empty: none is named
    """

    variable: str
    host: str
    port: int | None = None
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """
    A port of a container that the host passes on.

    + port: the container's
    + address: of the host; empty: every one that it has
    + host_port: the host's; None: the engine chooses it
    + protocol: ``tcp``, ``udp`` or ``sctp``
    """

    port: int
    address: str = ""
    host_port: int | None = None
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What a container is started with.

    + program: what is started; `MASKED`, where that is no path and no known name
    + arguments: its words, those of a line of shell one by one: names of options as they are, their
      values only where they can be no secret, variables as ``$NAME``; else `MASKED` or `LITERAL`;
      what is empty is empty
    + links: the containers that its environment names
    + published: its ports on the host
    """

    program: str
    arguments: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    published: tuple[Published, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All words that it is started with."""
        return (self.program, *self.arguments)


def parse(lines: Iterable[str]) -> dict[str, Seen]:
    """
    What `seen.awk` printed, by the containers' ids.

    + lines: a container's JSON each, and last how many there are

    Raises:
        ValueError: that is not all of them, or no such JSON
    """
    *containers, last = [*lines] or [""]
    with understood("the host", ""):
        found = dict(map(_seen, map(json.loads, containers)))
    if last != f"all {len(found)}":
        raise AnswerError("what the containers are started with could not be read")
    return found


def _seen(data: Mapping[str, Any]) -> tuple[str, Seen]:
    return data["id"], Seen(
        program=data["program"],
        arguments=tuple(data["arguments"]),
        links=tuple(dict.fromkeys(map(_link, data["links"]))),
        published=tuple(dict.fromkeys(_published(data["ports"] or data["bindings"] or {}))),
    )


def _link(data: list[str]) -> Link:
    variable, host, port, scheme = data
    return Link(variable, host, int(port) if port else None, scheme)


def _published(ports: Mapping[str, Any]) -> Iterable[Published]:
    for name, places in ports.items():
        port, _, protocol = name.partition("/")
        for place in places or ():
            address = place.get("HostIp") or ""
            yield Published(
                int(port),
                "" if address in _EVERYWHERE else address,
                int(place.get("HostPort") or 0) or None,
                protocol or "tcp",
            )


_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - as the engine says it
