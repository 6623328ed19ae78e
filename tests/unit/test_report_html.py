"""The report as a page: HTML that needs nothing else, and in which what hosts say is text."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import incident
import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import WAIVED, look, report, run
from poison import POISONS, poisoned
from snapshots import snapshot

from pyinfra_runbooks.jobs.hosts import HostReport, of_journal
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.reports import html, words
from pyinfra_runbooks.jobs.reports.timeline import seen

STYLE = Path(html.__file__).with_name("report.css").read_text(encoding="utf-8")
REPORTS = {
    "check": report("check"),
    "correct": report(),
    "halted": report(halted="too many hosts show the same"),
    "error": report(hosts=(), error="no such inventory"),
}
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav"),
    *("section", "h1", "h2", "h3", "p", "ul", "ol", "li", "dl", "dt", "dd", "div", "span"),
    *("a", "b", "strong", "small", "figure", "figcaption", "details", "summary"),
    *("svg", "g", "rect", "line", "circle", "path", "text"),
}


def page(of: Report) -> Element:
    """The page as a browser reads it; whatever is wrong in it is an error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(html.render(of))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text(element: Element | None) -> str:
    """All that can be read in it, in one line."""
    assert element is not None
    return words.one_line("".join(element.itertext()))


def section(root: Element, name: str) -> Element:
    """What there is of a host."""
    return next(s for s in root.iter("section") if text(s.find("h2")).startswith(name))


@pytest.mark.parametrize("kind", REPORTS)
def test_it_is_html_and_consists_of_what_a_page_consists_of(kind: str) -> None:
    assert {element.tag for element in page(REPORTS[kind]).iter()} <= ELEMENTS


# What a reader sees as a line of its own, unless there are some of them in it.
LINES = {"h1", "h2", "h3", "p", "li", "dt", "dd", "figcaption", "summary"}


def test_the_sample() -> None:
    elements = [element for element in page(report()).iter() if element.tag in LINES]
    lines = [one for one in elements if LINES.isdisjoint(part.tag for part in [*one.iter()][1:])]
    snapshot("report-page.txt", "".join(f"{text(line)}\n" for line in lines))


def test_the_outcome_is_at_the_top() -> None:
    root = page(report())
    assert text(root.find(".//h1")) == text(root.find(".//title")) == words.outcome(report())
    badges = [text(badge).split()[1:] for badge in root.findall(".//p[@class='counts']/span")]
    assert badges == [["2", "error"], ["2", "unresolved"], ["1", "repaired"], ["1", "healthy"]]


def test_what_did_not_change_is_drawn_once() -> None:
    captions = {name: section(page(report()), name).iter("figcaption") for name in DRAWN}
    assert {name: len([*found]) for name, found in captions.items()} == DRAWN


DRAWN = {"healed": 2, "broken": 1}


def test_healthy_hosts_are_folded() -> None:
    (details,) = section(page(report()), "Healthy").iter("details")
    assert details.get("open") is None
    assert text(details.find("summary")) == "✓ healthy calm shop, 1 noted"


def test_what_was_done_comes_first_and_symptoms_are_folded() -> None:
    healed = section(page(report()), "healed")
    assert [text(heading) for heading in healed.iter("h3")] == ["What was done", "Findings"]
    (folded,) = healed.iter("details")
    assert text(folded.find("summary")) == "1 symptom"
    assert "unhealthy" in text(folded)


def test_the_incident_has_one_cause() -> None:
    hosts = tuple(of_journal(incident.repaired(), corrected=True))
    found = section(page(report("repair", hosts=hosts)), incident.HOST)
    summaries = [text(details.find("summary")) for details in found.iter("details")]
    assert summaries == ["4 findings with the same cause", "5 symptoms"]
    (listed,) = found.findall("ul[@class='findings']")
    assert "config-differs" in text(listed[0])


def test_a_foreign_network_is_not_nothing() -> None:
    host = of_journal([run("web"), look("web", 1, WAIVED)], corrected=False)[0]
    assert host.after
    assert seen(host.after) == "no findings, 1 noted"


@pytest.mark.parametrize("kind", ["halted", "error"])
def test_why_a_job_did_nothing_is_said(kind: str) -> None:
    notice = text(page(REPORTS[kind]).find(".//p[@class='notice']"))
    assert notice in ("Halted: too many hosts show the same", "Error: no such inventory")


@pytest.mark.parametrize("kind", REPORTS)
def test_it_needs_nothing_else(kind: str) -> None:
    rendered = html.render(REPORTS[kind])
    assert not re.search(r"url\(|@import|@font-face", rendered)
    attributes = [item for element in page(REPORTS[kind]).iter() for item in element.items()]
    assert {name for name, _ in attributes}.isdisjoint(("src", "srcset", "style", "action"))
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    (policy,) = [value for _, value in attributes if value.startswith("default-src")]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@pytest.mark.parametrize("kind", REPORTS)
def test_it_can_be_heard(kind: str) -> None:
    root = page(REPORTS[kind])
    assert root.get("lang") == "en"
    assert len(root.findall(".//h1")) == 1
    drawings = list(root.iter("svg"))
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in drawings)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        for name in ("aria-labelledby", "href"):
            assert element.get(name, (ids and f"#{ids[0]}") or "").lstrip("#") in (*ids, "")


def shape(root: Element) -> list[str]:
    """What there is apart from texts; the lanes' order is that of their names."""
    return sorted(element.tag for element in root.iter())


@pytest.mark.parametrize("poison", POISONS)
def test_whatever_hosts_say_is_text(poison: str) -> None:
    sample = report(halted="halted")
    root = page(poisoned(poison, sample))
    assert shape(root) == shape(page(sample))
    assert words.one_line(f"shop-redis-1 is on shop_test{poison}") in text(root)
    for element in root.iter():
        assert not [name for name, _ in element.items() if name.startswith("on")]


@given(st.text(st.characters(codec=None)))
def test_any_text_is_written_as_utf8(said: str) -> None:
    assert html.render(poisoned(said)).encode("utf-8")


def test_a_thousand_hosts_take_a_line_each() -> None:
    hosts = report().hosts
    healthy = hosts[0]
    fleet = tuple(HostReport(f"web{n}", healthy.before, healthy.after) for n in range(1000))
    rendered = html.render(report(hosts=(*fleet, hosts[1])))
    assert rendered.count("<details>") == 1000
    assert rendered.count("<svg") == html.DRAWN + 3
    assert len(rendered) < 2_000_000


def colours(part: str) -> dict[str, str]:
    """The colours that a part of the style sheet declares."""
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", part))


LIGHT = colours(STYLE.partition("@media")[0])
DARK = colours(STYLE.partition("prefers-color-scheme: dark")[2].partition("* {")[0])


def brightness(colour: str) -> float:
    """As WCAG 2 defines relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(p * share for p, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "quiet") for ground in ("page", "card")),
        *((tone, f"{tone}-soft") for tone in ("bad", "warn", "done", "good")),
        *((tone, "card") for tone in ("bad", "warn", "done", "good")),
        *((ink, "bad-soft") for ink in ("ink", "quiet")),
    ],
)
def test_every_text_stands_out(scheme: dict[str, str], ink: str, ground: str) -> None:
    bright, dark = sorted((brightness(scheme[ink]), brightness(scheme[ground])), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5
