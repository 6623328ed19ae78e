"""Whether services accept connections. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...engine.asked import Asking
from ...engine.probe import Probe
from ...engine.projects import address


def _ports(lines: Sequence[str]) -> dict[str, dict[int, bool]]:
    ports: dict[str, dict[int, bool]] = {}
    for line in lines:
        if found := re.fullmatch(r"([^\t]+)\t(\d+)\t(accepts|refuses)", line):
            ports.setdefault(found[1], {})[int(found[2])] = found[3] == "accepts"
    return ports


def _open(asking: Asking) -> Mapping[str, object]:
    """The ports that the inventory names, or those that a container exposes."""
    by_id = {container.id: container for container in asking.found.containers}
    named = {s.name: (s.port,) for s in asking.stack.services if s.port}
    return {
        "addresses": tuple(
            f"{c.service}\t{at}\t{port}"
            for c in asking.project.members
            if c.service.isprintable() and (at := address(c, by_id))
            for port in named.get(c.service, c.ports)
        )
    }


PORTS: Probe[Asking, dict[str, dict[int, bool]]] = Probe("ports", "ask_ports.sh", _ports, _open)
"""Of each service its ports, and whether something listens there."""
