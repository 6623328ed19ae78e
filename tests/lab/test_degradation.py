"""Redis is taken away under load, and brought back: what the stack's API makes of it.

What is asserted holds on a slow machine, too: which answers users get, that none waits longer than
the API's own time-outs let it, and that the process that was there comes back by itself.
`python -m bench.degradation` has the figures, beside those of an API that does not degrade.
"""

from __future__ import annotations

import ast
import time
from shlex import quote

import pytest

from lab.console import wait_until
from lab.hosts import API, REDIS, Host
from lab.load import PATIENCE, Load, through_caddy
from lab.outages import HEALTH, LIST, RATES, TOKEN, WAYS, Way, kinds, outage, serve, started
from lab.paths import SOURCE
from lab.project import compose

_MAIN = ast.parse((SOURCE / "stack" / "api" / "main.py").read_text(encoding="utf-8"))
BUDGET = next(
    ast.literal_eval(line.value)
    for line in _MAIN.body
    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "BUDGET"
)
SLACK = 1.5  # seconds that a busy machine may add to a request
LATER = "503, Retry-After"


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, marks=[pytest.mark.thorough] * (way.name != "network")) for way in WAYS],
    ids=[way.name for way in WAYS],
)
def test_what_needs_no_session_goes_on_and_the_rest_says_when_to_come_again(
    redis7: Host, way: Way
) -> None:
    seen = outage(redis7, way)
    for path in RATES:
        assert set(kinds(seen.before(path))) == {"200"}
    # No connection refused, no time-out, no 500.
    assert set(kinds(seen.away(LIST))) == {"200"}
    assert set(kinds(seen.away(HEALTH))) == {"200"}
    tokens = kinds(seen.away(TOKEN))
    assert set(tokens) <= {"200", LATER}
    # What is under way while Redis goes may still be served.
    assert tokens[LATER] > tokens["200"]
    assert set(kinds(seen.answers)) <= {"200", LATER}
    waits = [int(a.headers["retry-after"]) for a in seen.answers if "retry-after" in a.headers]
    assert min(waits) >= 1
    assert len(set(waits)) > 1, "or all users come at once"
    assert max(a.seconds for a in seen.answers) < BUDGET + SLACK < PATIENCE
    assert seen.back is not None
    assert seen.kept, "it comes back by itself"


def test_nobody_waits_behind_two_hundred_who_need_redis(redis7: Host) -> None:
    """As many at once, with a Redis that answers nothing; and with one that does."""
    redis7.run(f"docker pause {REDIS}")
    place = through_caddy(redis7)
    others = Load(place, {LIST: 20.0})
    with others.asking():
        crowd = Load(place, {})
        crowd.burst(TOKEN, 200)
    assert kinds(crowd.answers) == {LATER: 200}
    assert set(kinds(others.answers)) == {"200"}
    redis7.run(f"docker unpause {REDIS}")
    wait_until(redis7.is_healthy, "the API to find its Redis again", timeout=10)
    crowd = Load(place, {})
    crowd.burst(TOKEN, 200)
    assert kinds(crowd.answers) == {"200": 200}


def test_it_starts_without_redis(redis7: Host) -> None:
    """And says so; nobody starts it again once Redis is there."""
    redis7.run(f"docker stop --time 30 {REDIS}")
    compose(redis7, "restart --timeout 3 api")
    degraded = {"status": "degraded", "redis_connection": "error"}
    wait_until(lambda: redis7.health() == degraded, "the API to start", timeout=30)
    since = started(redis7)
    redis7.run(f"docker start {REDIS}")
    wait_until(redis7.is_healthy, "the API to find its Redis", timeout=10)
    assert started(redis7) == since


_WITHIN = """
import asyncio, main
async def check():
    for _ in range(1100):  # some minutes of probes
        main.store._is_silent(main.monotonic(), OSError())
    assert main.store.is_open
    assert main.store.retry_after() <= 4
    main.PASSWORD = main.Path("/nowhere")
    main.store = main.Store()
    for _ in range(3):  # not taken for a connection that is logged in
        assert not await main.store.answers()
    assert not any(one.is_connected for one in main.pool._available_connections)
asyncio.run(check())
"""


def test_a_long_outage_and_a_missing_secret_are_no_errors_of_another_kind(redis7: Host) -> None:
    redis7.run(f"docker exec {API} python3 -c {quote(_WITHIN)}")


def test_the_other_stacks_api_is_what_it_is_compared_with(redis7: Host) -> None:
    """It needs a restart when the password has changed; or the comparison would show nothing."""
    serve(redis7, "bare")
    password = next(way for way in WAYS if way.name == "password")
    password.away(redis7)
    wait_until(lambda: not redis7.is_healthy(), "the API to be locked out", timeout=10)
    password.back(redis7)
    time.sleep(2)
    assert not redis7.is_healthy()
