"""How a look is taken: once, and the health checks once more where only they can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import FakeHost
from looks import attached, healthy, stack, unhealthy, with_container, with_reply, without

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.last_words import LAST_WORDS, What, Words
from pyinfra_runbooks.engine.look import Answer, Look
from pyinfra_runbooks.engine.reach import Answer as Said
from pyinfra_runbooks.engine.reach import Reach, Way
from pyinfra_runbooks.engine.rules.checks import cut_short
from pyinfra_runbooks.facts.looks import look_at
from pyinfra_runbooks.facts.stack import StackHealth, StackLook, StackReach
from pyinfra_runbooks.packs.findings import everything

GAVE_UP = Answer(0, 0.301, "curl: (28) Operation timed out after 301 milliseconds")
WAITED = Answer(0, 5.001, "curl: (28) Operation timed out after 5001 milliseconds")


def hanging(look: Look, answer: Answer = GAVE_UP) -> Look:
    """The same look, with a check that had no answer in time."""
    return replace(look, answers={**look.answers, 0: answer})


def taken(look: Look | Unknown, answers: dict[int, Answer]) -> tuple[Look | Unknown, list[type]]:
    host = FakeHost({StackLook: [look], StackHealth: [answers]}, executing=False)
    return look_at(host.real, stack()), host.facts


def test_a_check_that_is_slow_is_asked_again_where_nothing_else_is_wrong() -> None:
    slow = Answer(200, 1.2, healthy().answers[0].body)
    seen, asked = taken(hanging(healthy()), {0: slow})
    assert asked == [StackLook, StackHealth]
    assert isinstance(seen, Look)
    assert seen == replace(healthy(), answers={**healthy().answers, 0: slow})


def test_a_check_that_was_not_asked_again_keeps_its_answer() -> None:
    """The host may have gone away meanwhile."""
    seen, asked = taken(hanging(healthy()), {})
    assert asked == [StackLook, StackHealth]
    assert seen == hanging(healthy())


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(hanging(without(healthy(), "cache")), id="Redis is gone"),
        pytest.param(hanging(attached(healthy(), "cache", {})), id="it is on no network"),
        pytest.param(hanging(healthy(), WAITED), id="it got all its time"),
        pytest.param(unhealthy(healthy()), id="it answered"),
        pytest.param(healthy(), id="all is healthy"),
        pytest.param(Unknown("no docker"), id="no look"),
    ],
)
def test_a_check_is_not_waited_for_without_need(look: Look | Unknown) -> None:
    assert taken(look, {0: Answer(200, 0.1, "{}")}) == (look, [StackLook])


def test_a_cause_elsewhere_does_not_excuse_a_restart_on_a_hasty_answer() -> None:
    """The database refuses its configuration, and the API is slow."""
    slow = Answer(200, 1.2, healthy().answers[0].body)
    down = with_container(healthy(), "db", status="exited", exit_code=1)
    words = {down.members("db")[0].id: Words(What.CONFIGURATION)}
    seen, asked = taken(hanging(with_reply(down, LAST_WORDS, words)), {0: slow})
    assert asked[:2] == [StackLook, StackHealth]
    assert isinstance(seen, Look)
    assert [str(f.kind.id) for f in everything(seen, stack()) if f.subject == "web"] == []


def alive(look: Look) -> Look:
    """Whose API and Redis have a process."""
    return with_container(with_container(look, "web", pid=4711), "cache", pid=4712)


DROPPED = Reach("cache", 6379, Said.FOUND, ("172.30.0.9",), {"172.30.0.9": Way.DROPPED})


@pytest.mark.parametrize("answer", [{("shop-web-1", "cache"): DROPPED}, {}], ids=["said", "gone"])
def test_a_riddle_takes_a_third_command(answer: dict[tuple[str, str], Reach]) -> None:
    look = alive(unhealthy(healthy()))
    host = FakeHost({StackLook: [look], StackReach: [answer]}, executing=False)
    seen = look_at(host.real, stack())
    assert host.facts == [StackLook, StackReach]
    unknown = {("shop-web-1", "cache"): Unknown("the host did not answer")}
    assert seen == replace(look, reaches=answer or unknown)


@pytest.mark.parametrize(
    "look",
    [
        healthy(),
        unhealthy(without(healthy(), "cache")),
        unhealthy(attached(healthy(), "cache", {})),
    ],
    ids=["healthy", "its Redis is gone", "it is on no network"],
)
def test_what_is_no_riddle_takes_none(look: Look) -> None:
    assert taken(alive(look), {}) == (alive(look), [StackLook])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (GAVE_UP, True),
        (WAITED, False),
        (Answer(0, 0.3, "curl: (7) Failed to connect"), False),
        (Answer(200, 0.3, '{"said":"(28)"}'), False),
    ],
)
def test_cut_short(answer: Answer, expected: bool) -> None:
    assert cut_short({0: answer}, stack()) is expected
    assert cut_short({9: answer}, stack()) is False
