"""A run on a host that answers with looks: what was shown, what was done, and what was refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from fakes import Clock, FakeHost
from looks import stack as declared
from pyinfra.api import FunctionCommand, StringCommand
from pyinfra.context import ctx_host

from pyinfra_runbooks.core.locking import Held, Taken
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts import health
from pyinfra_runbooks.facts.audit import AppendAudit, AuditLog
from pyinfra_runbooks.facts.locks import LockHolder, StackLock
from pyinfra_runbooks.facts.pauses import HostPause
from pyinfra_runbooks.facts.runs import RUN
from pyinfra_runbooks.facts.stack import StackHealth, StackLook
from pyinfra_runbooks.settings import Stack

_DOES = (
    (r"^step=(\w+)$[\s\S]*?^service=(\S+)$", "{} {}"),
    (r"^container=(\S+)\nnetwork=(\S+)\nset -- (?:re)?attach", "attach {} to {}"),
    (r"^container=(\S+)\nnetwork=(\S+)\nset -- detach", "detach {} from {}"),
    (
        r"^service=(\S+)\nnetwork=\S+\n(?:options_template=[\s\S]*?)?set -- create",
        "create networks of {}",
    ),
    (r"^set -- (?:put|own) (\S+)", "put {}"),
    (r"^pause_file=", "pause"),
)


@dataclass
class Ran:
    """
    What came of a run.

    + shown: what the phase before execution would do first
    + did: what was done to the host, in order
    + refused: why something was not, in order
    """

    host: FakeHost
    planned: list[str] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    sent: list[StringCommand] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def looks(self) -> int:
        return self.host.facts.count(StackLook)

    @property
    def locked(self) -> int:
        return self.host.facts.count(StackLock)


def a_host(
    *looks: Look | Unknown, lock: Taken | Held | Unknown | None = None, **data: str
) -> FakeHost:
    """A host that answers with these looks, one after the other, the last one from then on."""
    answers = [look.answers if isinstance(look, Look) else {} for look in looks]
    return FakeHost(
        {
            StackLook: looks,
            StackHealth: answers[-1:],
            StackLock: [lock or Taken()],
            LockHolder: [lock],
            HostPause: [None],
            AuditLog: [[{"run": RUN}]],
            AppendAudit: [[]],
        },
        executing=False,
        data=data,
    )


def ran(operation: Any, host: FakeHost, stack: Stack | None = None, **arguments: Any) -> Ran:
    """Both phases of an operation on a host, as pyinfra goes through them."""
    return all_ran(host, (operation, {"stack": stack or declared(), **arguments}))


def all_ran(host: FakeHost, *operations: tuple[Any, dict[str, Any]], asks: bool = True) -> Ran:
    """The same of several: all of them are prepared before one is executed; none with ``-y``."""
    came = Ran(host)
    with ctx_host.use(host), patch.object(health, "time", Clock()):
        for operation, arguments in operations if asks else ():
            came.planned += map(_does, operation._inner(**arguments))
        host.state.is_executing = True
        for operation, arguments in operations:
            if not came.refused:
                _execute(came, operation._inner(**arguments))
    return came


def _execute(came: Ran, commands: Iterable[Any]) -> None:
    host = came.host
    for command in commands:
        if isinstance(command, FunctionCommand):
            assert command.execute(host.state, host, {}) is False  # type: ignore[arg-type]
            came.refused = [said for said in host.said if said.startswith("Refused: ")]
            break  # As pyinfra does with an operation that fails.
        came.sent.append(command)
        came.did.append(_does(command))


def _does(command: Any) -> str:
    assert isinstance(command, StringCommand)
    script = command.get_raw_value()
    for pattern, words in _DOES:
        if found := re.search(pattern, script, re.MULTILINE):
            return words.format(*found.groups())
    return script.strip().splitlines()[-1]
