"""Text from hosts, made safe to show. Pure.

A label, a container's name, the owner of a lock or the reason of a pause comes from a host, which
may be hostile: an escape sequence moves the terminal that shows it, a line end makes a
line that another host seems to have said, and some signs turn the direction of what follows.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """
    The text in one line, with a blank or U+FFFD in place of invisible characters.

    >>> printable("shop\\x1b[2J\\n[other] is well")
    'shop\ufffd[2J [other] is well'
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text
    )


IN_A_LOG = 10_000
"""Characters of a line where there is no terminal: what is written there is searched by lines."""


def cut(line: str, width: int | None) -> str:
    """
    A line that fits.

    + width: characters that it may have; None: any number

    >>> cut("attach it to the network", 14), cut("attach it", 14), cut("attach it", None)
    ('attach it  ...', 'attach it', 'attach it')
    """
    return line if width is None or len(line) <= width else f"{line[: width - 4]} ..."


def printable_lines(text: str) -> str:
    """Several lines, each made harmless by itself."""
    return "\n".join(printable(line) for line in text.split("\n"))
