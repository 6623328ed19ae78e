"""The scripts that look at a schedule's units, and change them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from ..engine.shell import script
from .rendering import names
from .steps import Step


def states(directory: str, name: str) -> str:
    """
    Prints what there is of a schedule's units.

    + directory: of their files
    + name: the schedule's
    """
    return script("unit_states.sh", *names(name), unit_directory=directory)


def change(directory: str, taken: Sequence[Step]) -> str:
    """
    Takes steps, in order. What is written comes over stdin, as `written` has it.

    + directory: of the units' files
    + taken: the steps
    """
    words = (word for step in taken for word in step)
    return script("units.sh", *words, unit_directory=directory)


def written(taken: Sequence[Step], wanted: Mapping[str, str]) -> list[str]:
    """What `change` reads from stdin."""
    return [base64.b64encode(wanted[s.unit].encode()).decode() for s in taken if s.verb == "write"]
