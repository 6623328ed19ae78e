"""What a service is told: never twice within the period, and nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.jobs.notify.due import FORGOTTEN, Due, Told, due
from pyinfra_runbooks.jobs.notify.news import JOB, Event, News, Severity

HOUR = 3600.0
REMIND = 4 * HOUR
ALL = frozenset(Severity)


def item(host: str = "a", event: Event = Event.LEFT, topic: str = "1") -> News:
    return News(host, event, f"{event.name.lower()} {topic}", topic)


def decided(
    told: Told,
    now: float,
    *news: News,
    well: str = "",
    away: str = "",
    wanted: frozenset[Severity] = ALL,
) -> Due:
    """What is due of these, with hosts named by one letter each."""
    seen = {*"abc", JOB} - set(away)
    return due(news, told, now, well=set(well), seen=seen, wanted=wanted, remind=REMIND)


def test_what_is_new_is_told_and_known_from_then_on() -> None:
    first = decided({}, 0, item())
    assert first == Due((item(),), {"a": {item().topic: 0}})
    assert decided(first.told, 60, item()) == Due((), first.told)


def test_it_is_told_again_after_a_time() -> None:
    told = decided({}, 0, item()).told
    assert decided(told, REMIND - 1, item()).news == ()
    assert decided(told, REMIND, item()) == Due((item(),), {"a": {item().topic: REMIND}})


def test_what_changed_is_told_at_once() -> None:
    told = decided({}, 0, item()).told
    assert decided(told, 1, item(topic="2")).news == (item(topic="2"),)


def test_what_is_over_is_told_once() -> None:
    told = decided({}, 0, item(), item("b")).told
    over = decided(told, 1, item("b"), well="a")
    assert [(one.host, one.event) for one in over.news] == [("a", Event.WELL)]
    assert over.told == {"b": told["b"]}
    assert decided(over.told, 2, item("b"), well="a").news == ()


def test_what_comes_back_after_its_end_was_told_is_told() -> None:
    told = decided(decided({}, 0, item()).told, 1, well="a").told
    assert decided(told, 2, item()).news == (item(),)


def test_what_goes_and_comes_while_the_host_is_not_well_is_told_once() -> None:
    told = decided({}, 0, item(), item(topic="2")).told
    told = decided(told, 1, item()).told
    assert decided(told, 2, item(), item(topic="2")).news == ()


def test_nobody_is_told_of_the_end_of_what_they_were_not_told() -> None:
    assert decided({}, 0, well="abc").news == ()


def test_a_repair_is_the_end_too() -> None:
    told = decided({}, 0, item()).told
    after = decided(told, 1, item(event=Event.REPAIRED), well="a")
    assert [one.event for one in after.news] == [Event.REPAIRED]
    assert decided(after.told, 2, well="a").news == ()


def test_a_repair_again_and_again_is_told_once_a_period() -> None:
    repaired = item(event=Event.REPAIRED)
    told = decided({}, 0, repaired, well="a").told
    assert decided(told, 1, repaired, well="a") == Due((), told)
    assert decided(decided(told, 2, well="a").told, 3, repaired, well="a").news == ()
    assert decided(told, REMIND, repaired, well="a").news == (repaired,)


def test_a_repair_that_is_long_ago_is_not_kept() -> None:
    told = decided({}, 0, item(event=Event.REPAIRED), well="a").told
    assert decided(told, REMIND, well="a").told == {}


def test_of_a_host_that_was_not_seen_everything_is_still_known() -> None:
    told = decided({}, 0, item()).told
    assert decided(told, 2 * REMIND, away="a") == Due((), told)
    assert decided(told, FORGOTTEN, away="a") == Due((), {})


def test_a_service_gets_what_it_is_for() -> None:
    page = frozenset({Severity.PAGE})
    info = item("b", Event.REPAIRED)
    assert decided({}, 0, item(), info, wanted=page).news == (item(),)
    assert decided({}, 0, item(), info, wanted=frozenset()).news == ()


def test_the_end_comes_to_whom_the_beginning_came() -> None:
    page = frozenset({Severity.PAGE})
    told = decided({}, 0, item(), wanted=page).told
    ended = decided(told, 1, item(event=Event.REPAIRED), well="a", wanted=page).news
    assert [one.event for one in ended] == [Event.WELL]


def test_the_job_itself_works_again() -> None:
    told = decided({}, 0, item(JOB, Event.FAILED)).told
    (ended,) = due((), told, 1, well={JOB}, seen={JOB}, wanted=ALL, remind=REMIND).news
    assert (ended.host, ended.headline) == (JOB, "the job works again")


def test_what_was_told_by_a_clock_that_was_wrong_is_told_again() -> None:
    assert decided({"a": {item().topic: 9e9}}, 0, item()).news == (item(),)


def test_without_a_period_everything_is_told_each_time() -> None:
    told = decided({}, 0, item()).told
    again = due((item(),), told, 0, well=set(), seen={"a"}, wanted=ALL, remind=0)
    assert again.news == (item(),)


@dataclass
class Round:
    """A job: how much later it runs, what it finds, who is away, and whether sending works."""

    later: float
    wrong: Mapping[str, frozenset[str]]
    repaired: frozenset[str]
    away: frozenset[str]
    works: bool


HOSTS = "ab"
EVENTS = [Event.LEFT, Event.DRIFT, Event.FAILED, Event.BREAKER, Event.PAUSED]
TOPICS = [f"{event.name.lower()} {n}" for event in EVENTS for n in "12"]
BY_TOPIC = {topic: Event[topic.split()[0].upper()] for topic in TOPICS}

rounds = st.lists(
    st.builds(
        Round,
        later=st.sampled_from([1.0, HOUR, 3 * HOUR, REMIND, 9 * HOUR]),
        wrong=st.dictionaries(
            st.sampled_from(HOSTS), st.frozensets(st.sampled_from(TOPICS), min_size=1, max_size=3)
        ),
        repaired=st.frozensets(st.sampled_from(HOSTS), max_size=2),
        away=st.frozensets(st.sampled_from(HOSTS), max_size=1),
        works=st.booleans(),
    ),
    max_size=12,
)


def found(one: Round) -> list[News]:
    """What a round's report has to tell."""
    standing = [
        News(host, BY_TOPIC[topic], topic, topic)
        for host, topics in sorted(one.wrong.items())
        for topic in sorted(topics)
        if host not in one.away
    ]
    done = [News(host, Event.REPAIRED, "repaired x", "x") for host in sorted(one.repaired)]
    return standing + done


