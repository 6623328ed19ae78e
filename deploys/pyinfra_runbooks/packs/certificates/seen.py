"""Which certificates a service shows: the answer of `ask_certificate.sh`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz

from ...core.answers import AnswerError


@dataclass(frozen=True, slots=True)
class Shown:
    """
    What it shows to who calls it by a name.

    + start, end: when it is valid, in seconds since 1970; 0: none was shown
    + issuer: who signed it
    + says: why none was shown, in curl's words
    """

    name: str
    start: int = 0
    end: int = 0
    issuer: str = ""
    says: str = ""


def parse(lines: Sequence[str]) -> tuple[Shown, ...]:
    """Reads the answer; raises `AnswerError` where it is none."""
    names: list[dict[str, str]] = []
    for line in filter(None, lines):
        word, _, rest = line.partition(" ")
        if word == "name":
            names.append({})
        elif not names:
            raise AnswerError(f"expected a name first: {line[:80]!r}")
        names[-1][word] = rest
    return tuple(_shown(words) for words in names)


def _shown(words: dict[str, str]) -> Shown:
    if not {"start", "expire"} <= set(words):
        return Shown(words["name"], says=words.get("says", "curl shows none"))
    start, end = seconds(words["start"]), seconds(words["expire"])
    return Shown(words["name"], start, end, words.get("issuer", ""))


def seconds(date: str) -> int:
    """
    A date as curl prints it, built with OpenSSL or GnuTLS; in any locale.

    >>> seconds("Dec  6 09:01:49 2026 GMT") == seconds("Sun, 06 Dec 2026 09:01:49 GMT")
    True
    """
    read = parsedate_tz(date) if date.endswith(" GMT") else None
    if read is None:
        raise AnswerError(f"curl shows a date that is not understood: {date[:80]!r}")
    return int(mktime_tz(read))
