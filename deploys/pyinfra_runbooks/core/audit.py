"""The audit: a line of JSON on the host for each change and each refusal. Pure.

The controller says who does what and why; the host adds when, from where, the result and how long
it took (`audit.sh`).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .nouns import begun_with
from .showing import cut


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


HEAD = ("TIME (UTC)", "STACK", "SERVICE", "FINDING", "OUTCOME")


def table(entries: Sequence[Mapping[str, Any]], width: int | None = None) -> list[str]:
    """
    Lines of the audit in columns; none where there are no entries.

    + entries: the lines, in order
    + width: characters that fit into a line; default: none is cut
    """
    rows = [HEAD, *map(row, entries)] if entries else []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(wide) for cell, wide in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    )
    return [cut(line, width) for line in lines]


def row(entry: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """The cells of a line: time, stack, service, finding, outcome."""
    found = {str(one): _HEADLINE.fullmatch(str(one)) for one in entry.get("findings") or ()}
    named = [one for one in found.values() if one]
    said = [text for text, one in found.items() if not one]
    return (
        str(entry["time"])[:16].replace("T", " "),
        posixpath.basename(str(entry.get("stack") or "")) or "-",
        _first([one["subject"] for one in named]),
        _first([one["kind"] for one in named]),
        _outcome(entry, "; ".join(said), named[0]["subject"] if named else ""),
    )


_HEADLINE = re.compile(r"(?P<subject>[^:]+): .*\[(?P<kind>[a-z-]+)\]", re.DOTALL)
_OUTCOMES = {"ok": "done"}


def _first(texts: Sequence[str]) -> str:
    """The first one, and how many others there are."""
    once = list(dict.fromkeys(texts))
    more = f" +{len(once) - 1}" if len(once) > 1 else ""
    return f"{once[0]}{more}" if once else "-"


def _outcome(entry: Mapping[str, Any], said: str, noun: str) -> str:
    result = str(entry["result"])
    took = f" in {entry['seconds']} s" if entry.get("seconds") else ""
    what = str(entry.get("remedy") or said)
    if result != "ok":
        said_there = str(entry.get("said") or "")
        # A script's "it" is what it was to repair; that of a refusal may be the host.
        why = begun_with(said_there, noun) if result == "failed" else said_there
        what = _in_words(why) or what
    return f"{_OUTCOMES.get(result, result)}{took}" + (f": {what}" if what else "")


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
