"""A look that could not be made, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unknown:
    """A look that could not be made, and why. It is never mistaken for "there is none".

    + reason: what stood in the way, in words for the person who has to clear it
    """

    reason: str
