"""What clients made of their names for servers, as a look has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from looks import (
    stack,
)

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.reach import Answer, Reach, Way
from pyinfra_runbooks.packs.network.rules import reach as rules

CACHE, OTHER = "172.30.0.9", "172.30.0.77"


def alive(look: Look) -> Look:
    """All containers have a process, and an address of their own."""
    return replace(
        look,
        containers=tuple(
            replace(
                c,
                pid=number,
                networks={
                    name: replace(e, address=e.address if number == 1 else f"172.30.1.{number}")
                    for name, e in c.networks.items()
                },
            )
            for number, c in enumerate(look.containers, 1)
        ),
    )


def tried(look: Look, client: str = "shop-web-1", server: str = "cache", **what: Any) -> Look:
    """What the client made of its name for the server."""
    made = Reach(**{"name": "cache", "port": 6379, "said": Answer.FOUND, **what})
    return replace(look, reaches={**look.reaches, (client, server): made})


def found(look: Look) -> list[tuple[str, str, str]]:
    return [(f.kind.id, f.subject, f.problem) for f in rules.findings(look, stack())]


def only(look: Look) -> Finding[Any]:
    (finding,) = rules.findings(look, stack())
    return finding


def way(*ways: Way, **more: Any) -> dict[str, Any]:
    addresses = (CACHE, OTHER)[: len(ways)]
    return {"addresses": addresses, "ways": dict(zip(addresses, ways, strict=True)), **more}
