"""The report's page in a browser: what it measures, and what it paints.

``make unit`` installs one where the system has the package; elsewhere these are not collected.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import zlib
from html import unescape
from pathlib import Path
from typing import Any

import incident
import pytest
from journals import report
from poison import POISONS, poisoned

from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.reports import html

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)
pytestmark = pytest.mark.needs(*BROWSERS)

# Runs within the page, without its policy: the sizes of what a person sees.
MEASURE = """
<script>
const boxes = [...document.querySelectorAll('svg.picture')].map(svg =>
  [...svg.querySelectorAll('text')].map(text => {
    const box = text.getBoundingClientRect(), whole = svg.getBoundingClientRect();
    return [box.left - whole.left, box.top - whole.top, box.right - whole.left,
            box.bottom - whole.top, whole.width, whole.height];
  }));
const wide = [...document.querySelectorAll('body *')].filter(element =>
  !element.closest('.scroll') && element.getBoundingClientRect().right > innerWidth + 1);
document.title = JSON.stringify({
  window: innerWidth, page: document.documentElement.scrollWidth, boxes,
  wide: wide.map(element => element.outerHTML.slice(0, 80)),
  scroll: [...document.querySelectorAll('.scroll')].map(e => getComputedStyle(e).overflowX),
});
</script>
"""


INCIDENT = (
    report("repair", hosts=tuple(of_journal(incident.repaired(), corrected=True))),
    report("check", hosts=tuple(of_journal(incident.checked(), corrected=False))),
)


def browse(page: Path, *options: str) -> str:
    """Opens a page, in a window of its own, and gives what the browser prints."""
    assert BROWSER
    run = subprocess.run(
        [
            *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--disable-dev-shm-usage", f"--user-data-dir={page.parent / 'profile'}"),
            *(*options, page.as_uri()),
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )
    return run.stdout.decode()


def measured(tmp_path: Path, of: Report, width: int) -> dict[str, Any]:
    """What the page measures in a window of a width."""
    text = html.render(of)
    text = re.sub(r"<meta http-equiv[^>]*>", "", text).replace("</body>", f"{MEASURE}</body>")
    page = tmp_path / "page.html"
    page.write_text(text, encoding="utf-8")
    seen = browse(page, f"--window-size={width},900", "--dump-dom")
    found = re.search(r"<title>(\{.*?\})</title>", seen, re.DOTALL)
    assert found
    sizes: dict[str, Any] = json.loads(unescape(found[1]))
    return sizes


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_is_wider_than_the_window(tmp_path: Path, width: int) -> None:
    long = poisoned("_" + 60 * "long", report(halted="halted"))
    for of in (report(), long, *INCIDENT):
        sizes = measured(tmp_path, of, width)
        assert sizes["window"] == width
        assert sizes["wide"] == []
        assert sizes["page"] <= width
        assert set(sizes["scroll"]) == {"auto"}  # Pictures that are wider move within their boxes.


@pytest.mark.parametrize("poison", ["", "_" + 60 * "W", POISONS[-1] * 9])
def test_texts_of_a_picture_are_within_it_and_apart(tmp_path: Path, poison: str) -> None:
    pictures = measured(tmp_path, poisoned(poison, report()), 1280)["boxes"]
    boxes = [boxes for boxes in pictures if boxes and boxes[0][4]]
    assert boxes
    for texts in boxes:
        for n, (left, top, right, bottom, width, height) in enumerate(texts):
            assert left >= 0
            assert top >= 0
            assert right <= width
            assert bottom <= height
            for other in texts[:n]:
                beside = right <= other[0] or other[2] <= left
                # Boxes of lines include the room above and below the letters.
                assert beside or bottom <= other[1] + 4 or other[3] <= top + 4


def test_no_script_runs_even_if_one_got_into_the_page(tmp_path: Path) -> None:
    attack = "<script>document.title = 'ran'</script><img src=x onerror=\"document.title='ran'\">"
    page = tmp_path / "page.html"
    page.write_text(html.render(report()).replace("</h1>", f"</h1>{attack}"), encoding="utf-8")
    assert "<title>Of 6 hosts" in browse(page, "--dump-dom")


def pixels(picture: bytes) -> tuple[int, int, list[bytes]]:
    """The width, the height and the rows of a PNG; each row is as it is stored."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    data, at = b"", 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        if picture[at + 4 : at + 8] == b"IDAT":
            data += picture[at + 8 : at + 8 + length]
        at += 12 + length
    raw = zlib.decompress(data)
    row = len(raw) // height
    return width, height, [raw[n * row : (n + 1) * row] for n in range(height)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_painted_from_top_to_bottom(tmp_path: Path, scheme: str) -> None:
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(html.render(report()), encoding="utf-8")
    preferred = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
    browse(page, "--window-size=800,1500", preferred, f"--screenshot={picture}")
    width, height, rows = pixels(picture.read_bytes())
    assert (width, height) == (800, 1500)
    for top in range(0, height, 300):
        assert len(set(rows[top : top + 300])) > 30


def test_it_prints(tmp_path: Path) -> None:
    page, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(html.render(report()), encoding="utf-8")
    browse(page, f"--print-to-pdf={paper}")
    printed = paper.read_bytes()
    assert printed.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8
