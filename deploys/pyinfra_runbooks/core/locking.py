"""The lock of a run on a stack, as its host reports it (`lock.sh`). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .unknown import Unknown


@dataclass(frozen=True, slots=True)
class Taken:
    """The lock is ours.

    + moved: whether the host's containers are not as they were seen, or may not be
    """

    moved: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Another run has it.

    + who: the person and machine that it was started on
    + origin: where its SSH session comes from; empty: it is not known
    + since: in UTC, as ``2026-01-31T23:59:59Z``
    + runbook: what it runs
    """

    who: str
    origin: str = ""
    since: str = ""
    runbook: str = ""

    def __str__(self) -> str:
        """Who holds it, since when and from where, in one line."""
        return " ".join(
            f"{before} {what}".strip()
            for before, what in (
                ("", self.who),
                ("from", self.origin),
                ("since", self.since),
                ("with", self.runbook),
            )
            if what not in ("", "-")
        )


def answer(lines: Sequence[str]) -> Taken | Held | Unknown:
    """What the host answered when a run asked for the lock."""
    said = [line for line in lines if line]
    if said and said[0].startswith("held "):
        return Held(*said[0].removeprefix("held ").split("\t")[:4])
    if "taken" not in said:
        return Unknown(" ".join(said)[:300] or "the host did not answer")
    return Taken("moved" in said)
