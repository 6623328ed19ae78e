"""How often: ``5m``, as systemd's calendar says it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_EXPECTED = (
    "10s to 30s that divide a minute, minutes that divide an hour, hours that divide a day, "
    "1d or 1w"
)


@dataclass(frozen=True, slots=True)
class Every:
    """
    An interval whose rounds come at the same times of each day.

    + seconds: its length

    >>> Every.parse("5m").on_calendar
    '*-*-* *:00/5:00 UTC'
    >>> Every.parse("7m")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: expected 10s to 30s that divide a minute, ...
    """

    seconds: int

    @classmethod
    def parse(cls, given: str) -> Every:
        """The interval that a text such as ``30s``, ``5m``, ``1h`` or ``1d`` means."""
        match = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", given)
        every = cls(int(match[1]) * _SECONDS[match[2]]) if match else None
        if every is None or not every._divides():
            raise ValueError(f"expected {_EXPECTED}, got {given!r}")
        return every

    def _divides(self) -> bool:
        """Whether the rounds are evenly spaced: a calendar starts again with each larger unit."""
        number, unit = self._parts()
        larger = {"s": 60, "m": 60, "h": 24}.get(unit)
        return self.seconds >= 10 and (larger % number == 0 if larger else number == 1)

    def _parts(self) -> tuple[int, str]:
        """The number, and the largest unit that it is a whole number of."""
        return next(
            (self.seconds // length, unit)
            for unit, length in reversed(_SECONDS.items())
            if self.seconds % length == 0
        )

    @property
    def on_calendar(self) -> str:
        """For ``OnCalendar=``; in UTC, where no hour is left out or comes twice."""
        number, unit = self._parts()
        return {
            "s": f"*-*-* *:*:00/{number} UTC",
            "m": f"*-*-* *:00/{number}:00 UTC",
            "h": f"*-*-* 00/{number}:00:00 UTC",
            "d": "*-*-* 00:00:00 UTC",
            "w": "Mon *-*-* 00:00:00 UTC",
        }[unit]

    @property
    def spread(self) -> int:
        """Seconds over which controllers with the same interval are spread."""
        return min(self.seconds // 10, 60)

    def __str__(self) -> str:
        number, unit = self._parts()
        return f"{number}{unit}"
