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


def printable_lines(text: str) -> str:
    """Several lines, each made harmless by itself."""
    return "\n".join(printable(line) for line in text.split("\n"))
