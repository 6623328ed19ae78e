"""A look that could not be made, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto


class Cause(Enum):
    """What kept a look from being made, as far as anything follows from that.

    + OTHER: whatever else
    + PASSING: what was looked at came or went meanwhile, or the answer broke off: once more helps
    + SILENT: a server took the question, and said nothing
    + NO_TOOLS: the server's image lacks what it is asked with
    """

    OTHER = auto()
    PASSING = auto()
    SILENT = auto()
    NO_TOOLS = auto()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A look that could not be made, and why. It is never mistaken for "there is none".

    + reason: what stood in the way, in words for the person who has to clear it
    + cause: the same, for what is decided by it; default: nothing is
    """

    reason: str
    cause: Cause = field(default=Cause.OTHER, compare=False, repr=False)
