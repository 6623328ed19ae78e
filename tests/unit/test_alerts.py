"""What is open by a report, and what was repaired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from journals import REFUSED, START, UNHEALTHY, WRONG, change, finding, look, report, run

from pyinfra_runbooks.jobs.hosts import HostReport, of_journal
from pyinfra_runbooks.jobs.notify.alerts import JOB, Alert, Event, Severity, opened, repaired, seen
from pyinfra_runbooks.jobs.report import Report

ODD = "odd<&>\"'"
BROKEN = finding("wrong-network", resolution="refusal", restraint="breaker")
PAUSED = finding("wrong-network", resolution="refusal", restraint="pause")


def only(*entries: dict[str, Any], corrected: bool = True, **other: Any) -> Report:
    """The report of a job on one host."""
    (host,) = of_journal([run("one"), *entries], corrected)
    return replace(report(**other), hosts=(host,))


def news(of: Report) -> tuple[Alert, ...]:
    return (*opened(of), *repaired(of))


def events(found: tuple[Alert, ...]) -> list[tuple[str, Event]]:
    return [(one.host, one.event) for one in found]


def test_of_a_correction_of_one_host_of_each_kind() -> None:
    found = news(report())
    assert events(found) == [
        ("refusing", Event.UNRESOLVED),
        ("broken", Event.FAILED),
        ("away", Event.FAILED),
        (ODD, Event.UNRESOLVED),
        ("healed", Event.REPAIRED),
    ]
    assert seen(report()) == {"calm", "healed", "refusing", ODD, JOB}


CASES: dict[str, tuple[Report, Event, Severity, str]] = {
    "drift": (
        only(look("one", 1, WRONG, UNHEALTHY), corrected=False),
        Event.DRIFT,
        Severity.WARNING,
        "repair: attach shop-redis-1 to shop_back (disruption: none)",
    ),
    "a symptom alone": (
        only(look("one", 1, UNHEALTHY), corrected=False),
        Event.DRIFT,
        Severity.WARNING,
        "look: docker logs shop-api-1",
    ),
    "unresolved": (
        only(look("one", 1, REFUSED)),
        Event.UNRESOLVED,
        Severity.PAGE,
        "can't: attach shop-shop_back-1 to shop_back; do: docker network create it",
    ),
    "refused while it ran": (
        only(
            look("one", 1, WRONG),
            {
                "event": "refusal",
                "host": "one",
                "at": START,
                "reasons": ["a deployment is running"],
            },
        ),
        Event.UNRESOLVED,
        Severity.PAGE,
        "can't: a deployment is running",
    ),
    "breaker": (
        only(look("one", 1, BROKEN)),
        Event.BREAKER,
        Severity.PAGE,
        "can't: attach shop-redis-1 to shop_back; do: docker network create it",
    ),
    "paused": (
        only(look("one", 1, PAUSED)),
        Event.PAUSED,
        Severity.INFO,
        "can't: attach shop-redis-1 to shop_back",
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
def test_each_event_is_one_alert(of: Report, event: Event, severity: Severity, more: str) -> None:
    (found,) = news(of)
    assert (found.host, found.event, found.event.severity, found.more) == (
        "one",
        event,
        severity,
        more,
    )


def test_a_healthy_host_has_no_alert() -> None:
    assert news(only(look("one", 1))) == ()
    assert news(only(look("one", 1, finding("extra-network", "api", "waiver")))) == ()


def test_a_job_that_failed() -> None:
    of = replace(report(error="there is no inventory"), hosts=())
    assert events(news(of)) == [(JOB, Event.FAILED)]


def test_a_halt_is_one_alert_for_all_hosts() -> None:
    hosts = tuple(
        replace(host, name=f"h{n}", held="halted")
        for n, host in enumerate(only(look("one", 1, WRONG, UNHEALTHY)).hosts * 9)
    )
    of = replace(report(halted="9 of 9 hosts show the same at once: redis [x]"), hosts=hosts)
    assert events(news(of)) == [(JOB, Event.HALTED)]


def test_a_refusal_is_an_alert_beside_a_halt() -> None:
    of = replace(only(look("one", 1, REFUSED)), halted="many show the same")
    assert events(news(of)) == [(JOB, Event.HALTED), ("one", Event.UNRESOLVED)]


def test_a_repair_before_a_failure_is_an_alert_too() -> None:
    other = finding("missing-alias", "api")
    of = only(
        look("one", 1, WRONG, other),
        change("one", 2),
        change("one", 3, done=False),
        look("one", 4, other),
    )
    assert events(news(of)) == [("one", Event.FAILED), ("one", Event.REPAIRED)]


def test_a_repair_that_was_intended_says_so() -> None:
    of = only(look("one", 1, WRONG), change("one", 2), look("one", 3))
    (found,) = news(replace(of, hosts=(replace(of.hosts[0], intended=True),)))
    assert found.more.endswith("as the inventory or the compose file has it now")


def test_a_repair_of_a_later_finding_is_an_alert() -> None:
    of = only(look("one", 1), change("one", 2), look("one", 3))
    (found,) = news(of)
    assert (found.event, found.headline) == (Event.REPAIRED, "attach shop-redis-1 to shop_back")


def identity(*entries: dict[str, Any]) -> tuple[str, str, str]:
    (found,) = opened(only(*entries))
    return found.identity


def test_what_only_differs_in_words_and_evidence_is_the_same() -> None:
    first = finding("busy", resolution="refusal", problem="was made 2 s ago", evidence="a")
    later = finding("busy", resolution="refusal", problem="was made 14 s ago", evidence="b")
    assert identity(look("one", 1, first)) == identity(look("one", 2, later))


@pytest.mark.parametrize(
    "other",
    [
        finding("network-missing", "worker2", "refusal"),
        finding("no-secret", "worker1", "refusal"),
    ],
)
def test_another_kind_or_subject_is_another_one(other: dict[str, str]) -> None:
    first = finding("network-missing", "worker1", "refusal")
    assert identity(look("one", 1, first)) != identity(look("one", 1, other))


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ([], "look-failed"),
        ([look("one", 1, unknown="Docker did not answer")], "look-failed"),
        ([look("one", 1, WRONG), change("one", 2, done=False)], "repair-failed"),
    ],
)
def test_how_a_host_failed(entries: list[dict[str, Any]], kind: str) -> None:
    assert identity(*entries) == ("one", kind, "")


def test_a_host_that_was_not_reached() -> None:
    away = [alert.kind for alert in opened(report()) if alert.host == "away"]
    assert away == ["host-unreachable"]


def test_a_host_without_a_look_failed() -> None:
    of = replace(report(), hosts=(HostReport("one"),))
    (found,) = news(of)
    assert (found.event, found.headline) == (Event.FAILED, "it was not looked at")
