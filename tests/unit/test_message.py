"""One message of all that is due."""

from __future__ import annotations

import pytest
from journals import report

from pyinfra_runbooks.jobs.notify.news import JOB, Event, News, Severity, news
from pyinfra_runbooks.jobs.notify.text import GROUPS, message

TARGET = "inventories/prod.py runbooks/redis_recovery.py"


def many(hosts: int, event: Event = Event.DRIFT) -> list[News]:
    return [News(f"h{n:03}", event, "t", "redis: is off [x]", f"seen {n}") for n in range(hosts)]


def test_of_one_host_of_each_kind() -> None:
    made = message(news(report()), report())
    assert made.severity is Severity.PAGE
    assert made.title == "inventories/prod.py: 2 failed, 2 left for a person, 1 repaired"
    assert made.body.startswith(f"""\
Failed: a repair failed: attach shop-redis-1 to shop_back
- on: broken
- seen: redis: is not on shop_back [wrong-network]
- run: runbooks check {TARGET} --limit broken

Failed: it could not be reached
- on: away
- run: runbooks check {TARGET} --limit away

Left for a person: shop_back: does not exist [network-missing]
- on: refusing
- seen: shop-shop_back-1 is on shop_test
- not repaired: attach shop-shop_back-1 to shop_back; docker network create it
- run: pyinfra {TARGET} --limit refusing
""")
    assert made.body.endswith("""
Repaired: redis: is not on shop_back [wrong-network]
- on: healed
- seen: shop-redis-1 is on shop_test
- did: attach shop-redis-1 to shop_back (2027-01-15 08:00 UTC)

runbooks correct, by ops@desk, 2027-01-15 08:00 UTC
""")


def test_a_thousand_hosts_with_the_same_are_one_paragraph() -> None:
    made = message(many(1000), report())
    assert made.title == "inventories/prod.py: 1000 drift found"
    assert len(made.body) < 1000
    assert "- on: h000, h001, h002, h003, h004, h005, h006, h007, h008, h009 and 990 more" in (
        made.body
    )
    assert f"- run: runbooks correct {TARGET}\n" in made.body


def test_a_thousand_findings_are_a_page() -> None:
    told = [News("a", Event.LEFT, str(n), f"finding {n}") for n in range(1000)]
    made = message(told, report())
    assert made.body.count("Left for a person: ") == GROUPS
    assert f"… and 980 more: runbooks check {TARGET}" in made.body
    assert made.title == "inventories/prod.py: 1 left for a person"


def test_a_line_is_cut() -> None:
    made = message([News("a", Event.LEFT, "t", "x" * 9000, "y\nz")], report())
    assert max(map(len, made.body.splitlines())) <= 400
    assert "- seen: y z\n" in made.body


def test_a_hosts_name_is_quoted_for_the_shell() -> None:
    made = message([News("a; rm -rf /", Event.LEFT, "t", "x")], report())
    assert f"- run: pyinfra {TARGET} --limit 'a; rm -rf /'" in made.body


@pytest.mark.parametrize(
    ("event", "command"),
    {
        Event.LEFT: f"pyinfra {TARGET} --limit a",
        Event.BREAKER: f"pyinfra {TARGET} --limit a",
        Event.DRIFT: f"runbooks correct {TARGET} --limit a",
        Event.FAILED: f"runbooks check {TARGET} --limit a",
        Event.WELL: "",
        Event.REPAIRED: "",
        Event.PAUSED: "",
    }.items(),
)
def test_the_command_to_run(event: Event, command: str) -> None:
    body = message([News("a", event, "t", "x")], report()).body
    assert [line[7:] for line in body.splitlines() if line.startswith("- run: ")] == (
        [command] if command else []
    )


def test_about_the_job_itself_no_host_is_named() -> None:
    body = message([News(JOB, Event.HALTED, "t", "too many")], report()).body
    assert body.startswith(f"Halted: too many\n- run: runbooks check {TARGET}\n")


def test_the_worst_says_whom_it_is_for() -> None:
    assert message(many(1, Event.REPAIRED), report()).severity is Severity.INFO
    assert message(many(1), report()).severity is Severity.WARNING
    assert message([*many(1), *many(1, Event.LEFT)], report()).severity is Severity.PAGE
