"""PostgreSQL, as a pack."""

from __future__ import annotations

from typing import Any

from ...core.policy import Policy
from ...engine.look import Look
from ...engine.pack import Pack, Sent
from ...settings import Stack
from . import scripts
from .probe import POSTGRES
from .rules import disk, password, serving, sessions
from .settings import Postgres
from .steps import PART, Step


def _set_password(step: Any, look: Look, stack: Stack, _: Policy) -> Sent:
    postgres = next(one for one in stack.of(Postgres) if one.service == step.thing)
    return Sent(scripts.set_password(look, stack, postgres))


PACK = Pack(
    name="postgres",
    part=PART,
    judges=(disk.findings, serving.findings, sessions.findings, password.findings),
    probes_each=(POSTGRES,),
    does={Step: _set_password},
    later=password.later,
)
