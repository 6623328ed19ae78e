"""A report whose every text tries to be more than a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import journals

from pyinfra_runbooks.jobs.report import Report

POISONS = (
    "<img src=x onerror=alert(1)>",
    "\"'><script>alert(1)</script>",
    "--> ]]> </style></title></svg><svg onload=alert(1)>",
    "&lt;b&gt; &#60;script&#62;",
    "@team #1 !2 GH-3 https://evil.example/ www.evil.example me@evil.example",
    "[a](javascript:alert(1)) ![b](https://evil.example/b.png) [c]: https://evil.example/",
    "| a | b |\n|---|---|\n| c | d |",
    "\n\n# heading\n\n- [ ] list\n\n    indented\n\n---\n",
    "`a` ``b`` ```c``` ~~~",
    "*a* _b_ ~~c~~ **d** \\",
    "\\| \\\\| a\\",
    "{{ 7 * 7 }} {% raw %} ${7 * 7} {#",
    "\x1b[2J\x1b]0;title\x07\r\x00\x08",
    "\ud800 \udfff \ufffe \uffff \x85 \u2028",
    "\u202etxt.exe\u202c \u2066a\u2069",
    "日本語 🙂 e\u0301",
)

# These are from lists of our own, and the formats choose words by them.
_OWN = ("command", "disruption", "kind", "type")


def poisoned(poison: str, report: Report | None = None) -> Report:
    """The sample, with the poison at the end of every text that others have a say in."""
    poisoned: Report = _poisoned(report or journals.report(halted="halted"), poison)
    return poisoned


def _poisoned(value: Any, poison: str) -> Any:
    if isinstance(value, str):
        return value and value + poison  # An empty text says that there is nothing to say.
    if isinstance(value, Mapping):
        return {key + poison: _poisoned(inner, poison) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_poisoned(inner, poison) for inner in value)
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if field.name not in _OWN]
        return replace(value, **{n: _poisoned(getattr(value, n), poison) for n in names})
    return value
