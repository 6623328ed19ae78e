"""The audit: a line of JSON on the host for each change and each refusal. Pure.

The controller says who does what and why; the host adds when, from where, the result and how long
it took (`audit.sh`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any


def members(**known: str | Sequence[str]) -> str:
    """The controller's part of a line: JSON members without their braces, in ASCII."""
    return json.dumps(known)[1:-1]


def line(text: str) -> Mapping[str, Any] | None:
    """One line of the audit; None where it is none."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) and "time" in read and "result" in read else None


def shown(entry: Mapping[str, Any]) -> str:
    """One line of the audit, as a person reads it."""
    what = entry.get("remedy") or "; ".join(map(str, entry.get("findings") or ()))
    whence = f" from {entry['from']}" if entry.get("from") else ""
    said = f": {_in_words(str(entry['said']))}" if entry.get("said") else ""
    return (
        f"{entry['time']} {entry.get('who')}{whence}, {entry.get('runbook') or 'no runbook'}"
        f" (run {entry.get('run')}): {what}: {entry['result']}{said}, {entry.get('seconds', 0)} s"
    )


def _in_words(said: str) -> str:
    """What a change said, with its proofs as a person reads them."""
    return re.sub(r'\{"step":.*?(\}|$)', lambda found: _proof(found[0]), said)


def _proof(text: str) -> str:
    try:
        proof = json.loads(text)
    except ValueError:  # The audit keeps only so much of a line.
        return "…"
    match proof.pop("step"):
        case "saved":
            return f"saved ({proof.get('how')}, {proof.get('keys', 0)} keys);"
        case "wrote":
            return f"wrote {proof.get('path')};"
        case "back":
            return f"back: {proof.get('users')} users log in, and nobody else"
        case step:
            return f"{step};"
