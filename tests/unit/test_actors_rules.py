"""Whether somebody else is at work on the stack just now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from looks import half_made, with_container

from pyinfra_runbooks.look import ComposeCommand, Look
from pyinfra_runbooks.rules.actors import STARTING, YOUNG, at_work

NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def look(look: Look) -> Look:
    """A look at a known time."""
    return replace(look, at=int(NOW.timestamp()))


def test_nobody_is(look: Look) -> None:
    assert at_work(look) is None


@pytest.mark.parametrize(("seconds", "counts"), [(0, True), (59, True), (STARTING, False)])
def test_a_compose_command_is_at_work_while_it_is_young(
    look: Look, seconds: int, counts: bool
) -> None:
    """One that stays is attached to what it started, as `docker compose up` without -d is."""
    somebody = at_work(replace(look, commands=(ComposeCommand("up", seconds, attached=True),)))
    assert somebody == (f"docker compose up was started {seconds} s ago" if counts else None)


def test_one_that_would_end_by_itself_is_at_work_until_it_does(look: Look) -> None:
    """Health checks, pulls and slow stops may take longer than a minute."""
    for verb in ("up", "stop", "down"):
        somebody = at_work(replace(look, commands=(ComposeCommand(verb, 75),)))
        assert somebody == f"docker compose {verb} was started 75 s ago"


def test_an_attached_one_is_at_work_until_all_its_containers_are_started(look: Look) -> None:
    attached = replace(look, commands=(ComposeCommand("up", 300, attached=True),))
    assert at_work(attached) is None
    assert at_work(with_container(attached, "web", status="exited")) is None
    waits = with_container(attached, "web", status="created", created=NOW - timedelta(seconds=290))
    assert at_work(waits) == "docker compose up was started 300 s ago"
    left = with_container(attached, "web", status="created", created=NOW - timedelta(days=1))
    assert at_work(left) is None


@pytest.mark.parametrize(
    ("age", "says"),
    [
        (-0.4, "shop-db-1 was made 0 s ago"),
        (1.2, "shop-db-1 was made 1 s ago"),
        (YOUNG, None),
        (-7200, None),
        (7200, None),
    ],
)
def test_a_container_that_was_made_just_now(look: Look, age: float, says: str | None) -> None:
    """The engine's clock knows fractions of the second that ours has begun."""
    made = with_container(look, "db", created=NOW - timedelta(seconds=age))
    assert at_work(made) == says


@pytest.mark.parametrize(("age", "counts"), [(0, True), (59, True), (STARTING, False)])
def test_a_container_in_the_place_of_another(look: Look, age: int, counts: bool) -> None:
    """The name that Compose gives it is its own at last, unless Compose was interrupted."""
    name = "0123456789ab_shop-db-1"
    renamed = with_container(look, "db", name=name, created=NOW - timedelta(seconds=age))
    says = f"{name} was made in the place of another {age} s ago"
    assert at_work(renamed) == (says if counts else None)


@pytest.mark.parametrize(("age", "counts"), [(0, True), (59, True), (STARTING, False)])
def test_a_container_beside_the_one_that_it_replaces(look: Look, age: int, counts: bool) -> None:
    both = half_made(look, "cache", created=NOW - timedelta(seconds=age))
    assert (at_work(both) is not None) == counts


def test_others_containers_do_not_count(look: Look) -> None:
    other = with_container(look, "db", created=NOW, project="other")
    assert at_work(other) is None
