"""Start-up validation: small services that keep a client from starting until its server serves it.

Each is a job of the compose file, made of the server's own image, on the client's own networks and
with the client's own login. It ends with 0 once the server answers, and else with 1 and the reason
in its log; the client waits for it by ``depends_on: service_completed_successfully``. Pure.

    clients     who is whose client, and how it logs in
    rendering   the services, as text for the compose file
    *.sh        what they run
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..settings import Stack
from .clients import Login, NoLogin, clients, login, servers
from .rendering import alike, anchored, name_of, rendered

__all__ = ["Validations", "validations"]


@dataclass(frozen=True, slots=True)
class Validations:
    """What to add to a compose file.

    + services: their YAML, which belongs below ``services:``, two spaces deep; empty: none is new
    + waits: what each client has to wait for, until it has completed successfully
    + left: who can't be validated, each a sentence with why, and what would help
    """

    services: str
    waits: Mapping[str, tuple[str, ...]]
    left: tuple[str, ...]

    def depends_on(self, client: str) -> str:
        """The lines of a client that waits for nothing else, four spaces deep."""
        lines = ["    depends_on:"]
        for name in self.waits[client]:
            lines += [f"      {name}:", "        condition: service_completed_successfully"]
        return "\n".join((*lines, ""))


def validations(
    written: Mapping[str, Any],
    stack: Stack | None = None,
    *,
    of: Collection[str] = (),
    uses: Mapping[str, Collection[str]] = {},
    variables: Mapping[str, Collection[str]] = {},
    directory: str = "",
    wait: int = 30,
) -> Validations:
    """
    The start-up validation of a compose project: one service for each server and its clients, as
    far as these reach it alike, and with the same login.

    + written: what ``docker compose config --format json --no-interpolate`` prints: no value of a
      variable is in that
    + stack: who is who in Redis, and which secret has whose password; default: as the compose
      file says
    + of: the clients; default: all
    + uses: for a service, others that its environment or command names as hosts, where that is not
      in the compose file itself (`Declared`); default: nobody
    + variables: for a service, the names in its environment, those of its env files among them, and
      without values; default: as the compose file says
    + directory: the project's; default: the stack's
    + wait: seconds after which a server that does not answer fails it; default: 30

    What is there already, by its name, is not rendered again.

    **Example:**

    .. code:: python

        found = validations(json.loads(config), stack)
        print(found.services, found.depends_on("api"))
    """
    directory = directory or (stack.compose.directory if stack else "")
    services: Mapping[str, Any] = written.get("services") or {}
    found: list[Login] = []
    left: list[str] = []
    for server, kind in sorted(servers(services, stack)):
        for client in sorted(clients(services, server, stack, uses)):
            if of and client not in of:
                continue
            its = login(written, client, server, kind, stack, variables.get(client, ()))
            if isinstance(its, NoLogin):
                left.append(f"{client} is not validated against {server}: {its.because}")
            else:
                found.append(its)
    waits: dict[str, tuple[str, ...]] = {}
    texts: list[str] = []
    for one in alike(services, found):
        if name_of(one) not in services:
            texts.append(rendered(services, one, directory, wait))
        for client in one.clients:
            waits[client] = (*waits.get(client, ()), name_of(one))
    return Validations("\n".join(anchored(texts)), waits, tuple(left))
