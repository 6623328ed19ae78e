"""The picture of a stack's networks, and the bar of what happened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from xml.etree import ElementTree as Xml

import pytest
from journals import BACK, TEST, report
from snapshots import snapshot

from pyinfra_runbooks.jobs.hosts import Look, Place
from pyinfra_runbooks.jobs.reports import chart, picture
from pyinfra_runbooks.jobs.reports.timeline import events

HOSTS = {host.name: host for host in report().hosts}


def look(*places: Place) -> Look:
    return Look(at=0, stack="shop", picture=places)


def place(
    service: str, *declared: str, on: Mapping[str, tuple[str, ...]], status: str = "running"
) -> Place:
    return Place(service, f"shop-{service}-1", status, declared, on)


def drawn(seen: Look) -> Xml.Element:
    svg = picture.draw(seen, picture.networks(seen), "Networks")
    return Xml.fromstring(svg)  # noqa: S314 - our own text


def groups(svg: Xml.Element, word: str) -> list[Xml.Element]:
    """The groups of a class."""
    return [group for group in svg.iter("g") if word in group.get("class", "").split()]


MOVED = look(
    place("api", BACK, on={BACK: ("api", "shop-api-1")}),
    place("redis", BACK, on={TEST: ("redis", "shop-redis-1")}),
    place("worker", BACK, on={}, status="exited"),
)


def test_each_network_is_a_lane_and_those_that_are_declared_come_first() -> None:
    assert picture.networks(MOVED) == [BACK, TEST]
    svg = drawn(MOVED)
    assert len(groups(svg, "lane")) == 2
    (extra,) = [lane for lane in groups(svg, "lane") if "extra" in lane.get("class", "")]
    assert [text.text for text in extra.iter("text")] == [TEST, "extra"]


def test_missing_and_extra_differ_without_colour() -> None:
    svg = drawn(MOVED)
    assert [text.text for end in groups(svg, "missing") for text in end.iter("text")] == [
        "missing",
        "missing",
    ]
    (extra,) = [end for end in groups(svg, "end") if "extra" in end.get("class", "")]
    assert extra.find("path") is not None
    assert extra.find("circle") is None


def test_what_fails_is_marked_without_colour() -> None:
    names = [next(group.iter("text")).text for group in groups(drawn(MOVED), "service")]
    assert names == ["api", "! redis", "✕ worker"]


def test_a_name_is_one_that_says_more_than_the_container() -> None:
    (on,) = groups(drawn(MOVED), "on")
    assert [text.text for text in on.iter("text")] == ["api"]
    assert on.findtext("title") == "on: shop_back as api, shop-api-1"
    bare = look(place("api", BACK, on={BACK: ("shop-api-1",)}))
    assert [text.text for text in groups(drawn(bare), "on")[0].iter("text")] == ["shop-api-1"]


def test_it_is_said_in_words_to_those_who_cannot_see_it() -> None:
    svg = drawn(MOVED)
    assert svg.get("role") == "img"
    snapshot("report-picture.txt", f"{svg.get('aria-label')}\n")


def full(services: int, lanes: int, length: int) -> Look:
    """Every service on every network, with names of a length; the last network is extra."""
    names = [f"{n}{'n' * length}" for n in range(lanes)]
    return look(
        *(
            place(
                f"{s}{'s' * length}", *names[:-1], on=dict.fromkeys(names, (f"{s}{'a' * length}",))
            )
            for s in range(services)
        )
    )


def box(text: Xml.Element) -> tuple[float, float, float, float]:
    """Where a text is: left, top, right, bottom."""
    x, y = float(text.get("x", 0)), float(text.get("y", 0))
    return x, y - 8, x + len(text.text or "") * picture.CHARACTER, y + 3


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(one[n] < other[n + 2] and other[n] < one[n + 2] for n in (0, 1))


@pytest.mark.parametrize("length", [1, 10, 80])
@pytest.mark.parametrize(("services", "lanes"), [(1, 1), (3, 2), (20, 6)])
def test_no_text_lies_upon_another_or_outside(services: int, lanes: int, length: int) -> None:
    svg = drawn(full(services, lanes, length))
    boxes = [box(text) for text in svg.iter("text")]
    assert len(boxes) == lanes + 1 + services * (2 + lanes)
    width, height = float(svg.get("width", 0)), float(svg.get("height", 0))
    assert all(b[0] >= 0 and b[2] <= width and b[1] >= 0 and b[3] <= height for b in boxes)
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]


def test_no_line_crosses_a_text() -> None:
    svg = drawn(full(20, 6, 80))
    texts = [box(text) for text in svg.iter("text")]
    for line in svg.iter("line"):
        x1, x2, y = (float(line.get(name, 0)) for name in ("x1", "x2", "y1"))
        assert not [text for text in texts if overlap((x1, y - 1, x2, y + 1), text)]


def test_what_is_cut_short_can_be_read_in_full() -> None:
    svg = drawn(full(2, 2, 80))
    titles = [title.text or "" for title in svg.iter("title")]
    for text in svg.iter("text"):
        if text.text and text.text.endswith("…"):
            assert any(text.text.removesuffix("…") in title for title in titles)


def test_the_bar_shows_how_long_the_api_failed() -> None:
    host = HOSTS["healed"]
    bar = Xml.fromstring(chart.draw(host, events(host)))  # noqa: S314 - our own text
    assert re.findall(r"[\d.]+", bar.get("aria-label", "")) == ["2.8", "2.8"]
    kinds = [rect.get("class") for rect in bar.iter("rect")]
    assert kinds == ["time", "time", "outage", "look", "change", "look"]
    for rect in bar.iter("rect"):
        left, width = float(rect.get("x", 0)), float(rect.get("width", 0))
        assert 0 <= left <= left + width <= chart.WIDTH


def test_where_nothing_was_done_there_is_no_bar() -> None:
    assert chart.draw(HOSTS["away"], events(HOSTS["away"])) == ""
    assert chart.draw(HOSTS["calm"], events(HOSTS["calm"])) == ""
