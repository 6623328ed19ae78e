"""What happened on a host, in order. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..hosts import HostReport, Look
from .words import counted, duration, one_line

VERBS = {"look": "looked", "change": "did", "failure": "failed", "refusal": "refused"}


@dataclass(frozen=True, slots=True)
class Event:
    """
    A look, or a step.

    + at: when it ended, in seconds since 1970
    + kind: ``look``, ``change``, ``failure`` or ``refusal``
    + seconds: how long it took; 0: not known
    + note: duration and disruption, as text
    """

    at: float
    kind: str
    text: str
    seconds: float = 0
    note: str = ""

    @property
    def verb(self) -> str:
        return VERBS[self.kind]


def events(host: HostReport) -> list[Event]:
    """The looks and the steps of a host, by time."""
    return sorted(_events(host), key=lambda event: event.at)


def _events(host: HostReport) -> Iterator[Event]:
    if host.before:
        yield Event(host.before.at, "look", seen(host.before))
    for step in host.steps:
        notes = [duration(step.seconds)] if step.seconds else []
        notes += [f"disruption: {step.disruption}"] if step.disruption else []
        yield Event(step.at, step.kind, one_line(step.text), step.seconds, ", ".join(notes))
    if host.after and (not host.before or host.after.at > host.before.at):
        yield Event(host.after.at, "look", seen(host.after))


def seen(look: Look) -> str:
    """What a look showed, in a few words."""
    if look.unknown:
        return f"nothing could be seen: {one_line(look.unknown)}"
    count = len(look.drift)
    found = counted(count, "finding") if count else "no findings"
    # A foreign network breaks nothing, and is not nothing.
    noted = len(look.findings) - count
    found += f", {noted} noted" if noted else ""
    failing = [name for name, healthy in _parts(look) if healthy is False]
    return f"{found}; {' and '.join(failing)} failing" if failing else found


def _parts(look: Look) -> tuple[tuple[str, bool | None], ...]:
    return ("the API", look.api_healthy), ("Redis", look.redis_answers)
