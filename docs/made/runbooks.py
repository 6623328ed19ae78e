"""The runbooks, from the page that each begins with.

``python -m docs.made.runbooks`` prints docs/runbooks.md.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pyinfra_runbooks.core.shipped import RUNBOOKS

_HEAD = """\
# Runbooks

Generated from the runbooks by `make generated`; do not edit it here.

Each runbook is a page that says when to use it, how to run it, what it may disturb and how to undo
it, and then makes a few calls. They come with the package: `runbooks check INVENTORY NAME` takes
one by its name, and pyinfra by its path, in `$(runbooks share)/runbooks`. [What they
repair](repairs.md) compares them.
"""

FIRST = ("redis_recovery", "network", "redis", "api", "verify", "diagnose")
"""Those that are needed first; the others follow by their names."""


def render() -> str:
    """The page."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield _HEAD
    others = sorted({path.stem for path in RUNBOOKS.glob("*.py")} - {*FIRST})
    for name in (*FIRST, *others):
        yield from _section(RUNBOOKS / f"{name}.py")


def _section(path: Path) -> Iterator[str]:
    page = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    title, _, rest = page.partition("\n\n")
    yield from (f"## {path.stem}", "", " ".join(title.split()), "")
    for name, text in re.findall(r"^(\w+) +((?:.|\n(?! ?\w))*)", rest, re.MULTILINE):
        lines = re.sub(r"^ {11}", "", text, flags=re.MULTILINE)
        if name == "Run" or "  " in lines:  # In columns.
            yield from (f"**{name}**", "", "```text", lines, "```", "")
        else:
            yield from (f"**{name}**: {_sentence(lines)}", "")


def _sentence(lines: str) -> str:
    """In one line, with a link where a page is named."""
    text = re.sub(r"([<>*])", r"\\\1", " ".join(lines.split()))
    return re.sub(r"docs/((\w+)\.md)", r"[\2](\1)", text)


if __name__ == "__main__":
    print(render(), end="")
