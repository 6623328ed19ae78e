"""Changes to a text of which only harmless lines are shown: edits, and a unified diff. Pure.

A diff shows the lines around a change, and a compose file's lines may hold secrets. So an edit says
whether the line before it may be shown. The one after it has to be: ``git apply`` and ``patch``
take a hunk without any context after it for the end of the file; less before it is no matter. Where
no other place is left, a line is replaced without any context (`Edit.hides_after`): ``patch`` takes
that, and ``git apply --unidiff-zero``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edit:
    """
    Lines that are put before a line of the text, or in its place.

    + line: the line's number, from 0; the number of lines for the end
    + adds: whole lines, with their ends
    + replaces: whether they take the place of that line; default: ``False``
    + shows_before: whether the line before may be shown; default: ``False``
    + hides_after: whether the line after may not be shown; default: ``False``
    """

    line: int
    adds: tuple[str, ...]
    replaces: bool = False
    shows_before: bool = False
    hides_after: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """
    What becomes of one file.

    + path: the file's, on the host
    + shown: its name in the patch
    + before: its content
    + edits: what is changed in it
    """

    path: str
    shown: str
    before: bytes = field(repr=False)
    edits: tuple[Edit, ...]

    @property
    def after(self) -> bytes:
        """The content after the change: every other byte is as it was."""
        return edited(self.before.decode("utf-8"), self.edits).encode("utf-8")

    @property
    def bare(self) -> bool:
        """Whether a line of its diff has no context, so that not every tool takes it."""
        return any(edit.hides_after for edit in self.edits)

    def diff(self) -> str:
        """The change as ``git apply`` and ``patch -p1`` take it; the latter if it is bare."""
        return unified(self.before.decode("utf-8"), self.edits, self.shown)


def lines(text: str) -> list[str]:
    """A text's lines with their ends; only ``\\n`` ends one.

    >>> lines("a\\r\\nb")
    ['a\\r\\n', 'b']
    """
    found = [f"{line}\n" for line in text.split("\n")]
    last = found.pop()[:-1]
    return [*found, last] if last else found


def edited(text: str, edits: Iterable[Edit]) -> str:
    """
    The text after the edits.

    >>> edited("a\\nb\\n", [Edit(1, ("new\\n",))])
    'a\\nnew\\nb\\n'
    """
    result = lines(text)
    for edit in reversed(_sorted(edits)):
        result[edit.line : edit.line + edit.replaces] = edit.adds
    return "".join(result)


def unified(text: str, edits: Iterable[Edit], name: str) -> str:
    """
    The edits as a unified diff, with one line of context at most on either side.

    + name: the file's, as the diff's header has it

    >>> print(unified("a\\nb\\nc\\n", [Edit(1, ("new\\n",), shows_before=True)], "x"), end="")
    --- a/x
    +++ b/x
    @@ -1,2 +1,3 @@
     a
    +new
     b
    """
    was = lines(text)
    shown, moved = [f"--- a/{name}\n+++ b/{name}\n"], 0
    for hunk in _hunks(_sorted(edits), len(was)):
        first, old, body = _body(hunk, was)
        new = old + sum(len(edit.adds) - edit.replaces for edit in hunk)
        shown.append(f"@@ -{_range(first, old)} +{_range(first + moved, new)} @@\n{body}")
        moved += new - old
    return "".join(shown)


def _sorted(edits: Iterable[Edit]) -> list[Edit]:
    """By their places; of two at the same, the one that was made first comes first."""
    return sorted(edits, key=lambda edit: (edit.line, edit.replaces))


def _range(first: int, count: int) -> str:
    """Lines are counted from 1; of none, the line before is named."""
    return f"{first + (count > 0)},{count}"


def _hunks(edits: Sequence[Edit], count: int) -> list[list[Edit]]:
    """Edits whose lines touch are one hunk."""
    hunks: list[list[Edit]] = []
    for edit in edits:
        if hunks and _touches(edit, hunks[-1][-1], count):
            hunks[-1].append(edit)
        else:
            hunks.append([edit])
    return hunks


def _touches(edit: Edit, before: Edit, count: int) -> bool:
    """Whether two have a line in common, or have none between them; of a bare one nothing is
    around it."""
    begins, end = edit.line - edit.shows_before, _end(before, count)
    return begins < end or (begins == end and not (edit.hides_after or before.hides_after))


def _end(edit: Edit, count: int) -> int:
    """The first line after the context."""
    return min(edit.line + edit.replaces + (not edit.hides_after), count)


def _body(hunk: Sequence[Edit], was: Sequence[str]) -> tuple[int, int, str]:
    first = at = hunk[0].line - (hunk[0].shows_before and not hunk[-1].hides_after)
    body: list[str] = []
    for edit in hunk:
        body += [f" {line}" for line in was[at : edit.line]]
        body += [f"-{line}" for line in was[edit.line : edit.line + edit.replaces]]
        body += [f"+{line}" for line in edit.adds]
        at = edit.line + edit.replaces
    end = _end(hunk[-1], len(was))
    body += [f" {line}" for line in was[at:end]]
    unended = "\n\\ No newline at end of file\n"
    whole = [line if line.endswith("\n") else f"{line}{unended}" for line in body]
    return first, max(at, end) - first, "".join(whole)