def played(many: Sequence[Round]) -> list[tuple[float, Round, tuple[News, ...]]]:
    """Each round, and what arrived in it; what could not be sent leaves the memory as it was."""
    told: Told = {}
    pending: list[News] = []
    now, arrived = 0.0, []
    for one in many:
        now += one.later
        well = frozenset(HOSTS) - set(one.wrong) - one.away
        decision = due(
            [*pending, *found(one)],
            told,
            now,
            well=well,
            seen=frozenset(HOSTS) - one.away,
            wanted=ALL,
            remind=REMIND,
        )
        if one.works:
            told, pending = decision.told, []
        else:
            pending = [n for n in decision.news if n.event is Event.REPAIRED]
        arrived.append((now, one, decision.news if one.works else ()))
    return arrived


@given(rounds)
def test_nothing_is_told_twice_within_the_period_unless_it_was_over(many: list[Round]) -> None:
    last: dict[tuple[str, str], float] = {}
    for now, _, arrived in played(many):
        assert len(arrived) == len({(n.host, n.topic) for n in arrived})
        for one in arrived:
            if one.event is Event.WELL:
                continue
            before = last.get((one.host, one.topic))
            assert before is None or now - before >= REMIND
        ended = {n.host for n in arrived if n.event in (Event.WELL, Event.REPAIRED)}
        for key in [k for k in last if k[0] in ended and not k[1].startswith("repaired")]:
            del last[key]
        last |= {(n.host, n.topic): now for n in arrived}


@given(rounds)
def test_nothing_is_lost(many: list[Round]) -> None:
    """After each round that could be sent, everybody has heard of all that is wrong, lately."""
    heard: dict[tuple[str, str], float] = {}
    owed: dict[tuple[str, str], float] = {}
    for now, one, arrived in played(many):
        for n in found(one):
            if now - heard.get((n.host, n.topic), -REMIND) >= REMIND:
                owed[n.host, n.topic] = now
        heard |= {(n.host, n.topic): now for n in arrived}
        if one.works:
            standing = {(n.host, n.topic) for n in found(one)}
            due_now = [k for k in owed if k in standing or k[1].startswith("repaired")]
            assert all(heard.get(key, -1) >= owed[key] for key in due_now)
            owed.clear()


@given(rounds)
def test_whoever_was_told_of_trouble_is_told_of_its_end(many: list[Round]) -> None:
    troubled: set[str] = set()
    for _, one, arrived in played(many):
        ended = {n.host for n in arrived if n.event in (Event.WELL, Event.REPAIRED)}
        well = frozenset(HOSTS) - set(one.wrong) - one.away
        if one.works:
            assert troubled & well <= ended
            assert {n.host for n in arrived if n.event is Event.WELL} <= troubled
            troubled -= well
        troubled |= {n.host for n in arrived if n.event in EVENTS}


@pytest.mark.parametrize("size", [0, 1000])
def test_it_is_quick_for_many_hosts(size: int) -> None:
    news = [item(str(n)) for n in range(size)]
    told = due(news, {}, 0, well=set(), seen=set(), wanted=ALL, remind=REMIND).told
    assert len(told) == size
