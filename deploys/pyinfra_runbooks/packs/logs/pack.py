"""Last words, as a pack."""

from __future__ import annotations

from ...engine.last_words import LAST_WORDS
from ...engine.pack import Pack
from ...engine.parts import Part
from . import rules

PACK = Pack(name="logs", part=Part.HEALTH, rules=(rules.findings,), probes=(LAST_WORDS,))
