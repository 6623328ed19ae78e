"""What is found of a Redis that no inventory names: all that can be seen, and no more than that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from looks import answered, healthy, joined, without
from looks import stack as declared
from verdicts import kinds

from pyinfra_runbooks.core.unknown import Cause, Unknown
from pyinfra_runbooks.engine.discovery.seen import Seen
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.look_event import look_event
from pyinfra_runbooks.packs.redis.rules.found import unseen
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.settings import Redis, Stack

REFUSED = "Redis does not answer: Could not connect to Redis at 127.0.0.1:6379: Connection refused"
WITHOUT = (
    "not supported: a server that brings neither redis-cli, valkey-cli nor keydb-cli"
    " (sh: not found)"
)
SILENT = Unknown("Redis does not answer: nothing", Cause.SILENT)


def no_inventory(look: Look) -> tuple[Look, Stack]:
    """The same, of which no more is said than its directory."""
    stack = Stack("/srv/shop")
    whole = replace(stack, components=(Redis("cache"),), found=frozenset({"cache"}))
    return replace(look, completed=whole, answers={}), stack


def plain() -> Look:
    """A Redis without a login."""
    return answered(
        healthy(), Server(True, {}, {"loading": "0"}, None, frozenset({"default"}), {}, {})
    )


def test_one_that_serves_is_no_finding() -> None:
    assert kinds(verification.everything(*no_inventory(plain()))) == []


@pytest.mark.parametrize("reason", [REFUSED, WITHOUT])
def test_one_that_cannot_be_asked_is_noted(reason: str) -> None:
    look, stack = no_inventory(answered(healthy(), Unknown(reason)))
    found = verification.everything(look, stack)
    assert kinds(found) == ["redis-unasked"]
    assert reason in found[0].evidence
    assert verification.findings(look, stack) == []


def test_one_that_takes_the_question_and_says_nothing_is_no_note() -> None:
    look, stack = no_inventory(answered(healthy(), SILENT))
    assert "redis-silent" in kinds(verification.findings(look, stack))


def test_one_that_the_inventory_names_has_to_answer() -> None:
    look = answered(healthy(), Unknown(REFUSED))
    assert "redis-silent" in kinds(verification.findings(look, declared()))


@pytest.mark.parametrize(
    ("status", "kind"),
    [("exited", "redis-stopped"), ("paused", "redis-paused"), ("restarting", "redis-restart-loop")],
)
def test_one_that_does_not_run_is_a_cause(status: str, kind: str) -> None:
    look = answered(healthy(), Unknown("its container does not run"))
    containers = (replace(c, status=status) if c.service == "cache" else c for c in look.containers)
    found = verification.findings(*no_inventory(replace(look, containers=tuple(containers))))
    assert kinds(found)[0] == kind
    assert found[0].cause


def test_one_that_compose_does_not_declare_is_judged_as_a_container() -> None:
    look = plain()
    services = {n: s for n, s in look.declared.services.items() if n != "cache"}
    look = replace(look, declared=replace(look.declared, services=services))
    found = kinds(verification.everything(*no_inventory(look)))
    assert "redis-undeclared" not in found


def test_that_nobody_could_be_looked_for_is_said() -> None:
    look = replace(healthy(), found=Found(unseen="what they are started with could not be read"))
    found = verification.everything(look, declared())
    assert kinds(found) == ["starts-unseen"]
    assert found[0].evidence == "what they are started with could not be read"
    assert verification.findings(look, declared()) == []


def test_a_second_one_changes_nothing_about_the_one_that_is_declared() -> None:
    stack = declared()
    look = without(healthy(), "nothing")
    before = verification.everything(look, stack)
    more = replace(stack, components=(*stack.components, Redis("db")), found=frozenset({"db"}))
    look = replace(answered(look, Unknown(WITHOUT), "db"), completed=more)
    found = verification.everything(look, stack)
    assert [f for f in found if f.of != "db"] == before
    assert kinds(f for f in found if f.of == "db") == ["redis-unasked"]
    assert look_event(look, stack)["declared"] == look_event(healthy(), stack)["declared"]


def test_of_several_it_is_said_that_none_was_asked() -> None:
    (one,) = healthy().members("cache")
    look = joined(healthy(), replace(one, id="cd" * 32, name="shop-cache-2"))
    runs = Seen("docker-entrypoint.sh", ("redis-server",))
    look = replace(look, found=Found(seen={c.id: runs for c in look.members("cache")}))
    found = list(unseen(look, Stack("/srv/shop")))
    assert [(f.kind.id, f.subject) for f in found] == [("redis-unasked", "cache")]
    assert "shop-cache-1, shop-cache-2" in found[0].evidence
    assert list(unseen(look, declared())) == []
