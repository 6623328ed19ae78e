"""What an interrupted Compose leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from looks import identity

from pyinfra_runbooks.engine.look import Look


def half_made(look: Look, service: str, **changes: Any) -> Look:
    """What Compose leaves beside a service's container, when it is interrupted."""
    (there,) = look.members(service)
    name = f"{there.id[:12]}_{there.name}"
    left = replace(there, id=identity(name), name=name, status="created", networks={}, **changes)
    return replace(look, containers=(*look.containers, left))
