"""Causes and steps in lines: of the report on a terminal, and of the question of a repair. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from ...core.deeds import Deed
from ...core.disruption import Disruption
from ...core.finding import Finding
from ...core.nouns import with_its_thing
from ...core.resolution import Refusal
from ..hosts import Look
from .folding import also, symptoms, troubles
from .words import one_line

_NOTICED = {
    Disruption.NONE: "users notice nothing",
    Disruption.RECONNECT: "the clients of {} are disconnected once",
    Disruption.RESTART: "{} is away while it starts again",
    Disruption.RECREATE: "{} is away while its container is recreated",
}

EVIDENCE = 2
"""Lines of a finding's evidence that are shown; all of it with ``whole``."""


def causes(look: Look, width: int) -> Iterator[str]:
    """
    The causes that a look shows, each with what follows from it; the symptoms are counted.

    + look: what was seen last
    + width: characters that fit into a line
    """
    for trouble in troubles(look.findings, look.plan):
        yield from wrapped("  ", one_line(trouble.cause.headline()), width)
        yield from _seen(trouble.cause.evidence, width, EVIDENCE)
        if others := also(trouble):
            yield from wrapped("    also: ", others, width)
        yield from _refused(trouble.cause, width)
    for line in symptoms(look.findings):
        yield f"  {line}"


def whole_causes(look: Look, width: int) -> Iterator[str]:
    """The same with each finding, and all of its evidence."""
    for finding in look.drift:
        yield from wrapped("  ", one_line(finding.headline()), width)
        yield from _seen(finding.evidence, width, None)
        yield from _refused(finding, width)


def _refused(finding: Finding[Any], width: int) -> Iterator[str]:
    if isinstance(finding.resolution, Refusal):
        yield from wrapped("    can't: ", one_line(finding.resolution.because), width)
        yield from wrapped("    do: ", one_line(finding.resolution.instead), width)


def _seen(evidence: str, width: int, most: int | None) -> Iterator[str]:
    """The evidence, in so many lines at most."""
    lines = [*wrapped("    seen: ", one_line(evidence), width)]
    yield from lines[:most]
    if most and len(lines) > most:
        yield "          ... (-v shows all of it)"


def steps(deeds: Sequence[Deed], width: int) -> Iterator[str]:
    """What is done, in order, each with what users notice of it."""
    for number, deed in enumerate(deeds, 1):
        yield from wrapped(f"  {number}. ", in_words(deed), width)


def in_words(deed: Deed) -> str:
    """What is done, and what users notice of it."""
    noticed = _NOTICED[deed.disruption].format(deed.thing)
    return one_line(f"{with_its_thing(deed.thing, deed.does)} ({noticed})")


def wrapped(begin: str, text: str, width: int) -> Iterator[str]:
    """
    A text in lines; those after the first are indented as deep as its words.

    + begin: what stands before it
    + text: one line
    + width: characters that fit into a line
    """
    yield from textwrap.wrap(
        text or "-",
        max(width, 40),
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_on_hyphens=False,
        break_long_words=False,
    )
