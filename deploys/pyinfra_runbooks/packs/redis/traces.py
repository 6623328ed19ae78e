"""What intruders leave in a Redis: modules, and keys that are made to become a crontab. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

KEYS = ("backup1", "backup2", "backup3", "backup4", "crackit", "weaponx")
"""The names that such keys are known to have. Only these are read, and none is searched for."""

_READ = 199  # the last byte that is read of one

MODULES = "MODULE LIST"


def question(key: str) -> str:
    """How its first bytes are asked for; what they are stays on the host (`connections.awk`)."""
    return f"GETRANGE {key} 0 {_READ}"


QUESTIONS = (MODULES, *map(question, KEYS))
"""What a look asks about them, where who logs in may ask everything."""


@dataclass(frozen=True, slots=True)
class Module:
    """
    A module that a server has loaded.

    + path: its file; empty: not known, as before Redis 7.0
    """

    name: str
    path: str = ""


def modules(lines: Sequence[str]) -> tuple[Module, ...]:
    """The modules that are loaded, from the lines that the host makes of the answer."""
    each = (re.fullmatch(r"module (\S+) ?(\S*)", line) for line in lines)
    return tuple(Module(found[1], found[2]) for found in each if found)


def planted(said: Callable[[str], Sequence[str]]) -> Mapping[str, str]:
    """What the planted keys hold, by key: a crontab line, or an SSH key.

    + said: the lines of the answer to a question
    """
    found = {key: "".join(said(question(key))) for key in KEYS}
    return {key: _WHAT[text] for key, text in found.items() if text in _WHAT}


_WHAT = {"planted crontab": "a crontab line", "planted ssh": "an SSH key"}
