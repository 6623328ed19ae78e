"""A part of a fleet, so that several controllers share a round. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Shard:
    """
    One of several parts of a fleet.

    + number: which part, from 1 to `of`
    + of: how many parts there are

    A host belongs to exactly one part, by its name alone: the same in every process, on every
    machine, and whatever other hosts there are.

    >>> hosts = ["web-1", "web-2", "web-3", "web-4"]
    >>> [host for host in hosts if Shard.parse("1/2").owns(host)]
    ['web-2', 'web-3']
    >>> [host for host in hosts if Shard.parse("2/2").owns(host)]
    ['web-1', 'web-4']
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ValueError(
                f"expected a shard from 1/{self.of} to {self.of}/{self.of}, got {self}"
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """
        The shard that a text such as ``3/16`` means; raises `ValueError` with the reason.

        >>> Shard.parse("3/16")
        Shard(number=3, of=16)
        >>> Shard.parse("0/16")
        Traceback (most recent call last):
        ValueError: expected a shard from 1/16 to 16/16, got 0/16
        """
        match = re.fullmatch(r"([0-9]{1,9})/([1-9][0-9]{0,8})", text)
        if not match:
            raise ValueError(f"expected a shard such as 3/16, got {text!r}")
        return cls(int(match[1]), int(match[2]))

    def owns(self, host: str) -> bool:
        """Whether the host of this name belongs to this part."""
        # Python's own hash() of a text differs from process to process.
        return int.from_bytes(sha256(host.encode()).digest()) % self.of == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
