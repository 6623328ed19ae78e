"""What a look before a deploy comes to: what is in the way, and what is fine. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Weight(IntEnum):
    """How bad it is.

    + LATER: it shows after the deploy, or makes the deploy slower
    + STOPS: a service does not come up, or not all of it
    + DANGER: a service comes up and lets strangers in, or loses data; or nothing can come up at all
    """

    LATER = 1
    STOPS = 2
    DANGER = 3


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that is in the way of a deploy.

    + kind: its name, the same on every host: ``port-taken``
    + subject: the service, or what it is about
    + problem: what is wrong with it
    + seen: how that is known, never what is in a file
    + do: what repairs it, with the command where there is one
    + path: the file that it is about, if it is one
    """

    weight: Weight
    kind: str
    subject: str
    problem: str
    seen: str
    do: str
    path: str = ""

    def lines(self) -> tuple[str, ...]:
        """As an engineer reads it."""
        return (
            f"{self.subject}: {self.problem} [{self.kind}]",
            f"  seen:  {self.seen}",
            f"  do:    {self.do}",
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What preflight knows of a host, or of one part of it.

    + obstacles: what is in the way
    + unseen: what could not be looked at, and why: the host is not ready then, either
    + notes: what is worth knowing, and in the way of nothing
    + fine: what was looked at and is fine, with its values
    """

    obstacles: tuple[Obstacle, ...] = ()
    unseen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether all was seen, and nothing is in the way."""
        return not self.obstacles and not self.unseen


def together(checked: Iterable[Checked]) -> Checked:
    """All of it, the worst first; of one file only the worst."""
    parts = list(checked)
    obstacles = sorted((o for part in parts for o in part.obstacles), key=lambda o: -o.weight)
    paths: set[str] = set()
    kept = []
    for obstacle in obstacles:
        if obstacle.path not in paths:
            kept.append(obstacle)
        if obstacle.path:
            paths.add(obstacle.path)
    return Checked(
        tuple(dict.fromkeys(kept)),
        tuple(dict.fromkeys(line for part in parts for line in part.unseen)),
        tuple(dict.fromkeys(line for part in parts for line in part.notes)),
        tuple(line for part in parts for line in part.fine),
    )


def counted(number: int, thing: str) -> str:
    """The beginning of a sentence: a number, the thing in singular or plural, and its verb.

    >>> counted(1, "image"), counted(2, "image")
    ('1 image is', '2 images are')
    """
    return f"{number} {thing} is" if number == 1 else f"{number} {thing}s are"


def listed(names: Iterable[str]) -> str:
    """Names in order, separated by commas.

    >>> listed({"web", "cache"})
    'cache, web'
    """
    return ", ".join(sorted(names))
