"""Health, as a pack."""

from __future__ import annotations

from ...engine.pack import Pack
from ...engine.parts import Part
from ...engine.rules import whole
from .probe import PORTS
from .rules import health, images, own, silent

PACK = Pack(
    name="checks",
    part=Part.HEALTH,
    rules=(
        whole.findings,
        images.findings,
        silent.findings,
        own.findings,
        health.findings,
    ),
    probes=(PORTS,),
    by_checks=True,
)
