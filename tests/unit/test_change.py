"""What a service is sent: what has changed for it, never twice, and nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.jobs.notify.alerts import JOB, Alert, Event, Severity
from pyinfra_runbooks.jobs.notify.change import Change, News, change

ALL = frozenset(Severity)
PAGE = frozenset({Severity.PAGE})


def item(
    host: str = "a", event: Event = Event.UNRESOLVED, kind: str = "open", said: str = ""
) -> Alert:
    return Alert(host, event, kind, "redis", said or kind)


def decided(
    known: Sequence[Alert],
    *opened: Alert,
    repaired: Sequence[Alert] = (),
    away: str = "",
    wanted: frozenset[Severity] = ALL,
) -> Change:
    """What has changed, with hosts named by one letter each."""
    return change(News(opened, repaired, {*"abc", JOB} - set(away)), known, wanted)


def said(of: Change) -> list[tuple[str, Event]]:
    return [(alert.kind, alert.event) for alert in of.alerts]


def test_what_is_new_is_sent_and_known_from_then_on() -> None:
    first = decided((), item())
    assert (first.alerts, first.sent) == ((item(),), (item(),))
    assert decided(first.sent, item()).alerts == ()


def test_other_words_are_no_change() -> None:
    assert decided([item(said="2 s ago")], item(said="14 s ago")).alerts == ()


def test_what_is_over_is_sent_once() -> None:
    over = decided([item(), item("b")], item("b"))
    assert said(over) == [("open", Event.RESOLVED)]
    assert over.sent == (item("b"),)
    assert decided(over.sent, item("b")).alerts == ()


def test_what_comes_back_is_sent_again() -> None:
    assert said(decided(decided([item()]).sent, item())) == [("open", Event.UNRESOLVED)]


def test_a_repair_is_the_end_too() -> None:
    after = decided([item()], repaired=[item(event=Event.REPAIRED)])
    assert said(after) == [("open", Event.REPAIRED)]
    assert after.sent == ()


def test_a_repair_of_an_unknown_finding_is_sent_to_those_who_want_it() -> None:
    repaired = [item(event=Event.REPAIRED)]
    assert said(decided((), repaired=repaired)) == [("open", Event.REPAIRED)]
    assert decided((), repaired=repaired, wanted=PAGE).alerts == ()
    assert said(decided([item()], repaired=repaired, wanted=PAGE)) == [("open", Event.REPAIRED)]


def test_a_repair_that_could_not_be_sent_is_over_with_the_next_job() -> None:
    first = decided((), repaired=[item(event=Event.REPAIRED)])
    assert said(decided(first.unsent)) == [("open", Event.RESOLVED)]


def test_of_a_host_that_was_not_seen_everything_is_still_known() -> None:
    gone = decided([item()], away="a")
    assert (gone.alerts, gone.sent) == ((), (item(),))


def test_a_service_gets_what_it_is_for() -> None:
    drift = item("b", Event.DRIFT)
    assert decided((), item(), drift, wanted=PAGE).alerts == (item(),)
    assert decided((), item(), drift, wanted=frozenset()).alerts == ()


def test_what_becomes_urgent_is_sent_again_and_what_becomes_less_so_is_not() -> None:
    drift, unresolved = item(event=Event.DRIFT), item(event=Event.UNRESOLVED)
    assert decided([drift], unresolved).alerts == (unresolved,)
    assert decided([unresolved], drift).alerts == ()


def test_a_check_and_a_correction_that_take_turns_send_it_once() -> None:
    known: tuple[Alert, ...] = ()
    sent = []
    for event in (Event.UNRESOLVED, Event.DRIFT, Event.UNRESOLVED, Event.DRIFT):
        turn = decided(known, item(event=event))
        known = turn.sent
        sent.append(len(turn.alerts))
    assert sent == [1, 0, 0, 0]


def test_what_a_person_paused_is_urgent_again_after_the_pause() -> None:
    paused = decided([item()], item(event=Event.PAUSED))
    assert paused.alerts == ()
    assert decided(paused.sent, item()).alerts == (item(),)


@dataclass
class Round:
    """A job: what it finds, what it repairs, who is away, and whether sending works."""

    wrong: Mapping[str, frozenset[str]]
    repaired: frozenset[str]
    away: frozenset[str]
    works: bool


HOSTS = "ab"
KINDS = {event.name.lower(): event for event in Event if event.severity is Severity.PAGE}

rounds = st.lists(
    st.builds(
        Round,
        wrong=st.dictionaries(
            st.sampled_from(HOSTS), st.frozensets(st.sampled_from([*KINDS]), max_size=3)
        ),
        repaired=st.frozensets(st.sampled_from(HOSTS), max_size=2),
        away=st.frozensets(st.sampled_from(HOSTS), max_size=1),
        works=st.booleans(),
    ),
    max_size=12,
)


def found(one: Round) -> list[Alert]:
    return [
        item(host, KINDS[kind], kind)
        for host, kinds in sorted(one.wrong.items())
        for kind in sorted(kinds)
        if host not in one.away
    ]


def played(many: Sequence[Round]) -> list[tuple[Round, Change]]:
    """Each round, and what changed in it; after one that could not be sent it is still due."""
    known: tuple[Alert, ...] = ()
    turns = []
    for one in many:
        news = News(
            found(one),
            [item(host, Event.REPAIRED, "x") for host in sorted(one.repaired - one.away)],
            frozenset(HOSTS) - one.away,
        )
        turn = change(news, known, ALL)
        known = turn.sent if one.works else turn.unsent
        turns.append((one, turn))
    return turns


@given(rounds)
def test_who_got_everything_knows_what_is_open(many: list[Round]) -> None:
    """By what arrived alone: nothing is lost, nothing comes twice, and every end is said."""
    heard: set[tuple[str, str, str]] = set()
    for one, turn in played(many):
        if not one.works:
            continue
        for alert in turn.alerts:
            if alert.event is Event.RESOLVED or alert.event is Event.REPAIRED:
                heard.discard(alert.identity)
            else:
                assert alert.identity not in heard
                heard.add(alert.identity)
        there = {i for i in heard if i[0] not in one.away}
        assert there == {alert.identity for alert in found(one)}


@given(rounds)
def test_a_repair_is_sent_sooner_or_later(many: list[Round]) -> None:
    owed: set[str] = set()
    for one, turn in played(many):
        owed |= one.repaired - one.away
        if one.works:
            ended = {alert.host for alert in turn.alerts if alert.kind == "x"}
            assert owed - one.away <= ended
            owed &= one.away


@pytest.mark.parametrize("size", [0, 1000])
def test_it_is_quick_for_many_hosts(size: int) -> None:
    assert len(decided((), *(item(str(n)) for n in range(size))).sent) == size
