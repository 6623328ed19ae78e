"""A report as one self-contained HTML page, without a script.

The template and the style sheet are files beside this one. All values are escaped; should that ever
fail, the page's content security policy keeps the browser from loading or running anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ...core.finding import Finding
from ...core.showing import printable_lines
from ..hosts import HostReport, Look, Status
from ..report import Report
from . import chart, picture, words
from .folding import Trouble, troubles
from .timeline import Event, events, seen

DRAWN = 50
"""Pictures of healthy hosts, at most: a page of a thousand hosts has to open."""

SIGNS = {"error": "✕", "unresolved": "!", "drift": "!", "repaired": "↻", "healthy": "✓"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the timeline: an event, the seconds since the first one, and the time of day."""

    event: Event
    after: float
    clock: str


Listed = tuple[words.State, Finding[Any], tuple[tuple[str, str], ...]]
"""A finding, with its state and the lines under it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """
    What the page shows of a host.

    + findings: the causes, or all where there is none
    + folded: what is shown once a person opens it, each with what stands there until then
    """

    name: str
    anchor: str
    status: str
    sign: str
    facts: tuple[str, ...]
    findings: tuple[Listed, ...]
    folded: tuple[tuple[str, tuple[Listed, ...]], ...]
    pictures: tuple[tuple[str, Markup], ...]
    chart: Markup
    rows: tuple[Row, ...]
    why: str
    asked: str
    stack: str


def render(report: Report) -> str:
    """The report as an HTML page."""
    hosts = words.worst_first(report)
    healthy = [host for host in hosts if host.status is Status.HEALTHY]
    others = [host for host in hosts if host.status is not Status.HEALTHY]
    counts = [
        (str(status), SIGNS[str(status)], report.counts.get(status, 0))
        for status in words.WORST_FIRST
    ]
    page = _template().render(
        report=report,
        outcome=words.outcome(report),
        started=words.utc(report.started),
        counts=[count for count in counts if count[2]],
        others=[_shown(host, f"host-{n}") for n, host in enumerate(others)],
        healthy=[_shown(host, "", drawn=n < DRAWN) for n, host in enumerate(healthy)],
        style=Markup(_beside("report.css")),  # noqa: S704 - our own file
    )
    return printable_lines(page)


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _beside(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _shown(host: HostReport, anchor: str, drawn: bool = True) -> Shown:
    happened = events(host)
    listed, folded = _listed(host)
    status = str(host.status)
    return Shown(
        name=host.name,
        anchor=anchor,
        status=status,
        sign=SIGNS[status],
        facts=tuple(_facts(host)),
        findings=listed,
        folded=folded,
        pictures=tuple(_pictures(host)) if drawn else (),
        chart=chart.draw(host, happened),
        rows=tuple(Row(e, e.at - happened[0].at, words.clock(e.at)) for e in happened),
        why=words.why(host),
        asked=words.asked(host),
        stack=next((look.stack for look in (host.after, host.before) if look), ""),
    )


def _listed(
    host: HostReport,
) -> tuple[tuple[Listed, ...], tuple[tuple[str, tuple[Listed, ...]], ...]]:
    """The causes, and folded what has the same cause, and what merely follows from one."""
    every = [(s, f, tuple(words.details(f))) for s, f in words.findings(host)]
    found: list[Trouble] = []
    for state in dict.fromkeys(state for state, *_ in every):
        look = host.after if state is words.State.OPEN else host.before
        found += troubles([f for s, f, _ in every if s is state], look.plan if look else ())
    others = {id(f) for trouble in found for f in trouble.others}
    same = tuple(one for one in every if id(one[1]) in others)
    symptoms = tuple(one for one in every if found and one[1].symptom)
    aside = [
        (f"{words.counted(len(same), 'finding')} with the same cause", same),
        (words.counted(len(symptoms), "symptom"), symptoms),
    ]
    kept = tuple(one for one in every if one not in same and one not in symptoms)
    return kept, tuple(each for each in aside if each[1])


def _facts(host: HostReport) -> Iterator[str]:
    for fact in (words.api(host), words.changed(host)):
        if fact:
            yield fact[0].upper() + fact[1:]
    if host.before and host.before.paused:
        yield host.before.paused


def _pictures(host: HostReport) -> Iterator[tuple[str, Markup]]:
    """Before and after, or one picture if these are the same."""
    looks = [look for look in (host.before, host.after) if look and look.picture]
    lanes = picture.networks(*looks)
    if len(looks) == 2 and _same(*looks):
        title = "Networks, as before" if host.steps else "Networks"
        yield title, picture.draw(looks[1], lanes, f"Networks of {host.name}")
        return
    for look in looks:
        title = "Before" if look is host.before else "After"
        caption = f"{title}, {words.clock(look.at)} UTC: {seen(look)}"
        yield caption, picture.draw(look, lanes, f"Networks of {host.name} {title.lower()}")


def _same(before: Look, after: Look) -> bool:
    wrong = [{finding.subject for finding in look.drift} for look in (before, after)]
    return before.picture == after.picture and wrong[0] == wrong[1]
