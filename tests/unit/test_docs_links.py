"""Every page of docs/ is in the site's contents, and every link and anchor leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = (DOCS / "index.md").read_text(encoding="utf-8")
PAGES = sorted((*ROOT.glob("*.md"), *DOCS.glob("*.md")))
_CODE = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _CODE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Of each link to something here its path, if it is another page, and its anchor."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(page))):
        if not re.match(r"https?:|mailto:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


LINKS = sorted({(page, *link) for page in PAGES for link in links(page)})


def test_there_are_links_and_pages() -> None:
    assert len(PAGES) > 25
    assert len(LINKS) > 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page: Path) -> None:
    lost = []
    for _, path, anchor in (link for link in LINKS if link[0] == page):
        target = (page.parent / path).resolve() if path else page
        there = target.is_relative_to(ROOT) and target.is_file()
        if not there or (anchor and anchor not in anchors(target)):
            lost.append(f"{path}#{anchor}")
    assert lost == []


_TREES = re.findall(r"^```{toctree}\n(.*?)^```", INDEX, re.MULTILINE | re.DOTALL)
LISTED = re.findall(r"^([a-z-]+)$", "".join(_TREES), re.MULTILINE)


def test_every_page_is_in_the_contents_once_and_has_its_line_above_in_the_same_order() -> None:
    pages = {page.stem for page in DOCS.glob("*.md")} - {"index"}
    assert sorted(LISTED) == sorted(pages)
    assert re.findall(r"^- \[[^]]+\]\(([a-z-]+)\.md\): ", INDEX, re.MULTILINE) == LISTED


def test_a_page_has_one_title_at_its_top() -> None:
    for page in PAGES:
        assert prose(page).startswith("# "), page.name
        assert len(re.findall(r"^# ", prose(page), re.MULTILINE)) == 1, page.name
