"""Start-up validation: small services that keep a client from starting until its server serves it.

Each is a job of the compose file, made of the server's own image, on the client's own networks and
with the client's own login. It ends with 0 once the server answers, and else with 1 and the reason
in its log; the client waits for it by ``depends_on: service_completed_successfully``. Pure.

    addresses   how the words of a compose file name a server
    mounts      what a service mounts, and where
    clients     who is whose client
    logins      how it logs in
    rendering   the services, as text for the compose file
    *.sh        what they run
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ....engine.compose import COMPLETED
from ....settings import Stack
from .clients import clients, existing, servers, uniform
from .logins import Login, login
from .rendering import alike, anchored, name_of, rendered

__all__ = ["NotValidated", "Validations", "validations"]


@dataclass(frozen=True, slots=True)
class NotValidated:
    """A client that is not validated.

    + because: why, and what would help
    """

    client: str
    server: str
    because: str

    def __str__(self) -> str:
        return f"{self.client} is not validated against {self.server}: {self.because}"


@dataclass(frozen=True, slots=True)
class Validations:
    """What to add to a compose file.

    + services: their YAML, which belongs below ``services:``, two spaces deep; empty: none is new
    + waits: what each client has to wait for, until it has completed successfully
    + left: who can't be validated, and why
    """

    services: str
    waits: Mapping[str, tuple[str, ...]]
    left: tuple[NotValidated, ...]

    def depends_on(self, client: str) -> str:
        """The lines of a client that waits for nothing else, four spaces deep."""
        lines = ["    depends_on:"]
        for name in self.waits[client]:
            lines += [f"      {name}:", f"        condition: {COMPLETED}"]
        return "\n".join((*lines, ""))


def validations(
    written: Mapping[str, Any],
    stack: Stack | None = None,
    *,
    of: Collection[str] = (),
    uses: Mapping[str, Collection[str]] = {},
    variables: Mapping[str, Mapping[str, str]] = {},
    directory: str = "",
    wait: int = 30,
) -> Validations:
    """
    The start-up validation of a compose project: one service for each server and those of its
    clients that reach it alike, with the same login.

    + written: what ``docker compose config --format json --no-interpolate`` prints: no value of a
      variable is in that
    + stack: who is who in Redis, and which secret has whose password; default: as the compose
      file says
    + of: the clients; default: all
    + uses: for a service, others that its environment or command names as hosts, where that is not
      in the compose file itself (`Declared`); default: nobody
    + variables: for a service, the names in its environment, those of its env files among them,
      each with the service or the port that it names, or nothing; default: as the compose file says
    + directory: the project's; default: the stack's
    + wait: seconds for which a server that does not answer is waited for; default: 30

    What is there already, by its label or its name, is not rendered again. Returns what to add to
    the compose file; raises nothing: clients that cannot be validated are in ``left``.

    **Example:**

    .. code:: python

        found = validations(json.loads(config), stack)
        print(found.services, found.depends_on("api"))
    """
    directory = directory or (stack.compose.directory if stack else "")
    written = uniform(written)
    services: Mapping[str, Any] = written["services"]
    found: list[Login] = []
    left: list[NotValidated] = []
    for server, kind in sorted(servers(services, stack)):
        for client in sorted(clients(services, server, stack, uses)):
            its = login(written, client, server, kind, stack, variables)
            if isinstance(its, Login):
                found.append(its)
            elif (not of or client in of) and not existing(services, client, server):
                left.append(NotValidated(client, server, its.because))
    waits: dict[str, tuple[str, ...]] = {}
    texts: list[str] = []
    for group in alike(services, found):
        there = {c: name for c in group.clients if (name := existing(services, c, group.server))}
        asked = tuple(c for c in group.clients if not of or c in of)
        new = replace(group, clients=tuple(c for c in asked if c not in there))
        if new.clients and not there:
            texts.append(rendered(services, new, directory, wait))
        shared = next(iter(there.values()), None) or (name_of(new) if new.clients else "")
        for client in asked:
            waits[client] = (*waits.get(client, ()), there.get(client, shared))
    return Validations("\n".join(anchored(texts)), waits, tuple(left))
