"""What is known of each kind: the page of all kinds, and a text about one for the terminal.

``python -m pyinfra_runbooks.core.page`` prints docs/findings.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from .kind import Kind, kinds

_HEAD = """\
# Findings

Generated from the registry by `make generated`; do not edit it here.

Each finding has a kind, shown in brackets after it in runs, reports, metrics and messages. A
*cause* is repaired, or refused with the reason. A *symptom* fails because of a cause. A *waiver*
in the inventory lets a team live with a cause for a time: `Accepted("KIND", ...)`. A *note*
needs no action.
"""


def render(registered: Collection[Kind]) -> str:
    """The page of these kinds: for each part, a list of them, and a paragraph for each."""
    return "\n".join(_page(registered))


def _page(registered: Collection[Kind]) -> Iterator[str]:
    yield _HEAD
    ordered = sorted(registered, key=lambda kind: (kind.part, kind.id))
    yield from ("| kind | part | what it is |", "|---|---|---|")
    for kind in ordered:
        yield f"| [`{kind}`](#{kind}) | {kind.part} | {kind.title} |"
    for kind in ordered:
        yield from ("", f"## {kind}", "", *_kind(kind))
    yield ""


def _link(name: str) -> str:
    """A verb as it is; a kind with a link to it."""
    return f"[`{name}`](#{name})" if name in kinds() else name


def explained(kind: Kind) -> str:
    """
    What is known of a kind, for a terminal.

    + kind: one that is registered
    """
    head, _, *facts = _kind(kind, str)
    return "\n".join((f"{kind}: {head}", *(f"  {fact.removeprefix('- ')}" for fact in facts)))


def _kind(kind: Kind, named: Callable[[str], str] = _link) -> Iterator[str]:
    yield f"{kind.title}. {kind.means}"
    yield ""
    yield f"- known by: {kind.known}"
    yield f"- repair: {kind.repair}"
    if kind.undo:
        yield f"- undo: {kind.undo}"
    if kind.explains:
        yield f"- explains: {', '.join(map(named, sorted(kind.explains)))}"
    if kind.holds_up:
        yield f"- while it is refused, these wait: {', '.join(map(named, kind.holds_up))}"
    if not kind.breaks_health:
        yield "- It does not make a stack unhealthy."
    if not kind.waivable:
        yield "- It can't be waived: while it stands, health can't be proved."
    if kind.clears_itself:
        yield "- It may pass by itself: a run waits for that."


if __name__ == "__main__":
    print(render(kinds().values()), end="")
