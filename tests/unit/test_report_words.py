"""What the formats say alike: the outcome, and how each finding stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from journals import report

from pyinfra_runbooks.jobs.hosts import HostReport
from pyinfra_runbooks.jobs.reports import words
from pyinfra_runbooks.jobs.reports.timeline import events
from pyinfra_runbooks.jobs.reports.words import State

HOSTS = {host.name: host for host in report().hosts}


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("well",), "well is well."),
        (("well", "well"), "All 2 hosts are well."),
        (("well", "refusing"), "Of 2 hosts, 1 needs a person and 1 is well."),
        (
            tuple(HOSTS),
            "Of 6 hosts, 2 could not be looked at or repaired, 2 need a person, 1 was repaired and"
            " 1 is well.",
        ),
        ((), "No host was looked at."),
    ],
)
def test_outcome(names: tuple[str, ...], sentence: str) -> None:
    assert words.outcome(report(hosts=tuple(HOSTS[name] for name in names))) == sentence


def test_a_job_that_failed_is_not_counted() -> None:
    assert words.outcome(report(error="no such inventory")) == "The job failed."


def states(host: HostReport) -> list[State]:
    return [state for state, _ in words.findings(host)]


def test_how_findings_stand() -> None:
    assert states(HOSTS["well"]) == [State.ACCEPTED]
    assert states(HOSTS["healed"]) == [State.GONE, State.GONE]
    assert states(HOSTS["refusing"]) == [State.OPEN, State.OPEN]


def test_what_was_not_looked_at_again_is_not_called_gone() -> None:
    before = HOSTS["healed"].before
    assert before
    blind = replace(before, at=before.at + 1, findings=(), unknown="the engine does not answer")
    assert states(replace(HOSTS["healed"], after=blind)) == [State.UNCLEAR, State.UNCLEAR]


def test_a_finding_whose_evidence_changed_is_shown_once() -> None:
    before = HOSTS["refusing"].before
    assert before
    later = tuple(replace(finding, evidence="another") for finding in before.findings)
    host = replace(HOSTS["refusing"], after=replace(before, findings=later))
    assert [f.evidence for _, f in words.findings(host)] == ["another", "another"]


def test_the_api() -> None:
    assert words.api(HOSTS["healed"]) == "the API failed for 2.8 s after the first look"
    assert words.api(HOSTS["refusing"]) == "the API was failing at 08:00:00.5 UTC"
    assert words.api(HOSTS["broken"]) == "the API was still failing at 08:00:02.0 UTC"
    assert words.api(HOSTS["well"]) == words.api(HOSTS["away"]) == ""


def test_what_happened_is_told_in_order() -> None:
    told = [(event.verb, event.text) for event in events(HOSTS["broken"])]
    assert told == [
        ("looked", "1 finding; the API failing"),
        ("looked", "1 finding; the API failing"),
        ("failed", "attach shop-redis-1 to shop_back"),
        ("refused", "Docker said: address already in use"),
    ]
    assert events(HOSTS["away"]) == []
