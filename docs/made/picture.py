"""A picture of a repair on a terminal, from what `make demo` recorded in docs/repair.txt.

``python -m docs.made.picture`` prints docs/repair.svg.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

COLUMNS = 80
TRANSCRIPT = Path(__file__).parents[1] / "repair.txt"

_CELL, _LINE, _MARGIN, _BAR = 8.0, 18, 16, 30
_PROVED = "healthy, which is proved"


def shown(text: str) -> list[str]:
    """The transcript as it is up to the proof, and of the report after it what fits the screen."""
    lines = text.splitlines()
    end = next(n for n, line in enumerate(lines, 1) if line.endswith(_PROVED))
    return [*lines[:end], *_report(lines[end:])]


def _report(lines: list[str]) -> Iterator[str]:
    if len(lines) < 9 and all(len(line) <= COLUMNS for line in lines):
        yield from lines
        return
    yield from (lines[0], "  ...")
    yield from (line for line in lines if line.startswith("  the API failed for "))
    yield lines[-1]


def render(text: str) -> str:
    """The picture; every word in it stands in the transcript, but for the dots."""
    return "\n".join(_picture(shown(text)))


def _picture(lines: list[str]) -> Iterator[str]:
    width = round(COLUMNS * _CELL) + 2 * _MARGIN
    height = _BAR + len(lines) * _LINE + 2 * _MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img" aria-labelledby="title">'
    )
    yield '<title id="title">A repair on a terminal: causes, plan, question, proof</title>'
    yield (
        "<style>text { font: 13.3px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;"
        " fill: #d5dae1; white-space: pre; } .bold { font-weight: 700; fill: #fff; }"
        " .typed { font-weight: 700; fill: #8fd19e; }</style>"
    )
    yield f'<rect width="{width}" height="{height}" rx="8" fill="#1b1f27"/>'
    for number, colour in enumerate(("#e0645c", "#dfae4a", "#69b35e")):
        yield f'<circle cx="{20 + 18 * number}" cy="18" r="5.5" fill="{colour}"/>'
    asked = next(n for n, line in enumerate(lines) if "[y/N]" in line)
    for number, line in enumerate(lines):
        if line:
            yield _text(line, _BAR + _MARGIN + 13 + number * _LINE, number < asked)
    yield "</svg>"
    yield ""


def _text(line: str, y: int, above: bool) -> str:
    """A line; what a person typed stands out, and headings above the question are bold."""
    heading = above and not line.startswith(" ")
    kind = "typed" if line.startswith("$ ") else "bold" if heading else ""
    marked = f' class="{kind}"' if kind else ""
    width = f'textLength="{len(line) * _CELL:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{_MARGIN}" y="{y}" xml:space="preserve" {width}{marked}>{escape(line)}</text>'


if __name__ == "__main__":
    print(render(TRANSCRIPT.read_text(encoding="utf-8")), end="")
