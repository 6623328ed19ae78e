"""What intruders leave in a Redis: modules, and keys that are made to become a crontab. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

KEYS = ("backup1", "backup2", "backup3", "backup4", "crackit", "weaponx")
"""The names that such keys are known to have. No key is looked for, and no other one is read."""

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

    + path: its file; empty: it does not tell, as before 7.0
    """

    name: str
    path: str = ""


def modules(lines: Sequence[str]) -> tuple[Module, ...]:
    """What was loaded, of what the host makes of the answer."""
    told = (re.fullmatch(r"module (\S+) ?(\S*)", line) for line in lines)
    return tuple(Module(found[1], found[2]) for found in told if found)


def planted(said: Callable[[str], Sequence[str]]) -> Mapping[str, str]:
    """By their keys, what their texts are: a crontab's line, or a key of ssh.

    + said: the lines of the answer to a question
    """
    found = {key: "".join(said(question(key))) for key in KEYS}
    return {key: _WHAT[text] for key, text in found.items() if text in _WHAT}


_WHAT = {"planted crontab": "the line of a crontab", "planted ssh": "a key of ssh"}
