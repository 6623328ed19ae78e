"""In which fields a container differs from what Compose would create: `fields.awk`. Pure.

Values are compared on the host, and stay there; what comes is names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

How = Literal["absent", "changed", "extra"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, or one item of it.

    + how: ``absent``: the container lacks what is declared; ``changed``: it has another value;
      ``extra``: it has what nothing declares
    + field: as the compose file calls it, and ``mounts`` for all that is mounted
    + item: which variable, label, port or place; empty where the field has no items with names
    + variables: those that it depends on; ``?`` for one that can't be named
    + settled: those of them that an env file sets now
    """

    how: How
    field: str
    item: str = ""
    variables: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As it is called in sentences.

        >>> Difference("absent", "environment", "REDIS_HOST").name
        'environment REDIS_HOST'
        """
        return f"{self.field} {self.item}".rstrip()

    def exported(self, unset: Collection[str]) -> bool:
        """Whether a variable that was set when the stack came up may alone explain it.

        What is missing as a whole was not there: no value makes it so. But then nobody knows what
        a variable without a default would make of it. An image is never changed by a repair: where
        an env file names it, that is what is declared.

        + unset: the variables that Compose misses now
        """
        if self.how == "absent":
            return not set(unset).isdisjoint(self.variables)
        return bool(self.free if self.field == "image" else self.variables)

    @property
    def free(self) -> tuple[str, ...]:
        """The variables that it depends on and no env file sets."""
        return tuple(name for name in self.variables if name not in self.settled)


def parse(lines: Iterable[str]) -> dict[str, tuple[Difference, ...]]:
    """What was compared: by the containers' ids, what differs; nothing where all is as declared."""
    found: dict[str, list[Difference]] = {}
    for line in lines:
        if compared := re.fullmatch(r"d ([0-9a-f]{64})", line):
            found.setdefault(compared[1], [])
        elif differs := _DIFFERS.fullmatch(line):
            how = next(how for how in get_args(How) if how == differs["how"])
            item, listed = (
                "" if differs[part] == "-" else differs[part] for part in ("item", "variables")
            )
            named = tuple(filter(None, listed.split(",")))
            variables = tuple(dict.fromkeys(name.removesuffix("=") for name in named))
            # One that is not named may be several, of which only some are set.
            settled = tuple(name for name in variables if name not in named)
            found.setdefault(differs["id"], []).append(
                Difference(how, differs["field"], item, variables, settled)
            )
    return {i: tuple(sorted(differ, key=lambda d: d.name)) for i, differ in found.items()}


_DIFFERS = re.compile(
    r"x (?P<id>[0-9a-f]{64}) (?P<how>absent|changed|extra) (?P<field>[a-z_]+)"
    r" (?P<item>[A-Za-z0-9_./:@-]+) (?P<variables>[A-Za-z0-9_?,=-]+)"
)


def in_words(differences: Collection[Difference]) -> str:
    """What differs, in words; without the container's name in front.

    >>> in_words([Difference("changed", "command"), Difference("absent", "mounts", "/run/key")])
    'differs in command; lacks mounts /run/key'
    """
    said: Mapping[How, str] = {
        "changed": "differs in {}",
        "absent": "lacks {}",
        "extra": "has {}, which Compose does not declare",
    }
    names = {how: [d.name for d in differences if d.how == how] for how in said}
    return "; ".join(said[how].format(", ".join(names[how])) for how in said if names[how])
