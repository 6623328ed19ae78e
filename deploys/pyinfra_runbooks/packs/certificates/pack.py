"""Certificates, as a pack."""

from __future__ import annotations

from ...engine.pack import Pack
from . import rules
from .probe import CERTIFICATES

PACK = Pack(
    name="certificates",
    part=rules.PART,
    judges=(rules.findings,),
    probes_each=(CERTIFICATES,),
)
