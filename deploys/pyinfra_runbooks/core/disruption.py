"""What users notice of a repair. Pure."""

from __future__ import annotations

from enum import Enum
from functools import total_ordering


@total_ordering
class Disruption(Enum):
    """
    What users notice of a repair, from least to most.

    + NONE: nothing
    + RECONNECT: clients lose their connection once
    + RESTART: a service is away while its process starts again
    + RECREATE: a service is away while its container is recreated, from the same image

    >>> Disruption.RECONNECT < Disruption("restart")
    True
    >>> f"at most {Disruption.RESTART}"
    'at most restart'
    """

    NONE = "none"
    RECONNECT = "reconnect"
    RESTART = "restart"
    RECREATE = "recreate"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Disruption):
            return NotImplemented
        order = list(Disruption)
        return order.index(self) < order.index(other)

    def __str__(self) -> str:
        return self.value

    def to_json(self) -> str:
        """For pyinfra's JSON output."""
        return self.value
