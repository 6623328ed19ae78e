"""The course of a repair, as a bar over time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from ..hosts import HostReport
from .timeline import Event

WIDTH, HEIGHT = 600, 36


def draw(host: HostReport, happened: Sequence[Event]) -> Markup:
    """The bar, from the first look to the last event: steps, and the API's downtime below."""
    if not host.before or len(happened) < 2:
        return Markup("")
    start, end = host.before.at, happened[-1].at
    scale = WIDTH / max(end - start, 0.1)
    parts = list(_parts(host, happened, start, end, scale))
    return Markup(
        '<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none">{}</svg>'
    ).format(_label(host, end - start), WIDTH, HEIGHT, Markup("").join(parts))


def _parts(
    host: HostReport, happened: Sequence[Event], start: float, end: float, scale: float
) -> Iterator[Markup]:
    yield _bar("time", 0, WIDTH, 8, 4)
    yield _bar("time", 0, WIDTH, 26, 4)
    if host.before and host.before.api_healthy is False:
        until = host.after.at if host.after and host.after.api_healthy else end
        yield _bar("outage", 0, (until - start) * scale, 22, 12)
    for event in happened:
        length = max(event.seconds * scale, 3)
        left = min(max((event.at - start) * scale - length, 0), WIDTH - length)
        yield _bar(event.kind, left, length, 2, 16)


def _bar(kind: str, left: float, width: float, top: int, height: int) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
        kind, left, top, width, height
    )


def _label(host: HostReport, seconds: float) -> str:
    failed = f", of which the API failed for {host.api_downtime:.1f}" if host.api_downtime else ""
    return f"{seconds:.1f} seconds from the first look to the end{failed}"
