"""One message of all that is due."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from journals import report
from snapshots import snapshot

from pyinfra_runbooks.jobs.notify.alerts import JOB, Alert, Event, Severity, opened, repaired
from pyinfra_runbooks.jobs.notify.change import News, change
from pyinfra_runbooks.jobs.notify.text import GROUPS, message

TARGET = "inventories/prod.py runbooks/redis_recovery.py"


def many(hosts: int, event: Event = Event.DRIFT) -> list[Alert]:
    return [
        Alert(f"h{n:03}", event, "x", "redis", "redis: is off [x]", f"seen {n}")
        for n in range(hosts)
    ]


def numbers(text: str) -> list[str]:
    return re.findall(r"\b\d+\b", text)


def commands(body: str) -> list[str]:
    """What it says to run."""
    return re.findall(r"(?m)^- run: (.*)$", body)


def test_of_one_host_of_each_kind() -> None:
    made = message((*opened(report()), *repaired(report())), report())
    assert made.severity is Severity.PAGE
    snapshot("message.txt", f"{made.title}\n\n{made.body}")


def test_a_thousand_hosts_with_the_same_are_one_paragraph() -> None:
    made = message(many(1000), report())
    assert numbers(made.title) == ["1000"]
    assert len(made.body) < 1000
    (on,) = (line for line in made.body.splitlines() if line.startswith("- on: "))
    assert re.findall(r"h\d+", on) == [f"h{n:03}" for n in range(10)]
    assert numbers(on)[-1] == "990"
    assert commands(made.body) == [f"runbooks repair {TARGET}"]


def test_a_thousand_findings_are_a_page() -> None:
    every = [Alert("a", Event.UNRESOLVED, str(n), "", f"finding {n}") for n in range(1000)]
    made = message(every, report())
    assert len(re.findall(r"finding \d+", made.body)) == GROUPS
    (rest,) = (line for line in made.body.splitlines() if line.startswith("… "))
    assert numbers(rest) == [str(1000 - GROUPS)]
    assert rest.endswith(f": runbooks check {TARGET}")
    assert numbers(made.title) == ["0", "999"]


def test_what_is_over_is_not_down() -> None:
    """Known alerts keep how it was; that they are over does not."""
    was = Alert("a", Event.DRIFT, "wrong-network", "redis", "redis: is not on back", down=True)
    over = change(News((), (), frozenset({"a"})), [was], frozenset(Severity)).alerts
    made = message(over, report())
    assert made.severity is Severity.INFO
    assert made.title == "a: resolved: redis: is not on back"


def test_what_is_down_pages_though_it_was_only_looked_at() -> None:
    """A phone shows the title alone: where, what users notice, and the cause."""
    alert = Alert("a", Event.DRIFT, "wrong-network", "redis", "redis: is not on back", down=True)
    made = message([alert, replace(alert, headline="other", event=Event.PAUSED)], report())
    assert made.severity is Severity.PAGE
    assert made.title == "a: API down, drift found: redis: is not on back (+1 more)"


def test_a_line_is_cut() -> None:
    made = message([Alert("a", Event.UNRESOLVED, "t", "", "x" * 9000, "y\nz")], report())
    assert max(map(len, made.body.splitlines())) <= 400
    assert "- seen: y z\n" in made.body


def test_a_hosts_name_is_quoted_for_the_shell() -> None:
    made = message([Alert("a; rm -rf /", Event.UNRESOLVED, "t", "", "x")], report())
    assert commands(made.body) == [f"runbooks repair {TARGET} --limit 'a; rm -rf /'"]


@pytest.mark.parametrize(
    ("event", "command"),
    {
        Event.UNRESOLVED: f"runbooks repair {TARGET} --limit a",
        Event.BREAKER: f"runbooks repair {TARGET} --limit a",
        Event.DRIFT: f"runbooks repair {TARGET} --limit a",
        Event.FAILED: f"runbooks check {TARGET} --limit a",
        Event.RESOLVED: "",
        Event.REPAIRED: "",
        Event.PAUSED: "",
    }.items(),
)
def test_the_command_to_run(event: Event, command: str) -> None:
    body = message([Alert("a", event, "t", "", "x")], report()).body
    assert commands(body) == ([command] if command else [])


def test_about_the_job_itself_no_host_is_named() -> None:
    body = message([Alert(JOB, Event.HALTED, "t", "", "too many")], report()).body
    assert "too many" in body.splitlines()[0]
    assert commands(body) == [f"runbooks check {TARGET}"]


def test_the_worst_says_whom_it_is_for() -> None:
    assert message(many(1, Event.REPAIRED), report()).severity is Severity.INFO
    assert message(many(1), report()).severity is Severity.WARNING
    assert message([*many(1), *many(1, Event.UNRESOLVED)], report()).severity is Severity.PAGE
