"""Prints to a terminal: in colour, unless a person or what reads it wants none."""

from __future__ import annotations

import os

import click


def echo(text: str, err: bool = False, nl: bool = True) -> None:
    """
    Prints a text; its colours are for a terminal alone, and not where NO_COLOR is set
    (https://no-color.org).

    + text: may hold click's styles
    + err: whether to stderr; default: ``False``
    + nl: whether a line end follows; default: ``True``
    """
    click.echo(text, err=err, nl=nl, color=False if os.environ.get("NO_COLOR") else None)
