"""What the formats say alike: the outcome, and how each finding stands."""

from __future__ import annotations

from dataclasses import replace

from journals import report
from snapshots import snapshot

from pyinfra_runbooks.jobs.hosts import HostReport
from pyinfra_runbooks.jobs.reports import words
from pyinfra_runbooks.jobs.reports.timeline import events
from pyinfra_runbooks.jobs.reports.words import State

HOSTS = {host.name: host for host in report().hosts}


def test_outcome() -> None:
    sets = (("calm",), ("calm", "calm"), ("calm", "refusing"), tuple(HOSTS), ())
    reports = [report(hosts=tuple(HOSTS[name] for name in names)) for names in sets]
    snapshot("report-outcomes.txt", "".join(f"{words.outcome(one)}\n" for one in reports))


def test_a_job_that_failed_is_not_counted() -> None:
    assert words.outcome(report(error="no such inventory")) == "The job failed."


def states(host: HostReport) -> list[State]:
    return [state for state, _ in words.findings(host)]


def test_how_findings_stand() -> None:
    assert states(HOSTS["calm"]) == [State.WAIVED]
    assert states(HOSTS["healed"]) == [State.RESOLVED, State.RESOLVED]
    assert states(HOSTS["refusing"]) == [State.OPEN, State.OPEN]


def test_what_was_not_looked_at_again_is_not_called_resolved() -> None:
    before = HOSTS["healed"].before
    assert before
    blind = replace(before, at=before.at + 1, findings=(), unknown="the engine does not answer")
    assert states(replace(HOSTS["healed"], after=blind)) == [State.UNKNOWN, State.UNKNOWN]


def test_a_finding_whose_evidence_changed_is_shown_once() -> None:
    before = HOSTS["refusing"].before
    assert before
    later = tuple(replace(finding, evidence="another") for finding in before.findings)
    host = replace(HOSTS["refusing"], after=replace(before, findings=later))
    assert [f.evidence for _, f in words.findings(host)] == ["another", "another"]


def test_the_api() -> None:
    """Of each host, in a line."""
    said = "".join(f"{name}: {words.api(host)}\n" for name, host in HOSTS.items())
    snapshot("report-api.txt", said)


def test_events_are_in_order() -> None:
    shown = [(event.verb, event.text) for event in events(HOSTS["broken"])]
    assert shown == [
        ("looked", "1 finding; the API failing"),
        ("looked", "1 finding; the API failing"),
        ("failed", "attach shop-redis-1 to shop_back"),
        ("refused", "Docker said: address already in use"),
    ]
    assert events(HOSTS["away"]) == []
