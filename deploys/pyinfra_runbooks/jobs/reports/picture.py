"""The services of a stack and their networks, as an SVG. Pure.

Services are boxes, one below the other; networks are lanes from top to bottom. Each attachment is a
line from the box to the lane, with the names that the service has there. Each line has a height of
its own, and names stand between two lanes, so that nothing covers a text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..hosts import Look, Place

BOX, LANE, LINE = 150, 140, 22
"""Widths of a service's box and of a network's lane, height of a line; in pixels."""
HEAD, GAP, EDGE = 44, 12, 8
"""Heights of the networks' names and between two boxes, and the space around all."""
CHARACTER = 7.3
"""Width of a character, at most, in the monospaced type of the picture; some take twice that."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A line between a service and a network.

    + kind: ``on``: as declared; ``extra``: not declared; ``missing``: declared, but not there
    """

    network: str
    kind: str
    names: tuple[str, ...]
    container: str

    @property
    def label(self) -> str:
        """The names to show: not the container's own, which it has on every network."""
        if self.kind == "missing":
            return "missing"
        return ", ".join(name for name in self.names if name != self.container) or self.container


def networks(*looks: Look) -> list[str]:
    """The networks of one or more looks, the declared ones first."""
    places = [place for look in looks for place in look.picture]
    declared = {name for place in places for name in place.declared}
    used = {name for place in places for name in place.networks}
    return [*sorted(declared), *sorted(used - declared)]


def attachments(place: Place, lanes: Sequence[str]) -> list[Attachment]:
    """The attachments of a service, including the missing ones, in the lanes' order."""
    return [
        Attachment(lane, _kind(place, lane), place.networks.get(lane, ()), place.container)
        for lane in lanes
        if lane in place.declared or lane in place.networks
    ]


def _kind(place: Place, lane: str) -> str:
    if lane not in place.networks:
        return "missing"
    return "on" if lane in place.declared else "extra"


def described(look: Look) -> str:
    """The picture in words."""
    lanes = networks(look)
    words = {"on": "on", "extra": "on the extra network", "missing": "missing from"}
    parts = []
    for place in look.picture:
        ends = ", ".join(f"{words[a.kind]} {a.network}" for a in attachments(place, lanes))
        parts.append(f"{place.service} ({place.status}): {ends or 'on no network'}")
    return "; ".join(parts)


def draw(look: Look, lanes: Sequence[str], label: str) -> Markup:
    """
    The picture of a look.

    + lanes: the networks, as `networks` gives them; the same for pictures to be compared
    + label: its title for screen readers; `described` is added
    """
    wrong = {finding.subject for finding in look.drift}
    rows = [(place, attachments(place, lanes)) for place in look.picture]
    height = HEAD + EDGE + sum(_height(ends) + GAP for _, ends in rows)
    width = 2 * EDGE + BOX + LANE * len(lanes) + GAP
    declared = {name for place in look.picture for name in place.declared}
    parts = [_lane(name, n, height, name in declared) for n, name in enumerate(lanes)]
    top = HEAD
    for place, ends in rows:
        parts.append(_service(place, ends, top, lanes, place.service in wrong))
        top += _height(ends) + GAP
    return Markup(
        '<svg class="picture" role="img" aria-label="{}" width="{}" height="{}"'
        ' viewBox="0 0 {} {}">{}</svg>'
    ).format(f"{label}. {described(look)}", width, height, width, height, Markup("").join(parts))


def _height(ends: Sequence[Attachment]) -> int:
    return max(2, len(ends)) * LINE


def _x(lane: int) -> int:
    """The middle of a lane."""
    return EDGE + BOX + 36 + lane * LANE


def _lane(name: str, number: int, height: int, declared: bool) -> Markup:
    x = _x(number)
    return Markup(
        '<g class="lane{}"><title>{}</title><rect x="{}" y="{}" width="10" height="{}" rx="5"/>'
        '<text x="{}" y="{}">{}</text>{}</g>'
    ).format(
        "" if declared else " extra",
        name,
        x - 5,
        HEAD - 12,
        height - HEAD + 8,
        x - 5,
        EDGE + 9,
        short(name, LANE - 16, end=8),
        "" if declared else _small("extra", x - 5, EDGE + 21),
    )


def _small(text: str, x: float, y: float) -> Markup:
    return Markup('<text class="small" x="{}" y="{}">{}</text>').format(x, y, text)


def _service(
    place: Place, ends: Sequence[Attachment], top: int, lanes: Sequence[str], wrong: bool
) -> Markup:
    runs = place.status == "running"
    height = _height(ends)
    first = top + (height - LINE * (len(ends) - 1)) / 2
    lines = [
        _attachment(end, first + LINE * n, _x(lanes.index(end.network)))
        for n, end in enumerate(ends)
    ]
    middle = top + height / 2
    wrong = wrong or any(end.kind == "missing" for end in ends)
    mark = "" if runs and not wrong else "✕ " if not runs else "! "
    return Markup(
        '<g class="service{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<text x="{}" y="{}">{}</text>{}</g>{}'
    ).format(
        "" if not mark else " failed",
        f"{place.container or place.service}: {place.status}",
        EDGE,
        top,
        BOX,
        height,
        EDGE + 10,
        middle - 3,
        short(f"{mark}{place.service}", BOX - 20),
        _small(short(place.status, BOX - 20), EDGE + 10, middle + 12),
        Markup("").join(lines),
    )


def _attachment(end: Attachment, y: float, x: int) -> Markup:
    return Markup(
        '<g class="end {}"><title>{}</title><line x1="{}" y1="{}" x2="{}" y2="{}"/>{}{}</g>'
    ).format(
        end.kind,
        f"{end.kind}: {end.network}" + (f" as {', '.join(end.names)}" if end.names else ""),
        EDGE + BOX,
        y,
        x - 6,
        y,
        _end(end.kind, x, y),
        _small(short(end.label, LANE - 26), x + 11, y + 4),
    )


def _end(kind: str, x: int, y: float) -> Markup:
    """The end of a line: a dot; extra, a diamond; missing, an empty ring."""
    if kind == "extra":
        return Markup('<path d="M{} {}l7 7l-7 7l-7-7z"/>').format(x, y - 7)
    return Markup('<circle cx="{}" cy="{}" r="6"/>').format(x, y)


def short(text: str, width: float, end: int = 0) -> str:
    """
    A text that fits into so many pixels.

    + end: characters of its end that are kept; default: none

    >>> short("shop_back", 100), short("ai_workflow_engine_net", 100), short("日本語の名前", 60)
    ('shop_back', 'ai_workflow_…', '日本語…')
    >>> short("ai_workflow_engine_net", 100, end=4)
    'ai_workf…_net'
    """
    if _width(text) <= width:
        return text
    head, tail = text, text[len(text) - end :]
    while head and _width(head + tail) > width - CHARACTER:
        head = head[:-1]
    return f"{head}…{tail}"


def _width(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return (len(text) + wide) * CHARACTER
