"""Whether another person is at work on the stack just now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from interrupted import half_made
from looks import with_container

from pyinfra_runbooks.engine.found import ComposeCommand
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.rules.actors import STARTING, YOUNG, current_deployment

NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def look(look: Look) -> Look:
    """A look at a known time."""
    return replace(look, at=int(NOW.timestamp()))


def test_nobody_is(look: Look) -> None:
    assert current_deployment(look) is None


@pytest.mark.parametrize(("seconds", "counts"), [(0, True), (59, True), (STARTING, False)])
def test_a_compose_command_is_at_work_while_it_is_young(
    look: Look, seconds: int, counts: bool
) -> None:
    """One that stays is attached to what it started, as `docker compose up` without -d is."""
    deploy = current_deployment(
        replace(look, commands=(ComposeCommand("up", seconds, attached=True),))
    )
    assert deploy == (f"docker compose up was started {seconds} s ago" if counts else None)


def test_one_that_would_end_by_itself_is_at_work_until_it_does(look: Look) -> None:
    """Health checks, pulls and slow stops may take longer than a minute."""
    for verb in ("up", "stop", "down"):
        deploy = current_deployment(replace(look, commands=(ComposeCommand(verb, 75),)))
        assert deploy == f"docker compose {verb} was started 75 s ago"


def test_an_attached_one_is_at_work_until_all_its_containers_are_started(look: Look) -> None:
    attached = replace(look, commands=(ComposeCommand("up", 300, attached=True),))
    assert current_deployment(attached) is None
    assert current_deployment(with_container(attached, "web", status="exited")) is None
    waits = with_container(attached, "web", status="created", created=NOW - timedelta(seconds=290))
    assert current_deployment(waits) == "docker compose up was started 300 s ago"
    left = with_container(attached, "web", status="created", created=NOW - timedelta(days=1))
    assert current_deployment(left) is None


@pytest.mark.parametrize(
    ("age", "says"),
    [
        (-0.4, "shop-db-1 was created 0 s ago"),
        (1.2, "shop-db-1 was created 1 s ago"),
        (YOUNG, None),
        (-7200, None),
        (7200, None),
    ],
)
def test_a_container_that_was_made_just_now(look: Look, age: float, says: str | None) -> None:
    """The engine's clock knows fractions of the second that ours has begun."""
    made = with_container(look, "db", created=NOW - timedelta(seconds=age))
    assert current_deployment(made) == says


def test_a_container_that_is_being_replaced(look: Look) -> None:
    renamed = with_container(look, "db", name="0123456789ab_shop-db-1")
    says = current_deployment(renamed) or ""
    assert says.startswith("0123456789ab_shop-db-1 has the name that Compose gives")
    assert "docker rename 0123456789ab_shop-db-1 shop-db-1" in says


def test_a_container_beside_the_one_that_it_replaces(look: Look) -> None:
    (there,) = look.members("db")
    says = current_deployment(half_made(look, "db")) or ""
    assert f"docker rm {there.id[:12]}_shop-db-1" in says


def test_others_containers_do_not_count(look: Look) -> None:
    other = with_container(look, "db", created=NOW, project="other")
    assert current_deployment(other) is None
