"""How systemd reads a value in a unit file, the other way round. Pure."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_./:=@+,-]+")


def word(value: str) -> str:
    r"""
    One word of a command line, so that systemd reads it as it is.

    + value: what can be printed

    >>> word("/srv/prod.py")
    '/srv/prod.py'
    >>> print(word('100 % of "$HOME"'))
    "100 %% of \"$$HOME\""
    """
    if _PLAIN.fullmatch(value):
        return value
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text(quoted).replace("$", "$$")}"'


def text(value: str) -> str:
    """
    A value of a setting that takes the rest of its line as it is, but for specifiers.

    >>> text("100 %")
    '100 %%'
    """
    return value.replace("%", "%%")
