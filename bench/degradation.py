"""What users get while Redis is away: `python -m bench.degradation [ROUNDS]`.

Two APIs side by side, the lab's own and the one of its second stack, in turns, on the same host and
before the same Redis: Redis goes in each of four ways, under the same load. `docs/degradation.md`
shows the results.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.console import LabError, say
from lab.healing import heal
from lab.hosts import HOSTS
from lab.load import PATIENCE, Answer
from lab.outages import (
    AWAY,
    HEALTH,
    LIST,
    LONGEST,
    RATES,
    TOKEN,
    WAYS,
    Outage,
    Way,
    kinds,
    outage,
    percentile,
    serve,
)
from lab.paths import SOURCE

from . import environment

ROUNDS = 3
PAGE = SOURCE.parent / "docs" / "degradation.md"
_FIGURES = re.compile("(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
HOST = HOSTS[0]  # through Redis 7.2, a loaded ACL ends every connection: the harder case
APIS = {"degrading": "stack", "naive": "bare"}


@dataclass(frozen=True)
class Cell:
    """One outage, for one API.

    + tokens, others: answers to requests that need Redis, and to those that need none, by kind
    + slow: median, 95 % and the longest of each, in seconds
    + back: seconds from the command that brings Redis back to a token; None: not by itself
    """

    way: str
    api: str
    tokens: dict[str, int]
    others: dict[str, int]
    slow: dict[str, tuple[float, float, float]]
    back: float | None


def main(arguments: Sequence[str]) -> int:
    """Measures, and writes the figures into the page."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    cells: list[Cell] = []
    try:
        for number in range(rounds):
            for way in WAYS:
                # Who is first changes with the round.
                for api in sorted(APIS, reverse=bool(number % 2)):
                    cells.append(_once(way, api))
                    say(f"{way.name}, {api}: {cells[-1]}")
    except LabError as error:
        say(f"bench: {error}")
        return 1
    finally:
        heal(HOST)
    about = environment.described(peers=False)
    text = table(cells, rounds, ", ".join(f"{name}: {what}" for name, what in about.items()))
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    print(text)
    return 0


def _once(way: Way, api: str) -> Cell:
    heal(HOST)
    serve(HOST, APIS[api])
    seen = outage(HOST, way)
    wrong = [a for path in RATES for a in seen.before(path) if a.kind != "200"]
    if wrong or not seen.kept:
        raise LabError(f"{way.name}, {api}: not healthy before, or restarted: {wrong[:3]}")
    return cell(way.name, api, seen)


def cell(way: str, api: str, seen: Outage) -> Cell:
    """What there is to say of an outage."""
    tokens, others = seen.away(TOKEN), seen.away(LIST)
    return Cell(
        way,
        api,
        dict(kinds(tokens)),
        dict(kinds(others)),
        {path: _slow(seen.away(path)) for path in (TOKEN, LIST, HEALTH)},
        seen.back,
    )


def _slow(answers: Sequence[Answer]) -> tuple[float, float, float]:
    half, most, longest = (round(percentile(answers, share), 4) for share in (0.5, 0.95, 1.0))
    return half, most, longest


def table(cells: Sequence[Cell], rounds: int, about: str) -> str:
    """
    The results as Markdown: counts are sums over the rounds, times their medians.

    + about: the machine and the versions
    """
    load = ", ".join(f"{rate:g}/s {path}" for path, rate in RATES.items())
    return "\n".join(
        (
            "# What users get while Redis is away",
            "",
            f"`python -m bench.degradation`, {rounds} rounds; counts are sums, times medians of the"
            f" rounds. Load: {load}. Redis is away for {AWAY:g} s; users wait {PATIENCE:g} s.",
            f"{datetime.now(UTC):%Y-%m-%d}. {about}.",
            "",
            "| Redis | API | tokens meanwhile | p50 / p95 / longest, ms | public list |"
            " p50 / p95 / longest, ms | token again after |",
            "|---|---|---|--:|---|--:|--:|",
            *(
                _row(way, api, [c for c in cells if (c.way, c.api) == (way.name, api)])
                for way in WAYS
                for api in APIS
            ),
            "",
            *(f"- {way.name}: {way.does}" for way in WAYS),
            "",
        )
    )


def with_figures(page: str, text: str) -> str:
    """A page that has the table of some results between its marks."""
    _, _, body = text.partition("\n\n")
    return _FIGURES.sub(lambda _: f"\n{body}\n", page, count=1)


def _row(way: Way, api: str, cells: Sequence[Cell]) -> str:
    parts = [
        *(_counted(c.tokens for c in cells), _times(c.slow[TOKEN] for c in cells)),
        *(_counted(c.others for c in cells), _times(c.slow[LIST] for c in cells)),
        _back([c.back for c in cells]),
    ]
    return f"| {way.name} | {api} | {' | '.join(parts)} |"


def _counted(found: Iterable[dict[str, int]]) -> str:
    total = sum(map(Counter, found), Counter[str]())
    return ", ".join(f"{count} {kind}" for kind, count in sorted(total.items()))


def _times(found: Iterable[tuple[float, float, float]]) -> str:
    return " / ".join(
        f"{statistics.median(times) * 1000:.0f}" for times in zip(*found, strict=True)
    )


def _back(found: Sequence[float | None]) -> str:
    came = [seconds for seconds in found if seconds is not None]
    never = f"never by itself (looked for {LONGEST:g} s)"
    if not came:
        return never
    text, missing = f"{statistics.median(came):.2f} s", len(found) - len(came)
    return f"{text}; {missing} of {len(found)} {never}" if missing else text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
