"""What there is to tell of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from journals import REFUSED, START, UNHEALTHY, WRONG, change, finding, look, report, run

from pyinfra_runbooks.jobs.hosts import HostReport, of_journal
from pyinfra_runbooks.jobs.notify.news import JOB, Event, News, Severity, news, seen, well
from pyinfra_runbooks.jobs.report import Report

ODD = "odd<&>\"'"
BROKEN = finding("wrong-network", answer="refusal", restraint="breaker", text="3 times: enough")
PAUSED = finding("wrong-network", answer="refusal", restraint="pause", text="paused by ops@desk")


def only(*entries: dict[str, Any], corrected: bool = True, **other: Any) -> Report:
    """The report of a job on one host."""
    (host,) = of_journal([run("one"), *entries], corrected)
    return replace(report(**other), hosts=(host,))


def events(told: tuple[News, ...]) -> list[tuple[str, Event]]:
    return [(one.host, one.event) for one in told]


def test_of_a_correction_of_one_host_of_each_kind() -> None:
    told = news(report())
    assert events(told) == [
        ("healed", Event.REPAIRED),
        ("refusing", Event.LEFT),
        ("broken", Event.FAILED),
        ("away", Event.FAILED),
        (ODD, Event.LEFT),
    ]
    assert well(report()) == {"well", "healed", JOB}
    assert seen(report()) == {"well", "healed", "refusing", ODD, JOB}


CASES: dict[str, tuple[Report, Event, Severity, str]] = {
    "drift": (
        only(look("one", 1, WRONG, UNHEALTHY), corrected=False),
        Event.DRIFT,
        Severity.WARNING,
        "repair: attach shop-redis-1 to shop_back",
    ),
    "a symptom alone": (
        only(look("one", 1, UNHEALTHY), corrected=False),
        Event.DRIFT,
        Severity.WARNING,
        "look: docker logs shop-api-1",
    ),
    "left": (
        only(look("one", 1, REFUSED)),
        Event.LEFT,
        Severity.PAGE,
        "not repaired: attach shop-shop_back-1 to shop_back; docker network create it",
    ),
    "refused while it ran": (
        only(
            look("one", 1, WRONG),
            {"event": "refusal", "host": "one", "at": START, "reasons": ["somebody deploys"]},
        ),
        Event.LEFT,
        Severity.PAGE,
        "not repaired: somebody deploys",
    ),
    "breaker": (
        only(look("one", 1, BROKEN)),
        Event.BREAKER,
        Severity.PAGE,
        "not repaired: 3 times: enough; docker network create it",
    ),
    "paused": (
        only(look("one", 1, PAUSED)),
        Event.PAUSED,
        Severity.INFO,
        "not repaired: paused by ops@desk",
    ),
    "repaired": (
        only(look("one", 1, WRONG), change("one", 2), look("one", 3)),
        Event.REPAIRED,
        Severity.INFO,
        "did: attach shop-redis-1 to shop_back (2027-01-15 08:00 UTC)",
    ),
    "not judged": (
        only(look("one", 1, unknown="Docker did not answer")),
        Event.FAILED,
        Severity.PAGE,
        "",
    ),
    "a repair failed": (
        only(look("one", 1, WRONG), change("one", 2, done=False)),
        Event.FAILED,
        Severity.PAGE,
        "",
    ),
}


@pytest.mark.parametrize(("of", "event", "severity", "more"), CASES.values(), ids=CASES)
def test_one_thing_is_told(of: Report, event: Event, severity: Severity, more: str) -> None:
    (told,) = news(of)
    assert (told.host, told.event, told.event.severity, told.more) == ("one", event, severity, more)


def test_each_has_a_topic_of_its_own() -> None:
    assert len({one.topic for of, *_ in CASES.values() for one in news(of)}) == len(CASES)


def test_a_well_host_is_not_told_of() -> None:
    assert news(only(look("one", 1))) == ()
    assert news(only(look("one", 1, finding("foreign-network", "api", "accepted")))) == ()


def test_a_job_that_failed() -> None:
    of = replace(report(error="there is no inventory"), hosts=())
    assert events(news(of)) == [(JOB, Event.FAILED)]
    assert well(of) == frozenset()


def test_a_halt_is_told_once_and_not_of_each_host() -> None:
    hosts = tuple(
        replace(host, name=f"h{n}", held="halted")
        for n, host in enumerate(only(look("one", 1, WRONG, UNHEALTHY)).hosts * 9)
    )
    of = replace(report(halted="9 of 9 hosts show the same at once: redis [x]"), hosts=hosts)
    assert events(news(of)) == [(JOB, Event.HALTED)]
    assert JOB not in well(of)


def test_what_needs_a_person_anyway_is_told_beside_a_halt() -> None:
    of = replace(only(look("one", 1, REFUSED)), halted="many show the same")
    assert events(news(of)) == [(JOB, Event.HALTED), ("one", Event.LEFT)]


def test_what_was_repaired_before_a_failure_is_told_too() -> None:
    other = finding("missing-alias", "api")
    of = only(
        look("one", 1, WRONG, other),
        change("one", 2),
        change("one", 3, done=False),
        look("one", 4, other),
    )
    assert events(news(of)) == [("one", Event.REPAIRED), ("one", Event.FAILED)]


def test_a_repair_that_was_intended_says_so() -> None:
    of = only(look("one", 1, WRONG), change("one", 2), look("one", 3))
    (told,) = news(replace(of, hosts=(replace(of.hosts[0], intended=True),)))
    assert told.more.endswith("as the inventory or the compose file has it now")


def test_a_repair_of_what_only_came_up_later_is_told() -> None:
    of = only(look("one", 1), change("one", 2), look("one", 3))
    (told,) = news(of)
    assert (told.event, told.headline) == (Event.REPAIRED, "attach shop-redis-1 to shop_back")


def topic(*entries: dict[str, Any]) -> str:
    (told,) = news(only(*entries))
    return told.topic


def test_what_only_differs_in_numbers_and_evidence_is_the_same() -> None:
    first = finding("busy", answer="refusal", problem="was made 2 s ago", evidence="a")
    later = finding("busy", answer="refusal", problem="was made 14 s ago", evidence="b")
    assert topic(look("one", 1, first)) == topic(look("one", 2, later))


def test_another_health_answer_is_the_same_symptom() -> None:
    other = {**UNHEALTHY, "problem": "answered nothing"}
    assert topic(look("one", 1, UNHEALTHY)) == topic(look("one", 2, other))


@pytest.mark.parametrize(
    "other",
    [
        finding("network-missing", "worker2", "refusal", problem="does not exist"),
        finding("no-secret", "worker1", "refusal", problem="does not exist"),
        finding("network-missing", "worker1", "refusal", problem="can't be read"),
        finding("network-missing", "worker1", "refusal", problem="does not exist", restraint="cap")
        | {"restraint": "breaker"},
    ],
)
def test_what_changed_is_another_topic(other: dict[str, str]) -> None:
    first = finding("network-missing", "worker1", "refusal", problem="does not exist")
    assert topic(look("one", 1, first)) != topic(look("one", 1, other))


def test_a_host_without_a_look_failed() -> None:
    of = replace(report(), hosts=(HostReport("one"),))
    (told,) = news(of)
    assert (told.event, told.headline) == (Event.FAILED, "it was not looked at")
