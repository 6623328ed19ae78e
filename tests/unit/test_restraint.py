"""What is found and not repaired: accepted, paused, or corrected too often."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from looks import BACK, attached, healthy, stack, unhealthy

from pyinfra_runbooks.core import restraint
from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Refusal, Remedy, Restraint, Waiver
from pyinfra_runbooks.core.restraint import Correction, Pause
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.settings import Accepted, Breaker, Stack, run_policy

NOW = 1_800_000_000


def seen(at: float = NOW, **changes: Any) -> Look:
    """Redis is not on its network."""
    return replace(attached(healthy(), "cache", {}), at=at, **changes)


def wrong_network(look: Look, of: Stack, unattended: bool = False) -> Finding[Any]:
    run = run_policy(of, {"unattended": unattended})
    return next(f for f in verification.everything(look, of, run) if f.subject == "cache")


HEADLINE = wrong_network(seen(), stack()).headline()


def test_what_nobody_restrains_is_repaired() -> None:
    assert isinstance(wrong_network(seen(), stack()).resolution, Remedy)
    assert BACK in HEADLINE


# What a team lives with


def accepted(**changes: Any) -> Accepted:
    words = {"reason": "it moves on Monday", "owner": "team-cache", "until": "2027-01-15"}
    return Accepted(**{"kind": "no-network", "subject": "cache", **words, **changes})


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        (accepted(), True),
        (accepted(subject=None), True),
        (accepted(until=date(2027, 1, 15)), True),
        (accepted(subject="web"), False),
        (accepted(kind="missing-alias"), False),
        (accepted(until="2027-01-14"), False),
    ],
)
def test_a_waiver_holds_to_the_end_of_its_last_day(given: Accepted, fits: bool) -> None:
    day = round(datetime(2027, 1, 15, 23, 59, tzinfo=UTC).timestamp())
    look = replace(seen(), at=day)
    finding = wrong_network(look, stack(accepted=(given,)))
    assert finding.kind.id == "no-network"
    assert isinstance(finding.resolution, Waiver) is fits
    assert finding.drift is not fits


def test_a_waiver_is_shown_with_who_and_why() -> None:
    finding = wrong_network(replace(seen(), at=0), stack(accepted=(accepted(),)))
    assert finding.lines()[-1] == ("  waiver: by team-cache until 2027-01-15: it moves on Monday")
    assert finding not in verification.findings(seen(), stack(accepted=(accepted(),)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": "tomorrow"},
        {"until": None},
        {"reason": ""},
        {"reason": "two\nlines"},
        {"owner": " "},
        {"kind": ""},
    ],
)
def test_a_waiver_needs_all_of_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"Accepted.{next(iter(wrong))}: expected"):
        accepted(**wrong)


def test_a_symptom_is_accepted_by_nobody() -> None:
    every = tuple(accepted(kind=kind, subject=None) for kind in ("open", "unhealthy", "no-network"))
    look = unhealthy(seen(at=NOW - 10))
    found = verification.everything(look, stack(accepted=every))
    assert {f.kind.id for f in found if isinstance(f.resolution, Waiver)} == {"no-network"}
    assert "unhealthy" in {f.kind.id for f in found if f.drift}


# A pause


PAUSE = Pause(NOW + 60, "ops@desk", 'it\'s being "moved"')


def test_a_paused_host_is_left_as_it_is() -> None:
    answer = wrong_network(seen(paused=PAUSE), stack()).resolution
    assert isinstance(answer, Refusal)
    assert answer.because == ('paused by ops@desk until 2027-01-15 08:01 UTC: it\'s being "moved"')


@given(st.text(), st.text(), st.integers(NOW + 1, 253402300799))
def test_a_host_keeps_a_pause_as_it_was_said(who: str, reason: str, until: int) -> None:
    pause = Pause(until, who, reason)
    assert restraint.pause(pause.lines().splitlines(), NOW) == pause
    assert restraint.pause(pause.lines().splitlines(), until) is None
    first, second = pause.lines().splitlines()
    assert first.isdecimal()
    assert json.loads(second) == {"who": who, "reason": reason}


@pytest.mark.parametrize("lines", [["?"], ["12"], ["x", "{}"], ["9999999999", "[]"]])
def test_a_pause_that_cant_be_read_is_one(lines: list[str]) -> None:
    found = restraint.pause(lines, NOW)
    assert found is not None
    assert "can't be read" in found.words()


def test_a_pause_without_an_end_can_be_shown() -> None:
    """No year is that late, and what raises here ends the run for every host."""
    found = restraint.pause(["9" * 30, '{"who": "ann", "reason": "moving"}'], 0)
    assert found
    assert found.words() == "paused by ann until 9999-12-31 23:59 UTC: moving"


def test_where_no_pause_is_kept_there_is_none() -> None:
    assert restraint.pause([], NOW) is None
    assert restraint.pause([""], NOW) is None


# The breaker


def corrected(*ago: int, finding: str = HEADLINE) -> tuple[Correction, ...]:
    return tuple(Correction(NOW - seconds, (finding,)) for seconds in ago)


@pytest.mark.parametrize(
    ("corrections", "open_"),
    [
        (corrected(10, 20, 30), True),
        (corrected(10, 20), False),
        (corrected(10, 20, 3601), False),
        (corrected(10, 20, 3600), True),
        (corrected(10, 20, 30, finding="cache: is gone [gone]"), False),
        # What is said of it differs from time to time.
        (corrected(10, 20, 30, finding="cache: after 5003 ms [no-network]"), True),
        (corrected(10, 20, 30, finding="web: after 5003 ms [no-network]"), False),
    ],
)
def test_what_comes_back_too_often_is_left_to_a_person(
    corrections: tuple[Correction, ...], open_: bool
) -> None:
    look = seen(corrections=corrections)
    assert isinstance(wrong_network(look, stack(), True).resolution, Refusal) is open_
    assert isinstance(wrong_network(look, stack()).resolution, Remedy)


def test_the_breaker_is_the_inventorys() -> None:
    often = stack(breaker=Breaker(corrections=5, window=100))
    few = corrected(10, 20, 30, 40)
    assert isinstance(wrong_network(seen(corrections=few), often, True).resolution, Remedy)
    assert isinstance(
        wrong_network(seen(corrections=(*few, *few)), often, True).resolution, Refusal
    )


def audited(**changes: Any) -> str:
    line = {
        "time": "2027-01-15T08:00:00Z",
        "stack": "/srv/shop",
        "findings": [HEADLINE],
        "remedy": "attach it",
        "result": "ok",
    }
    return json.dumps({**line, **changes})


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"result": "failed"}, True),
        ({"result": "begun"}, True),
        ({"result": "refused", "remedy": ""}, False),
        ({"result": "refused"}, False),
        ({"stack": "/srv/other"}, False),
        ({"findings": None}, True),
        ({"time": "nonsense"}, True),
    ],
)
def test_the_audit_tells_of_corrections(changes: dict[str, Any], counts: bool) -> None:
    found = restraint.corrections(["", "garbage", audited(**changes)], "/srv/shop")
    assert not isinstance(found, Unknown)
    assert len(found) == counts


def test_a_correction_is_what_its_line_says() -> None:
    assert restraint.corrections([audited()], "/srv/shop") == (Correction(NOW, (HEADLINE,)),)


def test_what_was_begun_and_what_came_of_it_is_one_correction() -> None:
    later = "2027-01-15T08:00:09Z"
    lines = [
        audited(run="a1", result="begun"),
        audited(run="a1", result="failed", time=later),
        audited(run="b2", result="begun", time=later),
        audited(run="b2", result="begun", remedy="another", time=later),
        audited(result="ok"),
        audited(result="ok"),
    ]
    found = restraint.corrections(lines, "/srv/shop")
    assert isinstance(found, tuple)
    assert [correction.at for correction in found] == [NOW, NOW + 9, NOW + 9, NOW, NOW]


def test_where_the_audit_can_not_be_read_no_job_corrects() -> None:
    unknown = restraint.corrections([audited(), restraint.UNREADABLE], "/srv/shop")
    assert isinstance(unknown, Unknown)
    look = seen(corrections=unknown)
    answer = wrong_network(look, stack(), True).resolution
    assert isinstance(answer, Refusal)
    assert "the audit on the host can't be read" in answer.because
    assert answer.restraint == Restraint.BREAKER
    assert isinstance(wrong_network(look, stack()).resolution, Remedy)


def test_no_audit_is_nothing_corrected_yet() -> None:
    assert restraint.corrections([], "/srv/shop") == ()


# What a job hears of it


def test_a_job_hears_of_all_of_it() -> None:
    said = look_event(seen(paused=PAUSE), stack(accepted=(accepted(subject="web"),)))
    assert said["paused"] == PAUSE.words()
    assert {f["resolution"]["type"] for f in said["findings"]} >= {"refusal"}
    assert said["stack"] == "shop"
    places = {place["service"]: place for place in said["picture"]}
    assert places["cache"]["networks"] == {}
    assert places["cache"]["declared"] == [BACK]
    json.dumps(said)


def test_what_is_declared_is_reported_by_a_digest_that_changes_with_it() -> None:
    same = look_event(seen(), stack())["declared"]
    assert look_event(healthy(), stack())["declared"] == same
    assert look_event(seen(), stack(extra_networks="detach"))["declared"] != same
