"""Whether a repair corrected drift, or put a person's change into effect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from journals import WRONG, change, look, report, run

from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.intent import declared_when_healthy, with_intent
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.report import change as kind_of_change

OLD, NEW = "0123456789abcdef", "fedcba9876543210"


def only(*entries: dict[str, Any]) -> Report:
    return replace(report(), hosts=tuple(of_journal([run("one"), *entries], corrected=True)))


def repaired(declared: str) -> Report:
    return only(
        look("one", 1, WRONG, declared=declared),
        change("one", 2),
        look("one", 3, declared=declared),
    )


def test_what_was_declared_when_a_host_was_healthy_is_known() -> None:
    assert declared_when_healthy(only(look("one", 1)), {"two": NEW}) == {"one": OLD, "two": NEW}
    assert declared_when_healthy(repaired(NEW), {"one": OLD}) == {"one": NEW}


def test_a_host_that_is_not_healthy_changes_nothing() -> None:
    assert declared_when_healthy(only(look("one", 1, WRONG, declared=NEW)), {"one": OLD}) == {
        "one": OLD
    }
    assert declared_when_healthy(only(look("one", 1, declared="")), {"one": OLD}) == {"one": OLD}


def test_a_repair_of_what_was_declared_before_is_corrective() -> None:
    (host,) = with_intent(repaired(OLD), {"one": OLD}).hosts
    assert not host.intended
    assert kind_of_change(with_intent(repaired(OLD), {"one": OLD}).hosts[0]) == "corrective"


def test_a_repair_after_the_declaration_changed_is_intentional() -> None:
    of = with_intent(repaired(NEW), {"one": OLD})
    assert of.hosts[0].intended
    assert kind_of_change(of.hosts[0]) == "intentional"


def test_a_host_that_was_never_healthy_is_not_known() -> None:
    assert not any(host.intended for host in with_intent(repaired(NEW), {}).hosts)


def test_hosts_without_a_look_stay_as_they_are() -> None:
    assert [h.name for h in with_intent(report(), {}).hosts] == [h.name for h in report().hosts]
    assert declared_when_healthy(report(), {}) == {"calm": OLD, "healed": OLD}
