"""Health, as a pack."""

from __future__ import annotations

from ...engine.pack import Pack
from ...engine.parts import Part
from .probe import PORTS
from .rules import health, images, silent

PACK = Pack(
    name="checks",
    part=Part.HEALTH,
    rules=(images.findings, silent.findings, health.findings),
    probes=(PORTS,),
    by_checks=True,
)
