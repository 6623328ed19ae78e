"""What is counted and timed of an outage; no host is needed."""

from __future__ import annotations

from bench.degradation import cell, table, with_figures
from lab.load import Answer
from lab.outages import LIST, TOKEN, WAYS, Outage, first_good, kinds, percentile


def _answer(path: str, kind: str, sent: float, seconds: float = 0.1, later: str = "") -> Answer:
    headers = {"retry-after": later} if later else {}
    return Answer(path, kind, headers, sent, sent + seconds)


ANSWERS = (
    _answer(TOKEN, "200", 0.0),
    _answer(TOKEN, "200", 0.95),  # under way when it went
    _answer(TOKEN, "503", 1.0, 1.5, "2"),
    _answer(TOKEN, "503", 2.0),
    _answer(LIST, "200", 1.5, 0.2),
    _answer("/api/v1/health", "200", 1.5),
    _answer(TOKEN, "503", 5.1, 0.1, "1"),
    _answer(TOKEN, "200", 5.4),
    _answer(TOKEN, "200", 5.3),
)
OUTAGE = Outage(ANSWERS, goes=1.0, went=1.0, comes=5.0, kept=True)


def test_what_was_asked_before_and_while_redis_is_away() -> None:
    assert OUTAGE.before(TOKEN) == [ANSWERS[0]]
    assert OUTAGE.away(TOKEN) == [*ANSWERS[2:4]]
    assert kinds(OUTAGE.away(TOKEN)) == {"503, Retry-After": 1, "503": 1}


def test_the_first_good_token_counts_not_an_older_one() -> None:
    assert round(OUTAGE.back or 0, 2) == 0.4
    assert first_good(ANSWERS, 6.0) is None


def test_percentiles() -> None:
    answers = [_answer(LIST, "200", 0.0, n / 100) for n in range(1, 101)]
    assert [round(percentile(answers, share), 2) for share in (0.5, 0.95, 1)] == [0.5, 0.95, 1.0]
    assert percentile(answers[:1], 0.5) == answers[0].seconds


def test_a_table_sums_counts_and_takes_the_median_of_times() -> None:
    cells = [cell(way.name, api, OUTAGE) for way in WAYS for api in ("degrading", "naive")]
    text = table([*cells, *cells], 2, "a machine")
    assert "2 503, 2 503, Retry-After" in text
    assert "| 100 / 1500 / 1500 |" in text
    assert text.count("| 0.40 s |") == 2 * len(WAYS)
    page = "before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n"
    new = with_figures(page, text)
    assert "old" not in new
    assert text.partition("\n\n")[2] in new
    assert with_figures(new, text) == new
