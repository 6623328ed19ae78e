"""A string as YAML: plain, or in quotes where it would mean something else. Pure."""

from __future__ import annotations

import json
import re

# Not a number, and nothing after which YAML reads on: a name, a path, a variable.
_PLAIN = re.compile(r"(?!\.\d)[A-Za-z_./](?:[\w./@:-]*[\w./@-])?|\$\{\w+\}", re.ASCII)
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", ".", ".nan", ".inf"}


def scalar(text: str) -> str:
    """
    A string, in quotes where YAML would take it for a number, a truth value or more than one.

    >>> scalar("redis-serves-api"), scalar("6379"), scalar("no")
    ('redis-serves-api', '"6379"', '"no"')
    """
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text)
