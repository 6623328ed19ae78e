"""Whether a repair was of drift, or of what somebody changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from journals import WRONG, change, look, report, run

from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.intent import learned, marked
from pyinfra_runbooks.jobs.report import Report

OLD, NEW = "0123456789abcdef", "fedcba9876543210"


def only(*entries: dict[str, Any]) -> Report:
    return replace(report(), hosts=tuple(of_journal([run("one"), *entries], corrected=True)))


def repaired(declared: str) -> Report:
    return only(
        look("one", 1, WRONG, declared=declared),
        change("one", 2),
        look("one", 3, declared=declared),
    )


def test_what_was_declared_when_a_host_was_well_is_known() -> None:
    assert learned(only(look("one", 1)), {"two": NEW}) == {"one": OLD, "two": NEW}
    assert learned(repaired(NEW), {"one": OLD}) == {"one": NEW}


def test_a_host_that_is_not_well_teaches_nothing() -> None:
    assert learned(only(look("one", 1, WRONG, declared=NEW)), {"one": OLD}) == {"one": OLD}
    assert learned(only(look("one", 1, declared="")), {"one": OLD}) == {"one": OLD}


def test_a_repair_of_what_was_declared_before_is_corrective() -> None:
    (host,) = marked(repaired(OLD), {"one": OLD}).hosts
    assert not host.intended
    assert marked(repaired(OLD), {"one": OLD}).to_json()["hosts"][0]["change"] == "corrective"


def test_a_repair_after_the_declaration_changed_is_intentional() -> None:
    of = marked(repaired(NEW), {"one": OLD})
    assert of.hosts[0].intended
    assert of.to_json()["hosts"][0]["change"] == "intentional"


def test_of_a_host_that_was_never_well_nothing_is_known() -> None:
    assert not any(host.intended for host in marked(repaired(NEW), {}).hosts)


def test_hosts_without_a_look_are_left_as_they_are() -> None:
    assert [h.name for h in marked(report(), {}).hosts] == [h.name for h in report().hosts]
    assert learned(report(), {}) == {"well": OLD, "healed": OLD}
