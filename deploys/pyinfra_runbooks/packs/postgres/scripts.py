"""The script that changes PostgreSQL."""

from __future__ import annotations

from ...core.unknown import Unknown
from ...engine.look import Look
from ...engine.projects import address, project
from ...engine.shell import script
from ...engine.shell.seen import seen
from ...settings import Stack
from .probe import POSTGRES, about, password_from
from .settings import Postgres


def set_password(look: Look, stack: Stack, postgres: Postgres) -> str:
    """
    Has the role take the password; see `set_password.sh`.

    + look: what was seen just before
    + postgres: which of the stack's it is done to
    """
    (container,) = look.members(postgres.service)
    made = project(look.found, stack.compose)
    others = {each.id: each for each in look.containers}
    return script(
        "set_password.sh",
        **seen(stack, look),
        **about(stack, postgres, address(container, others)),
        password_from=password_from(stack, postgres, container, made),
        service=postgres.service,
        container=container.id,
        alone="" if _clients(look, postgres) else "yes",
    )


def _clients(look: Look, postgres: Postgres) -> int:
    """How many are logged in as its role, by what was seen."""
    seen = look.of(POSTGRES, postgres.service)
    role = None if isinstance(seen, Unknown) or seen.server is None else seen.server.role
    return role.clients if role else 0
